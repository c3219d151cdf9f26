"""The fit of one shell to a spectrum, compiled: least squares in five numbers.

What is fitted is in alignment.py. The misfit has many side minima, so a spectrum is
first held against a table of signals, whose best amplitudes are scalar products. A few
of them are starts of steps of Levenberg and Marquardt, cut to the bounds: D. W.
Marquardt, J. Soc. Ind. Appl. Math. 11, 431 (1963), doi:10.1137/0111030. Starts are
followed on every fourth point of k, which is fine enough for distances to 7 Å and their
mirror images; the best one is then followed on all points to its end.
"""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from jaxtyping import Float
from numba import njit

from onne_core.spectrum import HBAR2_OVER_2M

COARSE = 4
"""Step of the points of k on which starts are compared, in points."""

STARTS = 3
"""Entries of the table from which fits start."""

APART_R, APART_E0 = 0.1, 4.0
"""Entries nearer than this in both, Å and eV, lead to the same minimum."""

NEAR, CLOSE = 3e-2, 1e-5
"""Steps that end a fit, in typical changes: of a start, and of the best."""

MOST_STEPS = 60
"""Steps of one fit at most; ten are usual."""

DAMPING, LITTLE_DAMPING = 1e-3, 1e-6
"""Damping that a start and the best fit begin with, as a share of squared slopes."""

LEAST_DAMPING, MOST_DAMPING = 1e-9, 1e9
"""Damping stays above the first; beyond the second no step makes the misfit smaller."""

LESS_DAMPING, MORE_DAMPING = 0.1, 8.0
"""Factors on the damping after a step that was good, and one that was not."""

SMALLEST_SQUARE = 1e-4
"""Smallest square of a wave number, Å^-2: below the edge there is none."""


@dataclass(frozen=True, eq=False)
class Problem:
    """What is fitted to any spectrum.

    ``path`` is the table of a path: k, amplitude, phase, mean free path, Re p, half
    path length (Å^-1, Å, rad, Å, Å^-1, Å). ``kernel`` leads from chi at ``k`` (Å^-1) to
    what is compared. The five numbers are N S0^2, R (Å), sigma^2 (Å^2), the E0 shift
    (eV) and C3 (Å^3): ``scales`` are their typical changes. One more misfit is
    ``weight`` times the difference of C3 / (``skewness`` sigma^3) from one. ``entries``
    are those of the table, ``signals`` what the kernel shows of them, with norm one.
    """

    k: Float[np.ndarray, " k"] = field(repr=False)
    path: Float[np.ndarray, "6 kp"] = field(repr=False)
    kernel: Float[np.ndarray, "k direction"] = field(repr=False)
    lower: Float[np.ndarray, " 5"]
    upper: Float[np.ndarray, " 5"]
    scales: Float[np.ndarray, " 5"]
    skewness: float
    weight: float
    entries: Float[np.ndarray, "entry 5"] = field(repr=False)
    signals: Float[np.ndarray, "entry direction"] = field(repr=False)

    @cached_property
    def grids(self) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
        """Coarse and fine k, each with its kernel."""
        return tuple(
            (self.k[::step].copy(), step * self.kernel[::step]) for step in (COARSE, 1)
        )

    @cached_property
    def prior(self) -> Float[np.ndarray, " 2"]:
        """Skewness and weight."""
        return np.array([self.skewness, self.weight])


@dataclass(frozen=True, eq=False)
class Solution:
    """The five numbers, the misfits and, for each number, their derivatives."""

    values: Float[np.ndarray, " 5"]
    misfit: Float[np.ndarray, " misfit"]
    slopes: Float[np.ndarray, "5 misfit"]


def solved(problem: Problem, measured: Float[np.ndarray, " direction"]) -> Solution:
    """Return the best fit to ``measured``, the signal that the kernel shows.

    Misfits are in units of its norm, the last is that of C3.
    """
    misfits = measured.size + 1
    found = Solution(np.empty(5), np.empty(misfits), np.empty((5, misfits)))
    coarse, fine = problem.grids
    _solve(
        coarse,
        fine,
        problem.path,
        measured,
        _starts(problem.entries, problem.signals @ measured),
        (problem.lower, problem.upper, problem.scales, problem.prior),
        found.values,
        found.misfit,
        found.slopes,
    )
    return found


def compared(problem: Problem, values: Float[np.ndarray, " 5"]) -> Solution:
    """Return the misfits of ``values`` to no signal at all, in units of the kernel."""
    misfits = problem.kernel.shape[1] + 1
    found = Solution(values, np.empty(misfits), np.empty((5, misfits)))
    limits = problem.lower, problem.upper, problem.scales, problem.prior
    none = np.zeros(misfits - 1)
    _, fine = problem.grids
    _compare(fine, problem.path, none, 1.0, limits, values, found.misfit, found.slopes)
    return found


