"""What a user defines and what is sampled from it: shells, macrostates, clusters."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from jaxtyping import Float, Int

from onne_core.errors import DefinitionError

EDGES = ("K", "L1", "L2", "L3")
LATTICES = ("fcc", "bcc", "hcp", "rocksalt")
MOST_NEIGHBOURS = 999
"""Atoms around the absorber that FEFF8L takes."""

LIMIT_OF_LENGTH = 12.0
"""Largest mean pair length that can be asked for, Å; beyond it EXAFS sees nothing."""

Vectors = Float[np.ndarray, "atom 3"]


@dataclass(frozen=True)
class Range:
    """A closed interval from ``lower`` to ``upper`` (unit of its quantity)."""

    lower: float
    upper: float

    def __post_init__(self) -> None:
        if not (np.isfinite(self.lower) and np.isfinite(self.upper)):
            raise DefinitionError(
                f"{self.lower} to {self.upper}: both ends must be finite numbers"
            )
        if self.upper < self.lower:
            raise DefinitionError(
                f"{self.lower:g} to {self.upper:g}, the lower end must come first"
            )

    @property
    def is_fixed(self) -> bool:
        """Whether both ends are the same."""
        return self.lower == self.upper

    @property
    def centre(self) -> float:
        """The middle of the range."""
        return 0.5 * (self.lower + self.upper)

    def at(self, fraction: float) -> float:
        """Return the value at ``fraction`` (0 to 1) of the way through the range."""
        return self.lower + (self.upper - self.lower) * fraction


@dataclass(frozen=True)
class ContinuousRandomVariable:
    """One Gaussian of pair lengths: ``mean`` and ``deviation``, both in Å."""

    mean: float
    deviation: float

    def density(self, r: Float[np.ndarray, " r"]) -> Float[np.ndarray, " r"]:
        """Return the probability density at ``r`` (Å), in Å^-1."""
        z = (r - self.mean) / self.deviation
        return np.exp(-0.5 * z * z) / (np.sqrt(2.0 * np.pi) * self.deviation)


@dataclass(frozen=True)
class Shell:
    """Neighbours of one element in one distance range.

    Parameters
    ----------
    element
        Chemical symbol of the neighbours.
    distance
        Range of the mean pair length, Å.
    deviation
        Range of the standard deviation of the pair length, Å.
    coordination
        Range of the number of neighbours; fixed if both ends are equal.
    reported
        Whether the networks answer for this shell; atoms of a shell that is not
        reported still scatter.
    """

    element: str
    distance: Range
    deviation: Range
    coordination: Range
    reported: bool = True


@dataclass(frozen=True)
class Angles:
    """Where the angles of a cluster come from.

    Parameters
    ----------
    template
        ``None`` for the genetic algorithm, else a built-in lattice (fcc, bcc, hcp,
        rocksalt) or the path of a structure file (CIF), whose directions are used.
    jitter
        Standard deviation of the displacement across the direction, Å.
    template_share
        Share of the microstates that use the template; the rest have free angles.
    """

    template: str | None = None
    jitter: float = 0.05
    template_share: float = 1.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.template_share <= 1.0:
            raise DefinitionError(
                f"angles.template_share: {self.template_share:g}; give 0 to 1."
            )
        if not 0.0 <= self.jitter <= 1.0:
            raise DefinitionError(f"angles.jitter: {self.jitter:g} Å; give 0 to 1 Å.")


@dataclass(frozen=True)
class System:
    """An absorber, its edge and its shells.

    ``scale`` multiplies every distance of one macrostate by a common factor: the
    shells of a crystal move together.
    """

    absorber: str
    edge: Literal["K", "L1", "L2", "L3"]
    shells: tuple[Shell, ...]
    scale: Range = Range(1.0, 1.0)
    angles: Angles = Angles()
    name: str = ""

    def __post_init__(self) -> None:
        if not self.shells:
            raise DefinitionError("shells: none given; add at least one shell.")
        if not any(shell.reported for shell in self.shells):
            raise DefinitionError("shells: none is reported; report at least one.")
        atoms = sum(shell.coordination.upper for shell in self.shells)
        if atoms > MOST_NEIGHBOURS:
            raise DefinitionError(
                f"shells: up to {atoms:g} neighbours in all; FEFF8L takes at most "
                f"{MOST_NEIGHBOURS}, give fewer."
            )

    @property
    def reported(self) -> tuple[int, ...]:
        """Indices of the shells for which the networks answer."""
        return tuple(i for i, shell in enumerate(self.shells) if shell.reported)

    def pair(self, shell: int) -> str:
        """Return the name of a shell's pair, such as ``Ni-Cl``."""
        return f"{self.absorber}-{self.shells[shell].element}"

    def label(self, shell: int) -> str:
        """Return a shell's name: the pair, numbered where the pair has several."""
        element = self.shells[shell].element
        alike = [i for i, other in enumerate(self.shells) if other.element == element]
        number = f" {alike.index(shell) + 1}" if len(alike) > 1 else ""
        return self.pair(shell) + number


@dataclass(frozen=True)
class ShellDraw:
    """One draw from a shell's ranges: element, CRV and coordination number."""

    element: str
    variable: ContinuousRandomVariable
    coordination: float


@dataclass(frozen=True)
class Macrostate:
    """One draw from every shell's ranges, in the order of the system's shells."""

    shells: tuple[ShellDraw, ...]


@dataclass(frozen=True, eq=False)
class Microstate:
    """Pair lengths sampled from a macrostate.

    ``lengths`` in Å, ``elements`` and ``shells`` (index of the system's shell) one
    each per neighbour, ordered by shell.
    """

    elements: tuple[str, ...]
    shells: Int[np.ndarray, " atom"]
    lengths: Float[np.ndarray, " atom"]

    def __post_init__(self) -> None:
        self.shells.flags.writeable = False
        self.lengths.flags.writeable = False


@dataclass(frozen=True, eq=False)
class Cluster:
    """A 3D structure with the absorber at the origin.

    ``positions`` in Å, one row per neighbour, the absorber left out; ``shells`` is -1
    where no shell is known (given structures).
    """

    absorber: str
    elements: tuple[str, ...]
    shells: Int[np.ndarray, " atom"]
    positions: Vectors = field(repr=False)

    def __post_init__(self) -> None:
        self.shells.flags.writeable = False
        self.positions.flags.writeable = False

    @property
    def lengths(self) -> Float[np.ndarray, " atom"]:
        """Distances from the absorber, Å."""
        return np.linalg.norm(self.positions, axis=1)
