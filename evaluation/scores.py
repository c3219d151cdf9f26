"""Errors and coverage of shells as table rows, with the goals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any, get_args

from evaluation.section import Claim, Table
from onne_core.codec import RECORDS
from onne_core.pipeline.ensembles.validation import (
    QuantityErrors,
    Row,
    ShellErrors,
    Validation,
)
from onne_core.values.prediction import Origin

QUANTITIES = {
    "coordination_number": ("CN", "", 1.0, 3),
    "distance": ("R", "Å", 1.0, 4),
    "sigma2": ("σ²", "10⁻³ Å²", 1e3, 2),
    "c3": ("C₃", "10⁻³ Å³", 1e3, 3),
}
"""Name, unit, the unit's size and decimals of a shell's quantities."""

HEAD = (
    *("set", "shell", "quantity", "true, mean", "mean error", "rms error", "pull"),
    *("in 68 %", "in 95 %", "wanted", "met"),
)

NOTHING = "–"

COUNTING = (
    "By counting: the L1 between the true g(r), a mean over few environments, and "
    "that of infinitely many; no prediction can be expected to be better."
)


@dataclass(frozen=True)
class Goal:
    """Largest acceptable rms error, in its unit or relative to the true mean."""

    limit: float
    relative: bool = False

    def text(self, quantity: str) -> str:
        """Return the goal in words."""
        if self.relative:
            return f"{100 * self.limit:g} %"
        _, unit, size, _ = QUANTITIES[quantity]
        return f"{size * self.limit:g} {unit}"

    def found(self, quantity: str, errors: QuantityErrors) -> str:
        """Return the rms error in the unit of the goal."""
        if errors.fixed:
            return "fixed by training"
        if self.relative:
            return f"{100 * errors.rms / abs(errors.true):.1f} %"
        _, unit, size, decimals = QUANTITIES[quantity]
        return f"{size * errors.rms:.{decimals}f} {unit}"

    def met(self, errors: QuantityErrors) -> bool:
        """Return whether ``errors`` meet the goal."""
        scale = abs(errors.true) if self.relative else 1.0
        return errors.rms <= self.limit * scale


@dataclass(frozen=True)
class Coverage:
    """Share of cases inside the 68 % and the 95 % bands, and the number of cases."""

    inside68: float
    inside95: float
    cases: int


Goals = Mapping[tuple[int, str], Goal]
"""What is wanted of a shell (0 is the nearest) and quantity."""


def shell_table(
    title: str, validations: Mapping[str, Validation], goals: Goals
) -> Table:
    """Return errors, pulls and coverage of every set, shell and quantity."""
    rows = [
        (name, *row)
        for name, validation in validations.items()
        for rank, shell in enumerate(validation.shells)
        for row in _shell_rows(rank, shell, goals)
    ]
    spectra = ", ".join(f"{name} {v.spectra}" for name, v in validations.items())
    note = (
        f"Number of spectra: {spectra}. Pull: rms of error / stated standard "
        "deviation; 1 is ideal."
    )
    return Table(title, HEAD, tuple(rows), note)


def curve_table(
    title: str,
    validations: Mapping[str, Validation],
    *,
    by_counting: Mapping[str, Mapping[str, float]],
    wanted_l1: float | None = None,
) -> Table:
    """Return the errors of whole g(r), the coverage of their bins, and the verdicts.

    ``by_counting`` is the L1 that counting alone gives the truth, by set and pair.
    """
    rows = tuple(
        (
            name,
            str(validation.spectra),
            pair,
            f"{validation.l1[pair]:.3f}",
            f"{by_counting[name].get(pair, float('nan')):.3f}",
            "" if wanted_l1 is None else f"{wanted_l1:g}",
            percent(validation.coverage68[pair]),
            percent(validation.coverage95[pair]),
            ", ".join(f"{n} {what}" for what, n in validation.verdicts.items() if n),
        )
        for name, validation in validations.items()
        for pair in validation.l1
    )
    head = (
        *("set", "spectra", "pair", "relative L1", "of it by counting"),
        *("wanted below", "in 68 %", "in 95 %", "verdicts"),
    )
    return Table(title, head, rows, COUNTING)


def origins(rows: Sequence[Row]) -> dict[str, dict[str, dict[str, float]]]:
    """Return the share of spectra by origin of the value, per shell and quantity."""
    found = {}
    for shells in zip(*(prediction.shells for prediction, _ in rows), strict=True):
        found[shells[0].label] = {
            quantity: {
                origin: [getattr(s, quantity).set_by for s in shells].count(origin)
                / len(shells)
                for origin in get_args(Origin)
            }
            for quantity in QUANTITIES
        }
    return found


def origin_table(title: str, rows: Sequence[Row]) -> Table:
    """Return :func:`origins` as a table."""
    cells = tuple(
        (shell, QUANTITIES[quantity][0], *map(percent, shares.values()))
        for shell, quantities in origins(rows).items()
        for quantity, shares in quantities.items()
    )
    return Table(title, ("shell", "quantity", *get_args(Origin)), cells)


def numbers_of(validation: Validation, goals: Goals) -> dict[str, Any]:
    """Return ``validation`` as JSON types, without its folder, and the goals met."""
    numbers = RECORDS.encode(validation)
    del numbers["pairs_folder"]
    numbers["goals_met"] = {
        f"{validation.shells[rank].label} {quantity}": goal.met(errors)
        for (rank, quantity), goal in goals.items()
        if rank < len(validation.shells)
        and not (errors := getattr(validation.shells[rank], quantity)).fixed
    }
    return numbers


def claims_of(validation: Validation, goals: Goals) -> tuple[Claim, ...]:
    """Return a claim per quantity and limit, with the errors of its shells."""
    groups: dict[tuple[str, Goal], list[int]] = {}
    for (rank, quantity), goal in goals.items():
        if rank < len(validation.shells):
            groups.setdefault((quantity, goal), []).append(rank)
    return tuple(
        _claim(validation, quantity, goal, ranks)
        for (quantity, goal), ranks in groups.items()
    )


def _claim(
    validation: Validation, quantity: str, goal: Goal, ranks: list[int]
) -> Claim:
    shells = [validation.shells[rank] for rank in ranks]
    errors = [getattr(shell, quantity) for shell in shells]
    name = QUANTITIES[quantity][0]
    wanted = f"{name} of {_listed([s.label for s in shells])} within "
    found = ", ".join(goal.found(quantity, item) for item in errors)
    return Claim(
        wanted + goal.text(quantity),
        f"{found} (rms)",
        all(goal.met(item) and not item.fixed for item in errors),
    )


def _listed(labels: list[str]) -> str:
    return labels[0] if len(labels) == 1 else f"{labels[0]} to {labels[-1]}"


def pooled_coverage(validation: Validation, quantities: Sequence[str]) -> Coverage:
    """Return the coverage of the bands of ``quantities``, over all measured shells."""
    claims = [
        (errors.coverage68, errors.coverage95)
        for shell in validation.shells
        for quantity in quantities
        if not (errors := getattr(shell, quantity)).fixed
        and not isnan(errors.coverage68)
    ]
    if not claims:
        return Coverage(float("nan"), float("nan"), 0)
    inside68, inside95 = (
        sum(column) / len(claims) for column in zip(*claims, strict=True)
    )
    return Coverage(inside68, inside95, len(claims) * validation.spectra)


def bin_coverage(validation: Validation) -> Coverage:
    """Return the coverage of the bands of g(r), over all pairs of elements."""
    pairs = len(validation.l1)
    return Coverage(
        sum(validation.coverage68.values()) / pairs,
        sum(validation.coverage95.values()) / pairs,
        pairs * validation.spectra,
    )


def percent(share: float) -> str:
    """Return ``share`` in percent, or a dash if there is none."""
    return NOTHING if isnan(share) else f"{100 * share:.0f} %"


def _shell_rows(rank: int, shell: ShellErrors, goals: Goals) -> list[tuple[str, ...]]:
    rows = []
    for quantity, (name, unit, size, decimals) in QUANTITIES.items():
        errors = getattr(shell, quantity)
        goal = goals.get((rank, quantity))
        rows.append(
            (
                shell.label,
                f"{name} ({unit})" if unit else name,
                f"{size * errors.true:.{decimals}f}",
                f"{size * errors.mean:+.{decimals}f}",
                f"{size * errors.rms:.{decimals}f}",
                *_claims(errors),
                "" if goal is None else goal.text(quantity),
                "" if goal is None else _met(goal, errors),
            )
        )
    distance = f"{shell.wasserstein:.4f}"
    rows.append((shell.label, "Wasserstein (Å)", "", distance, *[""] * 6))
    return rows


def _claims(errors: QuantityErrors) -> tuple[str, str, str]:
    """Return pull and coverages; what training never varied claims nothing."""
    if errors.fixed:
        return "fixed", "", ""
    return f"{errors.pull:.2f}", percent(errors.coverage68), percent(errors.coverage95)


def _met(goal: Goal, errors: QuantityErrors) -> str:
    if errors.fixed:
        return "fixed by training"
    return "yes" if goal.met(errors) else "NO"
