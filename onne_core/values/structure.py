"""Shells as defined by the user, and the macrostates and clusters sampled from them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Annotated, Literal

import numpy as np
from jaxtyping import Float, Int

from onne_core.errors import DefinitionError
from onne_core.values.crystal import Crystal, Element

EDGES = ("K", "L1", "L2", "L3")
LATTICES = ("fcc", "bcc", "hcp", "rocksalt")
OWN_CRYSTAL = "crystal"
"""Template of a system that holds its crystal itself."""

MOST_NEIGHBOURS = 999
"""Atoms around the absorber that FEFF8L takes."""

MOST_JITTER = 3.0

MOST_SKEWNESS = 1.0
"""Largest skewness that a bent Gaussian is used for; it ends at 2.83."""

BEND_STEPS = 20
"""Iterations for the bend of a Gaussian; at the largest skewness 12 are exact."""

SLIGHT_BEND = 1e-4
"""Bend below which a Gaussian is taken as straight."""

LIMIT_OF_LENGTH = 12.0
"""Largest mean pair length that can be asked for, Å; beyond it EXAFS sees nothing."""

Label = Annotated[str, "of a head"]
Name = Annotated[str, "of a system"]
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
        """Return whether both ends are equal."""
        return self.lower == self.upper

    @property
    def centre(self) -> float:
        """Middle of the range."""
        return 0.5 * (self.lower + self.upper)

    def at(self, fraction: float) -> float:
        """Return the value at ``fraction`` (0 to 1) of the way through the range."""
        return self.lower + (self.upper - self.lower) * fraction


@dataclass(frozen=True)
class ContinuousRandomVariable:
    r"""Distribution of pair lengths: ``mean`` and standard ``deviation``, both in Å.

    A Gaussian, or with ``skewness`` (C3 / sigma^3) one that a parabola bends, as the
    anharmonic motion of a bond does:

    .. math:: r(z) = \mu + \sigma \frac{z + b (z^2 - 1)}{\sqrt{1 + 2 b^2}},
        \quad z \sim N(0, 1)

    with b so that mean, deviation and skewness are exactly those asked for.
    """

    mean: float
    deviation: float
    skewness: float = 0.0

    def at(self, z: Float[np.ndarray, " z"]) -> Float[np.ndarray, " z"]:
        """Return the pair lengths (Å) for standard normal ``z``."""
        bend = float(_bend(np.array([self.skewness]))[0])
        bent = (z + bend * (z * z - 1.0)) / np.sqrt(1.0 + 2.0 * bend * bend)
        return self.mean + self.deviation * bent

    def density(self, r: Float[np.ndarray, " r"]) -> Float[np.ndarray, " r"]:
        """Return the probability density at ``r`` (Å), in Å^-1."""
        row = np.array([[self.mean, self.deviation, self.skewness]])
        return densities(r, row)[0]


def densities(
    r: Float[np.ndarray, " r"], variables: Float[np.ndarray, "variable 3"]
) -> Float[np.ndarray, "variable r"]:
    """Return the densities (Å^-1) at ``r`` (Å) of many variables at once.

    ``variables`` are mean (Å), deviation (Å) and skewness of each.
    """
    mean, deviation, skewness = variables.T[..., None]
    bend = _bend(skewness)
    x = (r - mean) / deviation
    scale = np.sqrt(2.0 * np.pi) * deviation
    is_straight = np.abs(bend) < SLIGHT_BEND
    if is_straight.all():
        return np.exp(-0.5 * x * x) / scale
    # Both z of the parabola that give r; the far one hardly counts.
    safe = np.where(is_straight, 1.0, bend)
    width = np.sqrt(1.0 + 2.0 * safe * safe)
    square = 1.0 + 4.0 * safe * (safe + x * width)
    root = np.sqrt(np.where(square > 0.0, square, 1.0))
    both = sum(
        np.exp(-0.5 * ((sign * root - 1.0) / (2.0 * safe)) ** 2) for sign in (1.0, -1.0)
    )
    found = np.where(square > 0.0, both * width / (scale * root), 0.0)
    return np.where(is_straight, np.exp(-0.5 * x * x) / scale, found)


def _bend(skewness: np.ndarray) -> np.ndarray:
    """Return b with (6 b + 8 b^3) / (1 + 2 b^2)^(3/2) = ``skewness``, by iteration."""
    bend = skewness / 6.0
    for _ in range(BEND_STEPS):
        bend = skewness * (1.0 + 2.0 * bend * bend) ** 1.5 / (6.0 + 8.0 * bend * bend)
    return bend


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
    skewness
        Range of the skewness of the pair length, C3 / sigma^3, where the common factor
        of deviations is 1. It grows with that factor: in the quasi-harmonic limit C3 is
        proportional to sigma^4.
    reported
        Whether the networks answer for this shell; atoms of a shell that is not
        reported still scatter.
    head
        Name under which several shells of one element are answered for together, such
        as the near part and the tail of a skewed shell; empty for a shell of its own.
    """

    element: Element
    distance: Range
    deviation: Range
    coordination: Range
    reported: bool = True
    head: Label = ""
    skewness: Range = Range(0.0, 0.0)

    def variable(
        self,
        distance: float,
        deviation: float,
        skewness: float,
        *,
        distance_scale: float,
        sigma_scale: float,
    ) -> ContinuousRandomVariable:
        """Return the pair-length variable for values from the shell's ranges.

        The scales are the common factors of distances and of deviations.
        """
        skewed = max(-MOST_SKEWNESS, min(MOST_SKEWNESS, sigma_scale * skewness))
        return ContinuousRandomVariable(
            distance_scale * distance, sigma_scale * deviation, skewed
        )


