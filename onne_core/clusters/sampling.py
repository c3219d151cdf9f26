"""Sampling of macrostates from a system, and of microstates from a macrostate."""

import numpy as np
from jaxtyping import Float, Int
from scipy.special import ndtri
from scipy.stats import qmc

from onne_core.crystals.sphere import share_in_sphere
from onne_core.crystals.vibrations import Template
from onne_core.values.structure import Macrostate, Microstate, Range, ShellDraw, System

SIDEDNESS = (1.0, 30.0)
"""Range of how much the side decides which sites are empty, even in its logarithm.
The unit is the standard deviation of the chance: at 30 a plane cuts."""

PARTICLE = 3
"""Place of the inverse diameter of a particle among the ranges."""

NOTHING = Range(0.0, 0.0)


def draw_macrostates(
    system: System, *, count: int, seed: int, first: int = 0
) -> tuple[Macrostate, ...]:
    """Return the macrostates ``first`` to ``count`` of a scrambled Sobol sequence.

    It covers all ranges. The dimensions are the common factors of distances, of
    coordination numbers and of deviations, the inverse diameter of a particle, the
    jitter and the motion of a template, then distance, deviation, coordination number
    and skewness of every shell; ranges of no width take no dimension. The first n of a
    larger count are the same macrostates.
    """
    ranges = [
        *(
            system.distance_scale,
            system.coordination_scale,
            system.sigma_scale,
            system.inverse_diameter,
        ),
        *_of_template(system),
    ]
    for shell in system.shells:
        ranges += [shell.distance, shell.deviation, shell.coordination, shell.skewness]
    free = [i for i, item in enumerate(ranges) if not item.is_fixed]
    fractions = np.zeros((count, len(ranges)))
    if free:
        # A power of two keeps the balance of the sequence, and a prefix is a prefix.
        exponent = max(0, int(np.ceil(np.log2(count))))
        sequence = qmc.Sobol(
            d=len(free), scramble=True, rng=np.random.default_rng(seed)
        )
        fractions[:, free] = sequence.random_base2(exponent)[:count]
    # Particles large enough to be nearly full crystals must not be rare.
    fractions[:, PARTICLE] **= 2
    return tuple(
        _macrostate(system, [item.at(u) for item, u in zip(ranges, row, strict=True)])
        for row in fractions[first:]
    )


def _of_template(system: System) -> tuple[Range, Range]:
    """Return the ranges of jitter and motion, which act on a template alone."""
    if system.angles.template is None:
        return NOTHING, NOTHING
    return Range(*system.angles.jitter), Range(*(system.angles.motion or (0.0, 0.0)))


def _macrostate(system: System, values: list[float]) -> Macrostate:
    (scale, filling, spread, particle, jitter, motion), rest = values[:6], values[6:]
    moves = system.angles.template is not None and system.angles.motion is not None
    shells = []
    for i, shell in enumerate(system.shells):
        distance, deviation, number, skewness = rest[4 * i : 4 * i + 4]
        variable = shell.variable(
            distance, deviation, skewness, distance_scale=scale, sigma_scale=spread
        )
        left = filling * share_in_sphere(variable.mean * particle)
        shells.append(ShellDraw(shell.element, variable, left * number))
    return Macrostate(tuple(shells), jitter, motion if moves else None, particle)


