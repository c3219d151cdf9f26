"""Stages for finished ensembles, run in their own processes; imports no Qt."""

from dataclasses import dataclass
from math import nan
from pathlib import Path
from typing import TYPE_CHECKING

from app.look import wording
from onne_core.jobs import Stage

if TYPE_CHECKING:
    from onne_core.pipeline.ensembles.validation import Validation


@dataclass(frozen=True)
class Measured:
    """Errors of two ensembles on the same pairs: one row of name and two texts each."""

    folders: tuple[str, str]
    pairs: str
    spectra: int
    rows: tuple[tuple[str, str, str], ...]


def measure_both(first: str, second: str, pairs: str) -> Stage[Measured]:
    """Measure the errors of two ensembles on the pairs in a folder."""
    from onne_core.pipeline.ensembles.validation import validate

    one = yield from validate(first, Path(pairs))
    other = yield from validate(second, Path(pairs))
    rows = _error_rows(one, other)
    return Measured((first, second), Path(pairs).name, one.spectra, rows)


def _error_rows(
    first: "Validation", second: "Validation"
) -> tuple[tuple[str, str, str], ...]:
    """Return the root-mean-square errors of every shell that both have."""
    others = {shell.label: shell for shell in second.shells}
    rows = []
    for shell in first.shells:
        other = others.get(shell.label)
        for name, quantity, factor, decimals in (
            ("N", "coordination_number", 1.0, 2),
            ("R (Å)", "distance", 1.0, 4),
            ("σ² (10⁻³ Å²)", "sigma2", 1e3, 2),
        ):
            texts = [
                wording.number(factor * getattr(one, quantity).rms, decimals)
                if one
                else wording.EN_DASH
                for one in (shell, other)
            ]
            rows.append((f"{wording.pair(shell.label)}: {name}", *texts))
    for pair, value in first.l1.items():
        texts = [wording.number(value, 3), wording.number(second.l1.get(pair, nan), 3)]
        rows.append((f"{wording.pair(pair)}: L1 of g(r)", *texts))
    return tuple(rows)