@dataclass(frozen=True)
class Angles:
    """Source of the angles of a cluster.

    Parameters
    ----------
    template
        ``None`` for the genetic algorithm, else a built-in lattice (fcc, bcc, hcp,
        rocksalt), ``crystal`` for the one given as ``crystal``, or the path of a
        structure file (CIF), whose directions are used.
    jitter
        Range of the standard deviation of the displacement across the direction, in
        units of the shell's standard deviation along it. Neighbours of a crystal move
        together: with 1 the straight rows of atoms would be too crooked. With
        ``motion`` in units of the displacement that the crystal's motion gives.
    motion
        Range of the share of the mean-square displacement in which the atoms of a
        template move together as in a warm crystal; the rest of it is each atom's own.
        ``None``: all neighbours move by themselves, along and across.
    crystal
        Cell and atoms of the template ``crystal``, the absorber first.
    template_share
        Share of the microstates that use the template; the rest have free angles.
    sided_share
        Share of the microstates whose missing atoms lie on one side, more or less, as
        near a surface. In the rest they are missing at random: every site is there and
        stands for its share of the neighbours, which is the mean over all choices. It
        acts where a shell has fewer neighbours than the template has sites.
    """

    template: str | None = None
    jitter: tuple[float, float] = (0.4, 0.9)
    template_share: float = 1.0
    sided_share: float = 0.5
    motion: tuple[float, float] | None = None
    crystal: Crystal | None = field(default=None, metadata={"added": True})

    def __post_init__(self) -> None:
        if self.template == OWN_CRYSTAL and self.crystal is None:
            raise DefinitionError(
                'angles.template: "crystal", but angles.crystal is missing; add it.'
            )
        if not 0.0 <= self.sided_share <= 1.0:
            raise DefinitionError(
                f"angles.sided_share: {self.sided_share:g}; give 0 to 1."
            )
        if not 0.0 <= self.template_share <= 1.0:
            raise DefinitionError(
                f"angles.template_share: {self.template_share:g}; give 0 to 1."
            )
        lower, upper = self.jitter
        if not 0.0 <= lower <= upper <= MOST_JITTER:
            raise DefinitionError(
                f"angles.jitter: {lower:g} to {upper:g}; give two numbers from 0 to "
                f"{MOST_JITTER:g}, the lower one first."
            )
        lower, upper = self.motion or (0.0, 1.0)
        if not 0.0 <= lower <= upper <= 1.0:
            raise DefinitionError(
                f"angles.motion: {lower:g} to {upper:g}; give two numbers from 0 to 1, "
                "the lower one first."
            )


