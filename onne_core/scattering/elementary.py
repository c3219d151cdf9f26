"""Elementary functions that the compiler turns into vector instructions.

The library's exp, sin and atan2 are calls, one number at a time; these are a few
products each, good to 1e-13, for arguments such as paths have.
"""

import math

from numba import njit

FAST = {"cache": True, "nogil": True, "fastmath": True, "error_model": "numpy"}
"""Fast mathematics: positions and tables are checked for finite numbers before."""

TURN = 2.0 * math.pi


@njit(**FAST)
def decay(x):
    """Return exp(-x) for x >= 0: a series for x / 64, six times squared."""
    y = x * (1.0 / 64.0)
    value = 1.0 - y / 11.0
    value = 1.0 - y / 10.0 * value
    value = 1.0 - y / 9.0 * value
    value = 1.0 - y / 8.0 * value
    value = 1.0 - y / 7.0 * value
    value = 1.0 - y / 6.0 * value
    value = 1.0 - y / 5.0 * value
    value = 1.0 - y / 4.0 * value
    value = 1.0 - y / 3.0 * value
    value = 1.0 - y / 2.0 * value
    value = 1.0 - y * value
    value *= value
    value *= value
    value *= value
    value *= value
    value *= value
    return value * value


@njit(**FAST)
def sine_cosine(x):
    """Return sin x and cos x: series for an eighth of x, three times doubled."""
    y = (x - TURN * math.floor(x / TURN + 0.5)) * 0.125
    square = y * y
    sine = 1.0 - square / 156.0
    sine = 1.0 - square / 110.0 * sine
    sine = 1.0 - square / 72.0 * sine
    sine = 1.0 - square / 42.0 * sine
    sine = 1.0 - square / 20.0 * sine
    sine = y * (1.0 - square / 6.0 * sine)
    # One minus the cosine keeps its digits when it is doubled; the cosine does not.
    versine = 1.0 - square / 182.0
    versine = 1.0 - square / 132.0 * versine
    versine = 1.0 - square / 90.0 * versine
    versine = 1.0 - square / 56.0 * versine
    versine = 1.0 - square / 30.0 * versine
    versine = 0.5 * square * (1.0 - square / 12.0 * versine)
    sine, versine = 2.0 * sine * (1.0 - versine), 2.0 * sine * sine
    sine, versine = 2.0 * sine * (1.0 - versine), 2.0 * sine * sine
    sine, versine = 2.0 * sine * (1.0 - versine), 2.0 * sine * sine
    return sine, 1.0 - versine


@njit(**FAST)
def angle(cosine, sine):
    """Return the angle, -pi to pi, of a unit vector: a series for a sixteenth of it."""
    tangent = sine / max(1.0 + cosine, 1e-30)
    tangent /= 1.0 + math.sqrt(1.0 + tangent * tangent)
    tangent /= 1.0 + math.sqrt(1.0 + tangent * tangent)
    tangent /= 1.0 + math.sqrt(1.0 + tangent * tangent)
    square = tangent * tangent
    value = 1.0 / 19.0
    value = 1.0 / 17.0 - square * value
    value = 1.0 / 15.0 - square * value
    value = 1.0 / 13.0 - square * value
    value = 1.0 / 11.0 - square * value
    value = 1.0 / 9.0 - square * value
    value = 1.0 / 7.0 - square * value
    value = 1.0 / 5.0 - square * value
    value = 1.0 / 3.0 - square * value
    return 16.0 * tangent * (1.0 - square * value)
