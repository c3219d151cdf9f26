"""From a system to macrostates, and from a macrostate to microstates."""

import numpy as np
from scipy.special import ndtri
from scipy.stats import qmc

from onne_core.structure import (
    ContinuousRandomVariable,
    Macrostate,
    Microstate,
    ShellDraw,
    System,
)


def draw_macrostates(
    system: System, *, count: int, seed: int, first: int = 0
) -> tuple[Macrostate, ...]:
    """Return the macrostates ``first`` to ``count`` of a scrambled Sobol sequence.

    It covers all ranges. The dimensions are the common scale, then distance,
    deviation and coordination number of every shell; ranges of no width take no
    dimension. The first n of a larger count are the same macrostates.
    """
    ranges = [system.scale]
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


def _macrostate(system: System, values: list[float]) -> Macrostate:
    scale, rest = values[0], values[1:]
    return Macrostate(
        tuple(
            ShellDraw(
                shell.element,
                ContinuousRandomVariable(scale * rest[3 * i], rest[3 * i + 1]),
                rest[3 * i + 2],
            )
            for i, shell in enumerate(system.shells)
        )
    )


def draw_microstates(
    macrostate: Macrostate, *, count: int, rng: np.random.Generator
) -> tuple[Microstate, ...]:
    """Return ``count`` microstates of ``macrostate`` by random variate sampling.

    The quantiles of one shell are stratified over all its atoms in all microstates:
    every length is Gaussian, and the set of them follows the CRV more closely than
    independent draws do. A fractional coordination number becomes its two
    neighbouring whole numbers in shares that keep the average.
    """
    per_shell = [_lengths(shell, count, rng) for shell in macrostate.shells]
    return tuple(
        Microstate(
            elements=tuple(
                shell.element
                for shell, lengths in zip(macrostate.shells, per_shell, strict=True)
                for _ in lengths[i]
            ),
            shells=np.concatenate(
                [np.full(lengths[i].size, n) for n, lengths in enumerate(per_shell)]
            ).astype(int),
            lengths=np.concatenate([lengths[i] for lengths in per_shell]),
        )
        for i in range(count)
    )


def _lengths(
    shell: ShellDraw, count: int, rng: np.random.Generator
) -> list[np.ndarray]:
    """Return the pair lengths (Å) of one shell in each of ``count`` microstates."""
    numbers = whole_numbers(shell.coordination, count, rng)
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
