"""What one file holds: a spectrum, or a series of them, and what could not be used."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from onne_core.errors import FormatError
from onne_core.formats.content import shown
from onne_core.values.spectrum import Absorption, Spectrum, one_line

Measured = Spectrum | Absorption


@dataclass(frozen=True, eq=False)
class Contents:
    """The spectra of one file in its order, and one line per part that is not one."""

    measured: tuple[Measured, ...] = field(repr=False)
    problems: tuple[str, ...] = ()


def collected(
    path: Path,
    attempts: Iterable[tuple[str, Callable[[], Measured]]],
    *,
    kind: str,
) -> Contents:
    """Return what comes of ``attempts``: the name of a part, and how it is read.

    A part that cannot be used stops no other; names that repeat are numbered.

    Raises
    ------
    FormatError
        If no part can be used.
    """
    found: list[Measured] = []
    problems: list[str] = []
    used: dict[str, int] = {}
    for given, attempt in attempts:
        name = one_line(given)
        try:
            measured = attempt()
        except FormatError as error:
            reason = str(error).removeprefix(shown(path)).lstrip(":, ")
            problems.append(f"{shown(path)}, {kind} {name}: {reason}")
            continue
        used[name] = used.get(name, 0) + 1
        own = name if used[name] == 1 else f"{name} ({used[name]})"
        found.append(replace(measured, name=own, source=str(path)))
    if not found:
        more = f" ({problems[0]})" if problems else ""
        raise FormatError(
            f"{shown(path)}: no {kind} with mu(E) or chi(k) that can be used{more}; "
            "export the spectra as column files."
        )
    return Contents(tuple(found), tuple(problems))
