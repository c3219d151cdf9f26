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
LONGEST_FORMULA = 80

SELF_ABSORPTION_WARNING = (
    "fluorescence: self-absorption in a thick or concentrated sample lowers chi(k) "
    "and the coordination numbers; it is not corrected"
)
"""Note of every mu(E) from fluorescence, until it is corrected."""


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


@dataclass(frozen=True)
class SelfAbsorption:
    """Correction of fluorescence for self-absorption in a thick sample.

    ``formula`` is that of the whole sample with its matrix; the angles are those of the
    beam and of the detector with the surface, degrees; ``e0`` is the edge, eV.
    """

    formula: str
    angle_in: float
    angle_out: float
    e0: float
    kind: Literal["self absorption"] = "self absorption"

    def __post_init__(self) -> None:
        if not 0 < len(self.formula) <= LONGEST_FORMULA or not self.formula.isascii():
            raise DefinitionError(
                f"formula: {self.formula[:20]!a}; give one like Fe2O3, of at most "
                f"{LONGEST_FORMULA} letters and digits."
            )
        for name in ("angle_in", "angle_out"):
            if not 1.0 <= getattr(self, name) <= 90.0:
                raise DefinitionError(
                    f"{name}: {getattr(self, name):g}°; give 1 to 90° with the surface."
                )


Operation = Shift | Deglitch | Rebin | Truncate | SelfAbsorption

KINDS = {
    "shift": Shift,
    "deglitch": Deglitch,
    "rebin": Rebin,
    "truncate": Truncate,
    "self absorption": SelfAbsorption,
}
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
