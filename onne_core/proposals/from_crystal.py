"""Proposal of a crystal: its shells, with the ranges of a purpose around them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from ase.data import atomic_numbers

from onne_core.crystals.lattice import FARTHEST, crystal_shells
from onne_core.errors import DefinitionError
from onne_core.proposals.lattice_constants import KnownCrystal
from onne_core.proposals.proposal import Proposal, recipe_for
from onne_core.proposals.purposes import PRESETS, Preset, Purpose, of_compound
from onne_core.proposals.thermal_motion import expected_deviation
from onne_core.proposals.window import usual_window
from onne_core.values.crystal import Crystal
from onne_core.values.elements import usual_edge
from onne_core.values.recipe import SHELL_BOUNDS
from onne_core.values.structure import OWN_CRYSTAL, Angles, Range, Shell, System

REACH_RATIO = 2.06
"""Shells are reported up to this multiple of the shortest distance ..."""

LEAST_REACH, MOST_REACH = 4.6, 6.3
"""... within these, Å: a short bond, as to oxygen, is no measure of what is seen."""

FREE_REACH = 4.3
"""Where no template gives the directions, farther shells are not proposed, Å."""

BEYOND = 0.95
"""Shells that start this far (Å) beyond the last reported one scatter, too."""

WEAK = 0.12
"""Shells with less than this share of the strongest are not reported."""

SAME_HEAD = 0.25
"""Shells of one element less than this apart (Å) are answered for together; the
resolution of a spectrum to 14 Å^-1 is 0.14 Å."""

WIDEST_HEAD = 0.4
"""Farther apart than this (Å), no two shells share a head."""

MOST_REPORTED = 8
"""Shells that are reported at most, the strongest."""

MOST_LOOKED_AT = 12
"""Atoms of one element whose surroundings are looked at for the closest pairs."""

NEAREST, FARTHER = (0.95, 1.05), (0.88, 1.08)
"""A shell's own factors on its coordination number."""

NARROW, WIDE_NEAR, WIDE_FAR = 0.9, 1.1, 1.4
"""A shell's own factors on the expected standard deviation."""

LEAST_WIDTH = 0.03
"""Half the range (Å) of a mean distance, at least, where the lattice is no template."""

BUILT_IN = ("fcc", "bcc", "rocksalt")
"""Lattices of the program whose shells are those of the crystal, whatever its size."""


@dataclass(frozen=True)
class FoundShell:
    """Neighbours of one element at one ``distance`` (Å), ``number`` on average.

    ``spread`` is the standard deviation of the distance within it, Å.
    """

    element: str
    distance: float
    number: float
    spread: float = 0.0


def shells_around(
    crystal: Crystal, occupancies: Sequence[float] = ()
) -> tuple[FoundShell, ...]:
    """Return the shells of the first atom, nearest first, up to FARTHEST.

    ``occupancies`` has one share per atom of the cell, 1 for all if it is empty.
    """
    sites, atoms = crystal.around_first(FARTHEST)
    lengths = np.linalg.norm(sites, axis=1)
    if not lengths.size:
        raise DefinitionError(
            f"crystal: no atom within {FARTHEST:g} Å of the absorber; check the cell."
        )
    shares = np.array(occupancies or [1.0] * len(crystal.elements))[list(atoms)]
    found = []
    for shell in crystal_shells(crystal):
        at = shell.ratio * lengths.min()
        same = np.array([crystal.elements[i] == shell.element for i in atoms])
        count = len(shell.directions)
        mine = np.flatnonzero(same)[np.argsort(abs(lengths[same] - at))[:count]]
        number = float(shares[mine].sum())
        spread = float(lengths[mine].std())
        found.append(FoundShell(shell.element, float(at), number, spread))
    return tuple(found)