def signals_of(
    k: Float[np.ndarray, " k"],
    path: Float[np.ndarray, "6 kp"],
    kernel: Float[np.ndarray, "k direction"],
    entries: Float[np.ndarray, "entry 5"],
) -> Float[np.ndarray, "entry direction"]:
    """Return what ``kernel`` shows of paths with the numbers ``entries``, norm one."""
    chi = np.empty((len(entries), k.size))
    _chi_of_all(k, path, entries, chi)
    signals = chi @ kernel
    size = np.linalg.norm(signals, axis=1, keepdims=True)
    return np.divide(signals, size, out=np.zeros_like(signals), where=size > 0.0)


@njit(cache=True, error_model="numpy")
def _chi_of_all(k, path, entries, chi):  # noqa: ANN001, ANN202 - compiled
    wave = np.empty(6)
    for entry in range(len(entries)):
        place = 0
        for i in range(len(k)):
            place = _wave(k[i], path, place, entries[entry], wave)
            chi[entry, i] = wave[0]


@njit(cache=True, error_model="numpy")
def _starts(entries, likeness):  # noqa: ANN001, ANN202 - compiled
    # The entries most like the spectrum, of which no two lead to the same minimum.
    left = likeness.copy()
    starts = np.empty((STARTS, 5))
    count = 0
    while count < STARTS:
        best = np.argmax(left)
        if count > 0 and not left[best] > 0.0:
            break
        starts[count] = entries[best]
        count += 1
        for entry in range(len(entries)):
            apart_r = abs(entries[entry, 1] - entries[best, 1])
            apart_e0 = abs(entries[entry, 3] - entries[best, 3])
            if apart_r < APART_R and apart_e0 < APART_E0:
                left[entry] = 0.0
    return starts[:count]


@njit(cache=True, error_model="numpy")
def _solve(coarse, fine, path, measured, starts, limits, values, misfit, slopes):  # noqa: ANN001, ANN202 - compiled
    least, trial = np.inf, np.empty(5)
    size = np.sqrt(np.sum(measured**2))
    each = 1.0 / size if size > 0.0 else 1.0
    shown = each * measured
    for start in starts:
        trial[:] = start
        _set_number(coarse, path, shown, each, limits, trial, misfit, slopes)
        cost = _follow(coarse, path, shown, each, limits, NEAR, trial, misfit, slopes)
        if cost < least:
            least = cost
            values[:] = trial
    _follow(fine, path, shown, each, limits, CLOSE, values, misfit, slopes)


@njit(cache=True, error_model="numpy")
def _set_number(grid, path, measured, each, limits, values, misfit, slopes):  # noqa: ANN001, ANN202 - compiled
    # The amplitude is linear: the best one for the other numbers as they are.
    _compare(grid, path, measured, each, limits, values, misfit, slopes)
    along, square = 0.0, 0.0
    for i in range(len(measured)):
        along += slopes[0, i] * measured[i]
        square += slopes[0, i] ** 2
    best = along / square if square > 0.0 else 0.0
    values[0] = min(max(best, limits[0][0]), limits[1][0])


@njit(cache=True, error_model="numpy")
def _follow(grid, path, measured, each, limits, near, values, misfit, slopes):  # noqa: ANN001, ANN202 - compiled
    lower, upper, scales, _ = limits
    trial, step = values.copy(), np.empty(5)
    new_misfit, new_slopes = np.empty_like(misfit), np.empty_like(slopes)
    cost = _compare(grid, path, measured, each, limits, values, misfit, slopes)
    damping = DAMPING if near > CLOSE else LITTLE_DAMPING
    for _ in range(MOST_STEPS):
        _step(values, lower, upper, scales, misfit, slopes, damping, step)
        longest = 0.0
        for i in range(5):
            trial[i] = min(max(values[i] + step[i], lower[i]), upper[i])
            longest = max(longest, abs(trial[i] - values[i]) / scales[i])
        new = _compare(
            grid, path, measured, each, limits, trial, new_misfit, new_slopes
        )
        if new <= cost:
            cost = new
            values[:], misfit[:], slopes[:] = trial, new_misfit, new_slopes
            damping = max(LESS_DAMPING * damping, LEAST_DAMPING)
            if longest < near:
                break
        else:
            damping *= MORE_DAMPING
            if longest < near * CLOSE or not damping < MOST_DAMPING:
                break
    return cost


@njit(cache=True, error_model="numpy")
def _step(values, lower, upper, scales, misfit, slopes, damping, step):  # noqa: ANN001, ANN202 - compiled
    # Numbers at a bound that the misfit pushes outwards stay there.
    matrix = np.zeros((5, 6))
    free = np.empty(5, np.bool_)
    for i in range(5):
        push = 0.0
        for j in range(len(misfit)):
            push += slopes[i, j] * misfit[j]
        matrix[i, 5] = -push * scales[i]
        at_end = values[i] <= lower[i] if push > 0.0 else values[i] >= upper[i]
        free[i] = not at_end
    for i in range(5):
        for m in range(5):
            if free[i] and free[m]:
                total = 0.0
                for j in range(len(misfit)):
                    total += slopes[i, j] * slopes[m, j]
                matrix[i, m] = total * scales[i] * scales[m]
        matrix[i, i] *= 1.0 + damping
        if not (free[i] and matrix[i, i] > 0.0):
            matrix[i, :] = 0.0
            matrix[:, i] = 0.0
            matrix[i, i] = 1.0
    _eliminate(matrix, step)
    for i in range(5):
        step[i] *= scales[i]