@dataclass(frozen=True)
class System:
    """An absorber, its edge and its shells.

    ``distance_scale`` multiplies every distance of one macrostate by a common factor:
    the shells of a crystal move together. ``coordination_scale`` does so with the
    coordination numbers: in a small particle all shells lack neighbours; and
    ``sigma_scale`` with the standard deviations: in a hot crystal all shells are wide,
    and as much more skewed. ``inverse_diameter`` (Å^-1) is that of a particle: its
    shells lack neighbours as those of a sphere do, the farther the more; 0 for a
    crystal without end. It is drawn evenly in its root, from the lower end.
    """

    absorber: Element
    edge: Literal["K", "L1", "L2", "L3"]
    shells: tuple[Shell, ...]
    distance_scale: Range = field(
        default=Range(1.0, 1.0), metadata={"formerly": "scale"}
    )
    coordination_scale: Range = field(
        default=Range(1.0, 1.0), metadata={"formerly": "filling"}
    )
    sigma_scale: Range = field(default=Range(1.0, 1.0), metadata={"formerly": "spread"})
    inverse_diameter: Range = field(
        default=Range(0.0, 0.0), metadata={"formerly": "particle"}
    )
    angles: Angles = Angles()
    name: Name = ""

    def __post_init__(self) -> None:
        if not self.shells:
            raise DefinitionError("shells: none given; add at least one shell.")
        if len(self.shells) > MOST_NEIGHBOURS:
            raise DefinitionError(
                f"shells: {len(self.shells)}; FEFF8L takes at most {MOST_NEIGHBOURS} "
                "neighbours."
            )
        if not any(shell.reported for shell in self.shells):
            raise DefinitionError("shells: none is reported; report at least one.")
        atoms = sum(shell.coordination.upper for shell in self.shells)
        atoms *= self.coordination_scale.upper
        if atoms > MOST_NEIGHBOURS:
            raise DefinitionError(
                f"shells: up to {atoms:g} neighbours in all; FEFF8L takes at most "
                f"{MOST_NEIGHBOURS}, give fewer."
            )
        self._check_heads()

    def _check_heads(self) -> None:
        """Refuse shells that cannot share a head, and heads that share a name."""
        for group in self.heads:
            first = self.shells[group[0]]
            others = {self.shells[i].element for i in group} - {first.element}
            if others:
                raise DefinitionError(
                    f"shells[{group[0]}].head: {first.head!r} joins {first.element} "
                    f"and {', '.join(sorted(others))}; join shells of one element."
                )
        silent = {shell.head for shell in self.shells if not shell.reported} - {""}
        for name in sorted(silent & {self.shells[i].head for i in self.reported}):
            raise DefinitionError(
                f"shells: some with the head {name!r} are reported and some are "
                "not; report all of them or none."
            )
        labels = [self.label(group[0]) for group in self.heads]
        for name in sorted(set(labels)):
            if labels.count(name) > 1:
                raise DefinitionError(
                    f"shells: two heads are called {name!r}; give another head."
                )

    @property
    def reported(self) -> tuple[int, ...]:
        """Indices of the shells for which the networks answer."""
        return tuple(i for i, shell in enumerate(self.shells) if shell.reported)

    @property
    def heads(self) -> tuple[tuple[int, ...], ...]:
        """Indices of the shells of every head, in the order of their first shells."""
        return self._joined(self.reported)

    def _joined(self, indices: Iterable[int]) -> tuple[tuple[int, ...], ...]:
        """Return shells that share a head as one group, each other one alone."""
        groups: dict[str | int, list[int]] = {}
        for i in indices:
            groups.setdefault(self.shells[i].head or i, []).append(i)
        return tuple(tuple(group) for group in groups.values())

    def pair(self, shell: int) -> str:
        """Return the name of a shell's pair, such as ``Ni-Cl``."""
        return f"{self.absorber}-{self.shells[shell].element}"

    def label(self, shell: int) -> str:
        """Return a shell's name: its head, or the pair, numbered if it has several.

        Shells that share a head count as one.
        """
        if self.shells[shell].head:
            return self.shells[shell].head
        element = self.shells[shell].element
        alike = self._joined(
            i for i, other in enumerate(self.shells) if other.element == element
        )
        number = f" {alike.index((shell,)) + 1}" if len(alike) > 1 else ""
        return self.pair(shell) + number