def draw_microstates(
    macrostate: Macrostate,
    *,
    count: int,
    rng: np.random.Generator,
    template: Template | None = None,
    sided_share: float = 1.0,
) -> tuple[Microstate, ...]:
    """Return ``count`` microstates of ``macrostate`` by random variate sampling.

    The quantiles of one shell are stratified over all its atoms in all microstates:
    every length follows its CRV, and the set of them more closely than independent
    draws do. A fractional coordination number becomes its two neighbouring whole
    numbers in shares that keep the average.

    On a ``template`` every atom has a site and a displacement across its direction;
    where atoms move together, which atom gets which length follows from that motion.
    In a particle the absorber is anywhere in a sphere, and the sites in it have atoms.
    Elsewhere, where a coordination number exceeds the sites of its shell, there are as
    many atoms as sites, and each stands for its equal share of the neighbours: there is
    no room for more atoms in a full shell. So it is, too, in all but ``sided_share`` of
    the microstates, whatever the number: that is the mean over all choices of missing
    atoms.
    """
    if template is None:
        drawn = [_lengths(shell, count, rng) for shell in macrostate.shells]
        return tuple(
            _microstate(macrostate, [lengths[i] for lengths in drawn])
            for i in rng.permutation(count)
        )
    if macrostate.inverse_diameter > 0.0:
        taken, shares = _in_sphere(macrostate, template, count, rng)
    else:
        taken, shares = _vacant(macrostate, template, count, sided_share, rng)
    along, across = _displacements(macrostate, template, count, rng)
    lengths = _dealt_lengths(macrostate, template, taken, along, rng)
    return tuple(
        _on_template(
            macrostate,
            template,
            taken[i],
            lengths[i],
            across[i, taken[i]],
            shares[i],
        )
        for i in rng.permutation(count)
    )


def _microstate(macrostate: Macrostate, lengths: list[np.ndarray]) -> Microstate:
    """Return the microstate of free angles with ``lengths`` (Å) per shell."""
    sizes = [own.size for own in lengths]
    shells = np.repeat(np.arange(len(sizes)), sizes)
    elements = tuple(macrostate.shells[i].element for i in shells)
    return Microstate(elements, shells, np.concatenate(lengths))


def _lengths(
    shell: ShellDraw, count: int, rng: np.random.Generator
) -> list[np.ndarray]:
    """Return the pair lengths (Å) of one shell in ``count`` microstates."""
    numbers = whole_numbers(shell.coordination, count, rng)
    lengths = shell.variable.at(_strata(int(numbers.sum()), rng))
    return np.split(rng.permutation(lengths), np.cumsum(numbers)[:-1])


def _strata(count: int, rng: np.random.Generator) -> Float[np.ndarray, " z"]:
    """Return ``count`` standard normal numbers, rising, one in each equal quantile."""
    fractions = (np.arange(count) + rng.random(count)) / max(count, 1)
    return ndtri(np.clip(fractions, 1e-9, 1.0 - 1e-9))


def _in_sphere(
    macrostate: Macrostate, template: Template, count: int, rng: np.random.Generator
) -> tuple[list[np.ndarray], Float[np.ndarray, "microstate shell"]]:
    """Return the sites with atoms per microstate, and neighbours per atom by shell.

    Absorbers are even over the volume of the sphere, and so an atom in front of
    another one is there, too. Each atom stands for so many neighbours that the mean of
    the shell is its coordination number.
    """
    depths = (np.arange(count) + rng.random(count)) / count
    at = rng.standard_normal((count, 3))
    at *= (0.5 * depths ** (1.0 / 3.0) / np.linalg.norm(at, axis=1))[:, None]
    means = np.array([shell.variable.mean for shell in macrostate.shells])
    sites = (
        macrostate.inverse_diameter
        * means[template.shells][:, None]
        * template.directions
    )
    inside = np.linalg.norm(at[:, None] + sites[None], axis=2) < 0.5
    atoms = np.array([inside[:, template.shells == i].sum() for i in range(means.size)])
    wanted = count * np.array([shell.coordination for shell in macrostate.shells])
    share = np.divide(wanted, atoms, out=np.zeros(means.size), where=atoms > 0)
    return [np.flatnonzero(row) for row in inside], np.tile(share, (count, 1))


def _vacant(
    macrostate: Macrostate,
    template: Template,
    count: int,
    sided_share: float,
    rng: np.random.Generator,
) -> tuple[list[np.ndarray], Float[np.ndarray, "microstate shell"]]:
    """Return the sites with atoms per microstate, and neighbours per atom by shell."""
    sided = np.arange(count) < whole_numbers(sided_share * count, 1, rng)[0]
    drawn = [
        _shares(shell.coordination, sites, sided, rng)
        for shell, sites in zip(macrostate.shells, template.sites, strict=True)
    ]
    taken = [
        _taken_sites(template, [numbers[i] for numbers, _ in drawn], rng)
        for i in range(count)
    ]
    return taken, np.column_stack([share for _, share in drawn])


