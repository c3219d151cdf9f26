"""Pipeline: a reference in which every element has neighbours at bonding distance.

Muffin-tin radii follow from nearest neighbours. In a cluster of which only the
distances from the absorber are known, an element beyond the first shell may stand
alone, and its muffin tin swells until the expansion of the propagator diverges. So it
gets contacts of its own: it touches a ligand of the absorber, and more ligands surround
it at bonding distance. No interaction model, no dynamics.
"""

from dataclasses import dataclass, field

import numpy as np
from ase.data import atomic_numbers, covalent_radii
from ase.data.vdw_alvarez import vdw_radii
from jaxtyping import Float
from scipy.spatial.distance import cdist

from onne_core.clusters.assembly import evolve, fibonacci_grid, random_rotation
from onne_core.values.recipe import Recipe
from onne_core.values.structure import Cluster, Microstate, Shell

BONDED = 1.15
"""Distance over the sum of the covalent radii up to which two atoms are bonded. Ni-O in
NiO: 1.10; Ni-Ni there: 1.19, no bond."""

TOUCH = 0.03
"""Relative tolerance of a contact. Error of the mean spectrum of Ni in molten
KCl-ZnCl2: 2.8 %; with a tolerance of 8 % it is 3.6 %."""

APART = 0.9
"""Smallest distance of two ligands over the sum of their van der Waals radii. The same
error is 2.7 % with 0.85, 3.1 % with 1."""

DIRECTIONS = 1000
"""Places that are tried on a sphere."""

Points = Float[np.ndarray, "point 3"]
Point = Float[np.ndarray, " 3"]


def unbonded(cluster: Cluster) -> frozenset[str]:
    """Return the elements whose atom nearest to the absorber has no bond.

    Its potential serves the whole element in FEFF. A bond is one to the absorber or to
    an atom of the element that is nearest to the absorber. Two atoms of the absorber's
    element have one only if that element is nearest: U-U in a fluoride, 4.4 Å, is
    within 1.15 times the covalent radii of a metal's bond.
    """
    order = np.argsort(cluster.lengths, kind="stable")
    names = [cluster.elements[i] for i in order]
    positions = np.vstack([np.zeros(3), cluster.positions[order]])
    partners = np.array([True, *(name == names[0] for name in names)])
    found = set()
    for name in set(names):
        index = names.index(name) + 1
        distances = np.linalg.norm(positions - positions[index], axis=1)
        distances[index] = np.inf
        if name == cluster.absorber != names[0]:
            distances[0] = np.inf
        radii = [_covalent(name, other) for other in (cluster.absorber, *names)]
        if not np.any(partners & (distances <= BONDED * np.array(radii))):
            found.add(name)
    return frozenset(found)


def packed_contacts(recipe: Recipe, *, seed: int) -> Cluster:
    """Return a cluster in which every element of the system has its contacts.

    1. The shells bonded to the absorber, the nearest one in any case, stand at the
       centre of their ranges, as far apart as their angles allow. The element of the
       nearest one is the ligand.
    2. The atoms of other elements come at the centre of theirs, the nearer shells
       first: each touches a ligand where its distance allows it, as far as possible
       from other atoms of its kind.
    3. Each of these gets ligands at bonding distance until no more fit, those nearest
       to the absorber first.

    Bond lengths are ``scattering.contacts``, the distance of the absorber's shell for
    atoms of its element, and otherwise sums of covalent radii. Ligands keep apart by
    APART times their van der Waals radii, or by what is usual in the first shell if
    that is less. ``seed`` turns the first shell against the grid of places.
    """
    rng = np.random.default_rng(seed)
    shells = _central_shells(recipe)
    nearest = shells[0].element
    bonded = [
        shell
        for shell in shells
        if shell is shells[0] or _is_bonded(shell, recipe, nearest)
    ]
    packing = _first_shell(bonded, recipe, rng)
    grid = fibonacci_grid(DIRECTIONS) @ random_rotation(rng).T
    known = {shell.element for shell in bonded}
    others = [shell for shell in shells if shell.element not in known]
    centres = [
        (shell.element, packing.place(shell.element, shell.distance * grid))
        for shell in others
        for _ in range(shell.number)
    ]
    for element, centre in centres:
        packing.surround(centre + packing.contact(element) * grid)
    return packing.cluster()


@dataclass(frozen=True)
class _CentralShell:
    """A shell at the centre of its ranges: ``distance`` in Å, whole ``number``."""

    element: str
    distance: float
    number: int


