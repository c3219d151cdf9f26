"""Contents of a file: its spectra, and the parts that could not be used."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from onne_core.errors import FormatError
from onne_core.formats.content import shown
from onne_core.values.spectrum import Absorption, Spectrum, one_line

Measured = Spectrum | Absorption


@dataclass(frozen=True, eq=False)
class Contents:
    """The spectra of a file in order, and one line per part that could not be used."""

    measured: tuple[Measured, ...] = field(repr=False)
    problems: tuple[str, ...] = ()


def collected(
    path: Path,
    attempts: Iterable[tuple[str, Callable[[], Measured]]],
    *,
    kind: str,
) -> Contents:
    """Return the spectra read by ``attempts``: pairs of a part's name and its reader.

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
            f"{shown(path)}: no {kind} with usable mu(E) or chi(k){more}; export "
            "the spectra as column files."
        )
    return Contents(tuple(found), tuple(problems))