def _shares(
    wanted: float, sites: int, sided: np.ndarray, rng: np.random.Generator
) -> tuple[Int[np.ndarray, " microstate"], Float[np.ndarray, " microstate"]]:
    """Return number of atoms and neighbours per atom of one shell per microstate."""
    numbers, share = np.full(sided.size, sites), np.full(sided.size, wanted / sites)
    if wanted <= sites:
        numbers[sided] = whole_numbers(wanted, int(sided.sum()), rng)
        share[sided] = 1.0
    return numbers, share


def _taken_sites(
    template: Template, numbers: list[np.int64], rng: np.random.Generator
) -> Int[np.ndarray, " atom"]:
    """Return the sites of the template that have an atom, by shell.

    Empty sites lie on one side, the same one for all shells: an atom stays where a
    number that is random, but the larger the farther the site is on that side, is
    among the lowest of its shell.
    """
    towards_vacuum = rng.standard_normal(3)
    towards_vacuum /= np.linalg.norm(towards_vacuum)
    sidedness = np.exp(rng.uniform(*np.log(SIDEDNESS)))
    exposure = sidedness * (template.directions @ towards_vacuum)
    exposure += rng.standard_normal(exposure.size)
    taken = []
    for shell, number in enumerate(numbers):
        mine = np.flatnonzero(template.shells == shell)
        taken.append(np.sort(mine[np.argsort(exposure[mine])[:number]]))
    return np.concatenate(taken)


def _displacements(
    macrostate: Macrostate, template: Template, count: int, rng: np.random.Generator
) -> tuple[
    Float[np.ndarray, "microstate site"], Float[np.ndarray, "microstate site 3"]
]:
    """Return displacements along the bonds (standard normal) and across them (Å)."""
    sigma = np.array([shell.variable.deviation for shell in macrostate.shells])
    along, across = template.displaced(macrostate.motion or 0.0, count, rng)
    return along, across * (macrostate.jitter * sigma[template.shells])[:, None]


def _dealt_lengths(
    macrostate: Macrostate,
    template: Template,
    taken: list[np.ndarray],
    along: np.ndarray,
    rng: np.random.Generator,
) -> list[np.ndarray]:
    """Return the pair lengths (Å) of every microstate, in the order of ``taken``.

    The stratified lengths of a shell go to its atoms in the order of ``along``.
    """
    lengths = [np.empty(sites.size) for sites in taken]
    for i, shell in enumerate(macrostate.shells):
        places = [np.flatnonzero(template.shells[sites] == i) for sites in taken]
        moved = np.concatenate(
            [along[k, taken[k][mine]] for k, mine in enumerate(places)]
        )
        dealt = np.empty(moved.size)
        dealt[np.argsort(moved)] = shell.variable.at(_strata(moved.size, rng))
        ends = np.cumsum([mine.size for mine in places])[:-1]
        for k, part in enumerate(np.split(dealt, ends)):
            lengths[k][places[k]] = part
    return lengths


def _on_template(
    macrostate: Macrostate,
    template: Template,
    sites: np.ndarray,
    lengths: np.ndarray,
    across: np.ndarray,
    shares: Float[np.ndarray, " shell"],
) -> Microstate:
    shells = template.shells[sites]
    occupancies = shares[shells]
    return Microstate(
        elements=tuple(macrostate.shells[i].element for i in shells),
        shells=shells,
        lengths=lengths,
        occupancies=None if np.all(occupancies == 1.0) else occupancies,
        directions=template.directions[sites],
        across=across,
    )


def whole_numbers(average: float, count: int, rng: np.random.Generator) -> np.ndarray:
    """Return ``count`` whole numbers with a mean as close as possible to ``average``.

    The remainder that ``count`` does not allow is decided by chance, so that the
    expected mean is exact.
    """
    lower = int(np.floor(average))
    wanted = (average - lower) * count
    larger = int(np.floor(wanted)) + int(rng.random() < wanted - np.floor(wanted))
    numbers = np.full(count, lower)
    numbers[rng.permutation(count)[:larger]] += 1
    return numbers