@dataclass(frozen=True)
class ShellDraw:
    """One draw from a shell's ranges: element, CRV and coordination number."""

    element: str
    variable: ContinuousRandomVariable
    coordination: float


@dataclass(frozen=True)
class Macrostate:
    """One draw from every shell's ranges, in the order of the system's shells.

    ``jitter`` is the displacement across the directions of a template and ``motion``
    the share that its atoms move together, both as in :class:`Angles`;
    ``inverse_diameter`` (Å^-1) is that of the particle, which the coordination numbers
    contain already.
    """

    shells: tuple[ShellDraw, ...]
    jitter: float = 0.0
    motion: float | None = None
    inverse_diameter: float = field(default=0.0, metadata={"formerly": "particle"})


@dataclass(frozen=True, eq=False)
class Microstate:
    """Pair lengths sampled from a macrostate.

    ``lengths`` in Å, ``elements`` and ``shells`` (index of the system's shell) one
    each per atom, ordered by shell. ``occupancies`` say for how many neighbours each
    atom stands, ``None`` for one each. On a template ``directions`` are the unit
    vectors of the atoms' sites and ``across`` their displacements perpendicular to
    them, Å; ``None`` where the angles are free.
    """

    elements: tuple[str, ...]
    shells: Int[np.ndarray, " atom"]
    lengths: Float[np.ndarray, " atom"]
    occupancies: Float[np.ndarray, " atom"] | None = None
    directions: Vectors | None = None
    across: Vectors | None = None

    def __post_init__(self) -> None:
        for part in (
            *(self.shells, self.lengths, self.occupancies),
            *(self.directions, self.across),
        ):
            if part is not None:
                part.flags.writeable = False

    @property
    def weights(self) -> Float[np.ndarray, " atom"]:
        """Number of neighbours that each atom stands for."""
        if self.occupancies is None:
            return np.ones(self.lengths.size)
        return self.occupancies


@dataclass(frozen=True, eq=False)
class Cluster:
    """A 3D structure with the absorber at the origin.

    ``positions`` in Å, one row per atom, the absorber left out; ``shells`` is -1
    where no shell is known (given structures); ``occupancies`` as of a
    :class:`Microstate`.
    """

    absorber: str
    elements: tuple[str, ...]
    shells: Int[np.ndarray, " atom"]
    positions: Vectors = field(repr=False)
    occupancies: Float[np.ndarray, " atom"] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self.shells.flags.writeable = False
        self.positions.flags.writeable = False
        if self.occupancies is not None:
            self.occupancies.flags.writeable = False

    @property
    def lengths(self) -> Float[np.ndarray, " atom"]:
        """Distances from the absorber, Å."""
        return np.linalg.norm(self.positions, axis=1)

    @property
    def weights(self) -> Float[np.ndarray, " atom"]:
        """How many neighbours each atom stands for."""
        if self.occupancies is None:
            return np.ones(self.lengths.size)
        return self.occupancies