@dataclass
class _Packing:
    """Atoms placed so far, the absorber first; ``apart`` between two ligands, Å."""

    ligand: str
    apart: float
    contacts: dict[str, float]
    elements: list[str]
    positions: Points = field(repr=False)

    def contact(self, element: str) -> float:
        """Return the distance (Å) at which ``element`` touches a ligand."""
        return self.contacts.get(element) or _covalent(element, self.ligand)

    def place(self, element: str, places: Points) -> Point:
        """Add a non-ligand atom at the best of ``places``; return its position."""
        distances = cdist(places, self.positions)
        ligands = np.array([name == self.ligand for name in self.elements])
        nearest = distances[:, ligands].min(axis=1) / self.contact(element)
        # The absorber's distance is given; only atoms like this one are left.
        alike = distances[:, ~ligands][:, 1:]
        away = alike.min(axis=1) if alike.size else np.zeros(len(places))
        free, touching = nearest >= 1.0 - TOUCH, nearest <= 1.0 + TOUCH
        allowed = next(
            (mask for mask in (free & touching, free) if mask.any()),
            nearest == nearest.max(),
        )
        chosen = places[np.argmax(np.where(allowed, away, -1.0))]
        self._add(element, chosen)
        return chosen

    def surround(self, places: Points) -> None:
        """Add ligands at ``places`` until none fit, nearest to the absorber first."""
        nearest_first = np.argsort(np.linalg.norm(places, axis=1), kind="stable")
        places = places[nearest_first]
        limits = [self._limit(name) for name in self.elements]
        limits[0] = self.apart
        free = np.all(cdist(places, self.positions) >= limits, axis=1)
        while free.any():
            chosen = places[np.argmax(free)]
            self._add(self.ligand, chosen)
            free &= np.linalg.norm(places - chosen, axis=1) >= self.apart

    def cluster(self) -> Cluster:
        """Return the atoms around the absorber, nearest first."""
        positions = self.positions[1:]
        order = np.argsort(np.linalg.norm(positions, axis=1), kind="stable")
        return Cluster(
            absorber=self.elements[0],
            elements=tuple(self.elements[1 + i] for i in order),
            shells=np.full(order.size, -1),
            positions=positions[order],
        )

    def _limit(self, element: str) -> float:
        """Return how near (Å) a ligand may come to an atom of ``element``."""
        if element == self.ligand:
            return self.apart
        return (1.0 - TOUCH) * self.contact(element)

    def _add(self, element: str, position: Point) -> None:
        self.elements.append(element)
        self.positions = np.vstack([self.positions, position])


def _central_shells(recipe: Recipe) -> list[_CentralShell]:
    """Return the system's shells at the centre of all ranges, nearest first."""
    scale = recipe.system.distance_scale.centre
    shells = [
        _CentralShell(shell.element, scale * shell.distance.centre, whole_number(shell))
        for shell in recipe.system.shells
    ]
    return sorted(shells, key=lambda shell: shell.distance)


def whole_number(shell: Shell) -> int:
    """Return the number of neighbours at the centre of its range, at least one."""
    return max(1, round(shell.coordination.centre))


def _is_bonded(shell: _CentralShell, recipe: Recipe, nearest: str) -> bool:
    """Whether a shell is bonded to the absorber; ``nearest`` is the first element."""
    if shell.element == recipe.system.absorber != nearest:
        return False
    limit = BONDED * _covalent(recipe.system.absorber, shell.element)
    return shell.distance <= limit


def _first_shell(
    shells: list[_CentralShell], recipe: Recipe, rng: np.random.Generator
) -> _Packing:
    """Return the absorber with the shells bonded to it, as far apart as they go."""
    numbers = [shell.number for shell in shells]
    elements = np.repeat([shell.element for shell in shells], numbers)
    microstate = Microstate(
        elements=tuple(str(name) for name in elements),
        shells=np.repeat(np.arange(len(shells)), numbers),
        lengths=np.repeat([shell.distance for shell in shells], numbers),
    )
    positions = evolve(microstate, recipe=recipe.clusters, rng=rng)
    absorber, ligand = recipe.system.absorber, shells[0].element
    apart = APART * 2.0 * vdw_radii[atomic_numbers[ligand]]
    ligands = positions[elements == ligand]
    among = cdist(ligands, ligands)
    # NaN where an element has no van der Waals radius.
    apart = float(np.nanmin([apart, *among[among > 0.0], np.inf]))
    contacts = {absorber: shells[0].distance} if ligand != absorber else {}
    for pair, distance in recipe.scattering.contacts.items():
        ends = pair.split("-")
        if ligand in ends:
            contacts[ends[ends[0] == ligand]] = distance
    return _Packing(
        ligand=ligand,
        apart=apart,
        contacts=contacts,
        elements=[absorber, *microstate.elements],
        positions=np.vstack([np.zeros(3), positions]),
    )


def _covalent(first: str, second: str) -> float:
    """Return the sum of two covalent radii, Å (Cordero et al., Dalton Trans. 2008)."""
    return float(
        covalent_radii[atomic_numbers[first]] + covalent_radii[atomic_numbers[second]]
    )
