"""Least-squares fit of one shell to a spectrum in five parameters; compiled.

What is fitted is in alignment.py. The misfit has many side minima, so a spectrum is
first held against a table of signals, whose best amplitudes are scalar products. A few
of them are starts of steps of Levenberg and Marquardt, cut to the bounds: D. W.
Marquardt, J. Soc. Ind. Appl. Math. 11, 431 (1963), doi:10.1137/0111030. Starts are
followed on every fourth point of k, which is fine enough for distances to 7 Å and their
mirror images; the best one is then followed on all points to its end. With scipy's
least_squares one prediction would take 3.5 times as long, a thousand 17 times.
"""

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float
from numba import njit

from onne_core.values.spectrum import HBAR2_OVER_2M

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

DAMPING, LITTLE_DAMPING = 1e-2, 1e-6
"""Damping that a start and the best fit begin with, as a share of squared slopes."""

LEAST_DAMPING, MOST_DAMPING = 1e-9, 1e9
"""Damping stays above the first; beyond the second no step makes the misfit smaller."""

LESS_DAMPING, MORE_DAMPING = 0.1, 8.0
"""Factors on the damping after a step that was good, and one that was not."""

SMALLEST_SQUARE = 1e-4
"""Smallest square of a wave number, Å^-2: below the edge there is none."""


@dataclass(frozen=True, eq=False)
class Problem:
    """Model and settings of the fit, the same for all spectra.

    ``path`` is the table of a path: k, amplitude, phase, mean free path, Re p, half
    path length (Å^-1, Å, rad, Å, Å^-1, Å). ``kernel`` leads from chi at ``k`` (Å^-1) to
    what is compared. The five numbers are N S0^2, R (Å), sigma^2 (Å^2), the E0 shift
    (eV) and C3 (Å^3): ``limits`` are the least and largest of them, and typical
    changes. One more misfit is ``prior[1]`` times the difference of C3 / (``prior[0]``
    sigma^3) from one. ``entries`` are those of the table, ``signals`` what the kernel
    shows of them; their amplitudes are such that these have norm one.
    """

    k: Float[np.ndarray, " k"] = field(repr=False)
    path: Float[np.ndarray, "6 kp"] = field(repr=False)
    kernel: Float[np.ndarray, "k direction"] = field(repr=False)
    limits: Float[np.ndarray, "3 5"]
    prior: Float[np.ndarray, " 2"]
    entries: Float[np.ndarray, "entry 5"] = field(repr=False)
    signals: Float[np.ndarray, "entry direction"] = field(repr=False)


@dataclass(frozen=True, eq=False)
class Solution:
    """Best parameters, misfits, and the derivatives by each parameter."""

    values: Float[np.ndarray, " 5"]
    misfit: Float[np.ndarray, " misfit"]
    slopes: Float[np.ndarray, "5 misfit"]


def solved(problem: Problem, measured: Float[np.ndarray, " direction"]) -> Solution:
    """Return the best fit to ``measured``, the signal transformed by the kernel.

    Misfits are in units of its norm, the last is that of C3.
    """
    each = 1.0 / (float(np.linalg.norm(measured)) or 1.0)
    starts = np.empty((STARTS, 5))
    count = _choose(problem.entries, problem.signals @ measured, starts)
    found = _empty(problem)
    _solve(
        problem.k,
        problem.kernel,
        problem.path,
        each * measured,
        each,
        starts[:count],
        problem.limits,
        problem.prior,
        found.values,
        found.misfit,
        found.slopes,
    )
    return found


def path_chi(
    k: Float[np.ndarray, " k"],
    path: Float[np.ndarray, "6 kp"],
    values: Float[np.ndarray, "*item 5"],
) -> Float[np.ndarray, "*item k"]:
    r"""Return chi(k) of one shell, mean over its distribution of distances.

    ``values`` are N S0^2, R (Å), sigma^2 (Å^2), the E0 shift (eV) and C3 (Å^3). The
    path is of length :math:`R_0`, the photoelectron's wave number in the solid is
    :math:`p + i/\lambda`:

    .. math:: 2 k R_0 + 2 p (R - R_0) + \psi(k)
              - 4 p \sigma^2 (1/R + 1/\lambda) - \tfrac{4}{3} C_3 p^3

    is the argument of the sine, where the term with :math:`\sigma^2` comes from
    :math:`e^{-2r/\lambda}/r^2` under the average, and
    :math:`e^{-2\sigma^2(p^2 - 1/\lambda^2) - 2R/\lambda}` the damping.
    """
    chi = np.empty((*values.shape[:-1], k.size))
    _path_chi(k, path, values.reshape(-1, 5), chi.reshape(-1, k.size))
    return chi