def propose_crystal(
    known: KnownCrystal,
    *,
    absorber: str | None = None,
    edge: str | None = None,
    purpose: Purpose = "bulk",
) -> Proposal:
    """Return the proposal of a crystal of the tables, or with given constants.

    Raises
    ------
    DefinitionError
        If it has no such absorber.
    """
    absorber = absorber or known.elements[0]
    crystal = known.crystal(absorber)
    constants = f"a = {known.a:.5g} Å" + (f", c = {known.c:.5g} Å" if known.c else "")
    return propose_shells(
        shells_around(crystal),
        absorber=absorber,
        edge=edge,
        purpose=purpose,
        crystal=crystal,
        lattice=known.lattice,
        name=f"{known.formula} ({known.lattice})",
        notes=(f"{known.formula}, {known.lattice}: {constants} ({known.source}).",),
    )


def propose_shells(
    found: Sequence[FoundShell],
    *,
    absorber: str,
    edge: str | None = None,
    purpose: Purpose = "bulk",
    crystal: Crystal | None = None,
    lattice: str = "",
    name: str = "",
    notes: tuple[str, ...] = (),
) -> Proposal:
    """Return the proposal for shells that were ``found`` around an absorber.

    ``crystal`` gives the directions, which are free without it; ``lattice`` is its
    structure type where it has one of the program's.
    """
    taken = _taken(found, is_free=crystal is None)
    is_metal = all(shell.element == absorber for shell, _ in taken)
    preset = PRESETS[purpose] if is_metal else of_compound(PRESETS[purpose])
    bond = taken[0][0].distance
    if crystal is not None:
        # An absorber in a wide cage sits in a crystal whose other bonds are stiff.
        bond = 0.5 * (bond + _shortest_in(crystal))
    shells = [
        _shell(
            item,
            preset,
            is_nearest=i == 0,
            bond=bond,
            is_metal=is_metal,
            is_reported=reported,
            is_free=crystal is None,
        )
        for i, (item, reported) in enumerate(taken)
    ]
    system = System(
        absorber,
        edge or usual_edge(absorber),  # type: ignore[arg-type] - checked as a file is
        with_heads(absorber, shells),
        distance_scale=preset.distance_scale,
        coordination_scale=preset.coordination_scale,
        sigma_scale=preset.sigma_scale,
        inverse_diameter=preset.inverse_diameter,
        angles=_angles(preset, crystal, lattice),
        name=name or f"{absorber} in a crystal",
    )
    window = usual_window(absorber, system.edge, [s.element for s in shells])
    closest = {f"{absorber}-{e}": r for e, r in _nearest(found).items()}
    if crystal is not None:
        closest |= _closest_in(crystal, set(closest))
    known = {absorber, *(shell.element for shell in shells)}
    closest = {
        pair: length
        for pair, length in closest.items()
        if set(pair.split("-")) <= known
    }
    return Proposal(recipe_for(system, window, closest), notes)


def _taken(
    found: Sequence[FoundShell], *, is_free: bool
) -> list[tuple[FoundShell, bool]]:
    """Return the shells of the system, each with whether it is reported."""
    nearest = found[0].distance
    reach = min(max(LEAST_REACH, REACH_RATIO * nearest), MOST_REACH)
    if is_free:
        reach = max(min(reach, FREE_REACH), nearest)
    strengths = [_strength(item) for item in found]
    inside = [i for i, item in enumerate(found) if item.distance <= reach]
    strongest = max(strengths[i] for i in inside)
    strong = [i for i in inside if strengths[i] >= WEAK * strongest]
    strong.sort(key=lambda i: -strengths[i])
    reported = {0, *strong[:MOST_REPORTED]}
    farthest = max(found[i].distance for i in reported)
    beyond = [item.distance for item in found if item.distance > reach]
    end = max(farthest + BEYOND, min(beyond, default=0.0) + 1e-6)
    return [
        (item, i in reported)
        for i, item in enumerate(found)
        if item.distance <= end and not (is_free and i not in inside)
    ]


def _nearest(found: Sequence[FoundShell]) -> dict[str, float]:
    """Return the shortest distance (Å) to each element."""
    nearest: dict[str, float] = {}
    for shell in found:
        nearest.setdefault(shell.element, shell.distance - 2.0 * shell.spread)
    return nearest


