"""From a system to macrostates, and from a macrostate to microstates."""

import numpy as np
from scipy.special import ndtri
from scipy.stats import qmc

from onne_core.structure import (
    ContinuousRandomVariable,
    Macrostate,
    Microstate,
    Range,
    ShellDraw,
    System,
)


def draw_macrostates(
    system: System, *, count: int, seed: int, first: int = 0
) -> tuple[Macrostate, ...]:
    """Return the macrostates ``first`` to ``count`` of a scrambled Sobol sequence.

    It covers all ranges. The dimensions are the common factors of distances and of
    coordination numbers and the jitter of a template, then distance, deviation and
    coordination number of every shell; ranges of no width take no dimension. The
    first n of a larger count are the same macrostates.
    """
    ranges = [system.scale, system.filling, _jitter(system)]
    for shell in system.shells:
        ranges += [shell.distance, shell.deviation, shell.coordination]
    free = [i for i, item in enumerate(ranges) if not item.is_fixed]
    fractions = np.zeros((count, len(ranges)))
    if free:
        # A power of two keeps the balance of the sequence, and a prefix is a prefix.
        exponent = max(0, int(np.ceil(np.log2(count))))
        sequence = qmc.Sobol(
            d=len(free), scramble=True, rng=np.random.default_rng(seed)
        )
        fractions[:, free] = sequence.random_base2(exponent)[:count]
    return tuple(
        _macrostate(system, [item.at(u) for item, u in zip(ranges, row, strict=True)])
        for row in fractions[first:]
    )


def _jitter(system: System) -> Range:
    """Return the range of the jitter, which acts on a template alone."""
    if system.angles.template is None:
        return Range(0.0, 0.0)
    return Range(*system.angles.jitter)


def _macrostate(system: System, values: list[float]) -> Macrostate:
    (scale, filling, jitter), rest = values[:3], values[3:]
    return Macrostate(
        tuple(
            ShellDraw(
                shell.element,
                ContinuousRandomVariable(scale * rest[3 * i], rest[3 * i + 1]),
                filling * rest[3 * i + 2],
            )
            for i, shell in enumerate(system.shells)
        ),
        jitter,
    )


def draw_microstates(
    macrostate: Macrostate,
    *,
    count: int,
    rng: np.random.Generator,
    sites: tuple[int, ...] | None = None,
    sided_share: float = 1.0,
) -> tuple[Microstate, ...]:
    """Return ``count`` microstates of ``macrostate`` by random variate sampling.

    The quantiles of one shell are stratified over all its atoms in all microstates:
    every length is Gaussian, and the set of them follows the CRV more closely than
    independent draws do. A fractional coordination number becomes its two
    neighbouring whole numbers in shares that keep the average.

    ``sites`` is the largest number of atoms per shell. Where a coordination number
    exceeds it, there are as many atoms as sites, and each stands for its equal share
    of the neighbours: there is no room for more atoms in a full shell. So it is, too,
    in all but ``sided_share`` of the microstates, whatever the number: that is the
    mean over all choices of missing atoms.
    """
    sided = np.arange(count) < whole_numbers(sided_share * count, 1, rng)[0]
    drawn = [
        _shell(shell, None if sites is None else sites[i], sided, rng)
        for i, shell in enumerate(macrostate.shells)
    ]
    return tuple(
        _microstate(
            macrostate, [(lengths[i], float(shares[i])) for lengths, shares in drawn]
        )
        for i in rng.permutation(count)
    )


def _microstate(
    macrostate: Macrostate, drawn: list[tuple[np.ndarray, float]]
) -> Microstate:
    """Return the microstate of pair lengths and occupancy per shell."""
    sizes = [lengths.size for lengths, _ in drawn]
    occupancies = np.repeat([share for _, share in drawn], sizes)
    widths = [shell.variable.deviation for shell in macrostate.shells]
    jitters = macrostate.jitter * np.repeat(widths, sizes)
    return Microstate(
        elements=tuple(
            shell.element
            for shell, size in zip(macrostate.shells, sizes, strict=True)
            for _ in range(size)
        ),
        shells=np.repeat(np.arange(len(sizes)), sizes),
        lengths=np.concatenate([lengths for lengths, _ in drawn]),
        occupancies=None if np.all(occupancies == 1.0) else occupancies,
        jitters=jitters if macrostate.jitter > 0.0 else None,
    )


def _shell(
    shell: ShellDraw, sites: int | None, sided: np.ndarray, rng: np.random.Generator
) -> tuple[list[np.ndarray], np.ndarray]:
    """Return pair lengths (Å) and occupancy of one shell in every microstate."""
    count, wanted = sided.size, shell.coordination
    if sites is None:
        return _lengths(shell, whole_numbers(wanted, count, rng), rng), np.ones(count)
    numbers, share = np.full(count, sites), np.full(count, wanted / sites)
    if wanted <= sites:
        numbers[sided] = whole_numbers(wanted, int(sided.sum()), rng)
        share[sided] = 1.0
    return _lengths(shell, numbers, rng), share


def _lengths(
    shell: ShellDraw, numbers: np.ndarray, rng: np.random.Generator
) -> list[np.ndarray]:
    """Return the pair lengths (Å) of one shell, ``numbers`` of them per microstate."""
    total = int(numbers.sum())
    strata = (rng.permutation(total) + rng.random(total)) / max(total, 1)
    z = ndtri(np.clip(strata, 1e-9, 1.0 - 1e-9))
    lengths = shell.variable.mean + shell.variable.deviation * z
    return np.split(lengths, np.cumsum(numbers)[:-1])


def whole_numbers(average: float, count: int, rng: np.random.Generator) -> np.ndarray:
    """Return ``count`` whole numbers whose mean is ``average`` as nearly as possible.

    The remainder that ``count`` does not allow is decided by chance, so that the
    expected mean is exact.
    """
    lower = int(np.floor(average))
    wanted = (average - lower) * count
    larger = int(np.floor(wanted)) + int(rng.random() < wanted - np.floor(wanted))
    numbers = np.full(count, lower)
    numbers[rng.permutation(count)[:larger]] += 1
    return numbers