def _empty(problem: Problem) -> Solution:
    misfits = problem.kernel.shape[1] + 1
    return Solution(np.empty(5), np.empty(misfits), np.empty((5, misfits)))


# Compiling takes seconds once. Loops instead of expressions of arrays, and one place
# from which each of these is called, make it fewer.


@njit(cache=True, error_model="numpy")
def _choose(entries, likeness, starts):
    # The entries most like the spectrum, of which no two lead to the same minimum.
    count = 0
    while count < len(starts):
        best, most = -1, 0.0
        for entry in range(len(entries)):
            apart = True
            for i in range(count):
                near_r = abs(entries[entry, 1] - starts[i, 1]) < APART_R
                near_e0 = abs(entries[entry, 3] - starts[i, 3]) < APART_E0
                apart = apart and not (near_r and near_e0)
            if apart and (likeness[entry] > most or count == 0 > best):
                best, most = entry, likeness[entry]
        if best < 0:
            break
        for q in range(5):
            starts[count, q] = entries[best, q]
        starts[count, 0] *= most
        count += 1
    return count


@njit(cache=True, error_model="numpy")
def _solve(k, kernel, path, shown, each, starts, limits, prior, values, misfit, slopes):
    best, trial, step = starts[0].copy(), np.empty(5), np.empty(5)
    new_misfit, new_slopes = np.empty_like(misfit), np.empty_like(slopes)
    least = np.inf
    for run in range(len(starts) + 1):
        last = run == len(starts)
        stride, near, damping = COARSE, NEAR, DAMPING
        if last:
            stride, near, damping = 1, CLOSE, LITTLE_DAMPING
        for q in range(5):
            start = best[q] if last else starts[run, q]
            trial[q] = min(max(start, limits[0, q]), limits[1, q])
            values[q] = trial[q]
        for q in range(5):
            for j in range(len(misfit)):
                misfit[j] = slopes[q, j] = 0.0
        cost, longest = np.inf, np.inf
        for _ in range(MOST_STEPS):
            new = _compare(
                k,
                kernel,
                stride,
                path,
                shown,
                stride * each,
                prior,
                trial,
                new_misfit,
                new_slopes,
            )
            if new <= cost:
                cost = new
                for q in range(5):
                    values[q] = trial[q]
                    for j in range(len(misfit)):
                        misfit[j] = new_misfit[j]
                        slopes[q, j] = new_slopes[q, j]
                if longest < near:
                    break
                damping = max(LESS_DAMPING * damping, LEAST_DAMPING)
            else:
                damping *= MORE_DAMPING
                if longest < near * CLOSE or damping > MOST_DAMPING:
                    break
            _step(values, limits, misfit, slopes, damping, step)
            longest = 0.0
            for q in range(5):
                trial[q] = min(max(values[q] + step[q], limits[0, q]), limits[1, q])
                longest = max(longest, abs(trial[q] - values[q]) / limits[2, q])
        if not last and cost < least:
            least = cost
            for q in range(5):
                best[q] = values[q]


