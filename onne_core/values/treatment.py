"""What can be done to a measured mu(E) before its reduction, each thing a value.

Energies are in eV and are those of the scan as the operations before have left it.
"""

from dataclasses import dataclass
from typing import Any, Literal

from onne_core.codec import Codec, Form, table
from onne_core.errors import DefinitionError

LARGEST_SHIFT = 100.0
"""Largest shift of an energy axis; a larger one is another edge, eV."""

MOST_GLITCHES = 500


@dataclass(frozen=True)
class Shift:
    """A shift of all energies ``by`` so many eV; positive moves the scan up.

    ``to`` names what the scan was aligned to, "" where the user gave the energy of
    the edge.
    """

    by: float
    to: str = ""
    kind: Literal["shift"] = "shift"

    def __post_init__(self) -> None:
        if not abs(self.by) <= LARGEST_SHIFT:
            raise DefinitionError(
                f"by: {self.by:g} eV; give at most {LARGEST_SHIFT:g} eV either way."
            )


@dataclass(frozen=True)
class Deglitch:
    """Removal of the points at ``energies``."""

    energies: tuple[float, ...]
    kind: Literal["deglitch"] = "deglitch"

    def __post_init__(self) -> None:
        if not 0 < len(self.energies) <= MOST_GLITCHES:
            raise DefinitionError(
                f"energies: {len(self.energies)} points; remove 1 to {MOST_GLITCHES}."
            )


@dataclass(frozen=True)
class Rebin:
    """Averages of a dense scan on the usual grid around the edge at ``e0``."""

    e0: float
    kind: Literal["rebin"] = "rebin"


@dataclass(frozen=True)
class Truncate:
    """The part of a scan from ``lower`` to ``upper``; ``None`` leaves an end as it is.

    ``edge`` names a second edge ("Ni K") that is the reason, found by the program.
    """

    lower: float | None = None
    upper: float | None = None
    edge: str = ""
    kind: Literal["truncate"] = "truncate"

    def __post_init__(self) -> None:
        ends = self.lower, self.upper
        if None not in ends and not self.lower < self.upper:  # type: ignore[operator]
            raise DefinitionError(
                f"lower: {self.lower:g} eV is not below {self.upper:g} eV; give ends "
                "that rise."
            )


Operation = Shift | Deglitch | Rebin | Truncate

KINDS = {"shift": Shift, "deglitch": Deglitch, "rebin": Rebin, "truncate": Truncate}
"""Classes of operations by the word that a file has for them."""


def operation_from_json(content: Any, place: str) -> Operation:
    """Return the operation that ``content`` describes.

    Raises
    ------
    DefinitionError
        If it describes none.
    """
    word = table(content, place).get("kind")
    kind = KINDS.get(word) if isinstance(word, str) else None
    if kind is None:
        raise DefinitionError(f"{place}.kind: use one of {', '.join(KINDS)}.")
    return Codec(ignores_unknown=True).value(kind, content, place)


FORM = Form(operation_from_json)
"""Form of an :data:`Operation` in a file: its fields, with its kind."""