def _closest_in(crystal: Crystal, known: set[str]) -> dict[str, float]:
    """Return the shortest distances (Å) of pairs that are not ``known``."""
    closest: dict[str, float] = {}
    for atom in _of_each_element(crystal):
        around = _nearest(shells_around(crystal.beginning_with(atom)))
        for other, length in around.items():
            one, two = sorted((crystal.elements[atom], other))
            pair = f"{one}-{two}"
            if not {pair, f"{two}-{one}"} & known:
                closest[pair] = min(closest.get(pair, length), length)
    return closest


def _shortest_in(crystal: Crystal) -> float:
    """Return the shortest distance (Å) between any two atoms."""
    lengths = [
        np.linalg.norm(crystal.beginning_with(atom).around_first(FARTHEST)[0], axis=1)
        for atom in _of_each_element(crystal)
    ]
    return float(min(found.min() for found in lengths))


def _of_each_element(crystal: Crystal) -> list[int]:
    """Return the first atoms of every element, MOST_LOOKED_AT at most."""
    return [
        atom
        for name in dict.fromkeys(crystal.elements)
        for atom in [i for i, one in enumerate(crystal.elements) if one == name][
            :MOST_LOOKED_AT
        ]
    ]


def _strength(item: FoundShell) -> float:
    """Return how strongly a shell scatters, about: N Z / R^2."""
    return item.number * atomic_numbers[item.element] / item.distance**2


def _shell(
    item: FoundShell,
    preset: Preset,
    *,
    is_nearest: bool,
    bond: float,
    is_metal: bool,
    is_reported: bool,
    is_free: bool,
) -> Shell:
    around = preset.own_distance * item.distance
    if is_free:
        around = max(around, LEAST_WIDTH)
    fewer, more = NEAREST if is_nearest else FARTHER
    most = SHELL_BOUNDS["coordination"].highest
    deviation = expected_deviation(
        item.element if is_metal else None, bond=bond, is_nearest=is_nearest
    )
    widest = SHELL_BOUNDS["deviation"].highest
    wide = (WIDE_NEAR if is_nearest else WIDE_FAR) * deviation
    wide = float(np.hypot(wide, item.spread))
    return Shell(
        item.element,
        _rounded(item.distance - around, item.distance + around),
        _rounded(NARROW * deviation, min(wide, widest)),
        _rounded(fewer * item.number, min(more * item.number, most), decimals=2),
        reported=is_reported,
        skewness=preset.skewness[not is_nearest],
    )


def with_heads(absorber: str, shells: Sequence[Shell]) -> tuple[Shell, ...]:
    """Return ``shells`` of which neighbours too close to be told apart share a head."""
    result = list(shells)
    for element in dict.fromkeys(shell.element for shell in shells):
        mine = [i for i, shell in enumerate(shells) if shell.element == element]
        groups = [mine[:1]]
        for last, i in pairwise(mine):
            start = shells[groups[-1][0]].distance.centre
            here, before = shells[i].distance.centre, shells[last].distance.centre
            joins = here - before < SAME_HEAD and here - start < WIDEST_HEAD
            if joins and shells[i].reported == shells[last].reported:
                groups[-1].append(i)
            else:
                groups.append([i])
        for number, group in enumerate(groups, 1):
            if len(group) < 2 or not shells[group[0]].reported:
                continue
            several = f" {number}" if len(groups) > 1 else ""
            for i in group:
                result[i] = replace(result[i], head=f"{absorber}-{element}{several}")
    return tuple(result)


def _angles(preset: Preset, crystal: Crystal | None, lattice: str) -> Angles:
    if crystal is None:
        return Angles()
    is_built_in = lattice in BUILT_IN
    return Angles(
        template=lattice if is_built_in else OWN_CRYSTAL,
        crystal=None if is_built_in else crystal,
        jitter=preset.jitter,
        motion=preset.motion,
        sided_share=preset.sided_share,
    )


def _rounded(lower: float, upper: float, decimals: int = 3) -> Range:
    return Range(round(lower, decimals), round(upper, decimals))