@njit(cache=True, error_model="numpy")
def _step(values, limits, misfit, slopes, damping, step):
    # Numbers at a bound that the misfit pushes outwards stay there.
    matrix = np.zeros((5, 6))
    for i in range(5):
        push = 0.0
        for j in range(len(misfit)):
            push += slopes[i, j] * misfit[j]
        step[i] = -push * limits[2, i]
    for i in range(5):
        for m in range(i + 1):
            total = 0.0
            for j in range(len(misfit)):
                total += slopes[i, j] * slopes[m, j]
            matrix[i, m] = matrix[m, i] = total * limits[2, i] * limits[2, m]
    for i in range(5):
        at_end = (
            values[i] >= limits[1, i] if step[i] > 0.0 else values[i] <= limits[0, i]
        )
        matrix[i, i] *= 1.0 + damping
        if at_end or not matrix[i, i] > 0.0:
            for m in range(5):
                matrix[i, m] = matrix[m, i] = 0.0
            matrix[i, i], step[i] = 1.0, 0.0
        matrix[i, 5] = step[i]
    # Positive definite: no pivots are needed.
    for i in range(5):
        for j in range(i + 1, 5):
            factor = matrix[j, i] / matrix[i, i]
            for m in range(i, 6):
                matrix[j, m] -= factor * matrix[i, m]
    for back in range(5):
        i = 4 - back
        for j in range(i + 1, 5):
            matrix[i, 5] -= matrix[i, j] * matrix[j, 5]
        matrix[i, 5] /= matrix[i, i]
    for i in range(5):
        step[i] = matrix[i, 5] * limits[2, i]


@njit(cache=True, error_model="numpy")
def _compare(k, kernel, stride, path, shown, each, prior, values, misfit, slopes):
    count = len(shown)
    for j in range(count):
        misfit[j] = -shown[j]
    for q in range(5):
        for j in range(count + 1):
            slopes[q, j] = 0.0
    wave, place = np.empty(6), 0
    for i in range(0, len(k), stride):
        place = _wave(k[i], path, place, values, wave)
        for j in range(count):
            misfit[j] += each * wave[0] * kernel[i, j]
        for q in range(5):
            for j in range(count):
                slopes[q, j] += each * wave[1 + q] * kernel[i, j]
    usual = prior[0] * values[2] * np.sqrt(values[2])
    misfit[count] = prior[1] * (values[4] - usual) / usual
    slopes[2, count] = -1.5 * prior[1] * values[4] / (values[2] * usual)
    slopes[4, count] = prior[1] / usual
    cost = 0.0
    for j in range(count + 1):
        cost += 0.5 * misfit[j] * misfit[j]
    return cost


@njit(cache=True, error_model="numpy")
def _path_chi(k, path, values, chi):
    wave = np.empty(6)
    for item in range(len(values)):
        place = 0
        for i in range(len(k)):
            place = _wave(k[i], path, place, values[item], wave)
            chi[item, i] = wave[0]


@njit(cache=True, error_model="numpy")
def _wave(k, path, place, values, wave):
    # chi and its derivatives by the five numbers: see path_chi.
    number, distance, sigma2 = values[0], values[1], values[2]
    shift, c3 = values[3], values[4]
    square = k * k - shift / HBAR2_OVER_2M
    true_k = np.sqrt(max(square, SMALLEST_SQUARE))
    last = path.shape[1] - 2
    while place < last and path[0, place + 1] <= true_k:
        place += 1
    width = path[0, place + 1] - path[0, place]
    inside = (true_k - path[0, place]) / width
    share = min(max(inside, 0.0), 1.0)
    amplitude_rise = (path[1, place + 1] - path[1, place]) / width
    phase_rise = (path[2, place + 1] - path[2, place]) / width
    free_rise = (path[3, place + 1] - path[3, place]) / width
    p_rise = (path[4, place + 1] - path[4, place]) / width
    beyond = share * width
    amplitude = path[1, place] + beyond * amplitude_rise
    phase = path[2, place] + beyond * phase_rise
    free = path[3, place] + beyond * free_rise
    p = path[4, place] + beyond * p_rise
    if share != inside:
        amplitude_rise = phase_rise = free_rise = p_rise = 0.0
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
        - 4.0 / 3.0 * c3 * p * p * p
    )
    sine, cosine = np.sin(argument), np.cos(argument)
    envelope = number * amplitude * damped
    chi, across = envelope * sine, envelope * cosine
    wave[0] = chi
    wave[1] = amplitude * damped * sine
    stretch = 2.0 * p + 4.0 * p * sigma2 / (distance * distance)
    wave[2] = across * stretch - 2.0 * chi * inverse
    wave[3] = -2.0 * chi * spread - 4.0 * across * p * inverse
    wave[5] = -4.0 / 3.0 * across * p * p * p
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