@njit(cache=True, error_model="numpy")
def _eliminate(matrix, found):  # noqa: ANN001, ANN202 - compiled
    # Positive definite: no pivots are needed.
    size = len(matrix)
    for i in range(size):
        for j in range(i + 1, size):
            factor = matrix[j, i] / matrix[i, i]
            for m in range(i, size + 1):
                matrix[j, m] -= factor * matrix[i, m]
    for i in range(size - 1, -1, -1):
        rest = matrix[i, size]
        for j in range(i + 1, size):
            rest -= matrix[i, j] * found[j]
        found[i] = rest / matrix[i, i]


@njit(cache=True, error_model="numpy")
def _compare(grid, path, measured, each, limits, values, misfit, slopes):  # noqa: ANN001, ANN202 - compiled
    k, kernel = grid
    skewness, weight = limits[3]
    count = len(measured)
    misfit[:count] = -measured
    slopes[:] = 0.0
    wave = np.empty(6)
    place = 0
    for i in range(len(k)):
        place = _wave(k[i], path, place, values, wave)
        for q in range(6):
            wave[q] *= each
        for j in range(count):
            misfit[j] += wave[0] * kernel[i, j]
        for q in range(5):
            for j in range(count):
                slopes[q, j] += wave[1 + q] * kernel[i, j]
    usual = skewness * values[2] ** 1.5
    misfit[count] = weight * (values[4] - usual) / usual
    slopes[2, count] = -1.5 * weight * values[4] / (values[2] * usual)
    slopes[4, count] = weight / usual
    return 0.5 * np.sum(misfit**2)


@njit(cache=True, error_model="numpy")
def _wave(k, path, place, values, wave):  # noqa: ANN001, ANN202 - compiled
    # chi and its derivatives by the five numbers; the formula is that of path_chi.
    number, distance, sigma2, shift, c3 = values
    square = k * k - shift / HBAR2_OVER_2M
    true_k = np.sqrt(max(square, SMALLEST_SQUARE))
    last = path.shape[1] - 2
    while place < last and path[0, place + 1] <= true_k:
        place += 1
    width = path[0, place + 1] - path[0, place]
    share = (true_k - path[0, place]) / width
    if share < 0.0 or share > 1.0:
        share, width = min(max(share, 0.0), 1.0), np.inf
    amplitude, amplitude_rise = _between(path, 1, place, share, width)
    phase, phase_rise = _between(path, 2, place, share, width)
    free, free_rise = _between(path, 3, place, share, width)
    p, p_rise = _between(path, 4, place, share, width)
    half, loss = path[5, 0], 1.0 / free
    loss_rise = -free_rise * loss * loss
    inverse = 1.0 / distance + loss
    spread = p * p - loss * loss
    damped = np.exp(-2.0 * sigma2 * spread - 2.0 * distance * loss)
    damped /= true_k * distance * distance
    argument = (
        2.0 * true_k * half
        + 2.0 * p * (distance - half)
        + phase
        - 4.0 * p * sigma2 * inverse
        - 4.0 / 3.0 * c3 * p**3
    )
    sine, cosine = np.sin(argument), np.cos(argument)
    envelope = number * amplitude * damped
    chi, across = envelope * sine, envelope * cosine
    wave[0] = chi
    wave[1] = amplitude * damped * sine
    stretch = 2.0 * p + 4.0 * p * sigma2 / (distance * distance)
    wave[2] = across * stretch - 2.0 * chi * inverse
    wave[3] = -2.0 * chi * spread - 4.0 * across * p * inverse
    wave[5] = -4.0 / 3.0 * across * p**3
    wave[4] = 0.0
    if square > SMALLEST_SQUARE:
        growth = (
            -2.0 * sigma2 * (2.0 * p * p_rise - 2.0 * loss * loss_rise)
            - 2.0 * distance * loss_rise
            - 1.0 / true_k
        )
        turn = (
            2.0 * half
            + 2.0 * p_rise * (distance - half)
            + phase_rise
            - 4.0 * sigma2 * (p_rise * inverse + p * loss_rise)
            - 4.0 * c3 * p * p * p_rise
        )
        slope = number * amplitude_rise * damped * sine + growth * chi + turn * across
        wave[4] = -0.5 * slope / (HBAR2_OVER_2M * true_k)
    return place


@njit(cache=True, error_model="numpy")
def _between(path, row, place, share, width):  # noqa: ANN001, ANN202 - compiled
    # The value between two points of the table, and its rise per width.
    rise = path[row, place + 1] - path[row, place]
    return path[row, place] + share * rise, rise / width
