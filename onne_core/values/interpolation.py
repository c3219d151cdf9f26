"""Interpolation between equally spaced values.

E. Catmull & R. Rom, Computer Aided Geometric Design (1974) 317,
doi:10.1016/B978-0-12-079050-0.50020-5.
"""

import numpy as np
from jaxtyping import Float

Values = Float[np.ndarray, "..."]


def catmull_rom(
    a: Values, b: Values, c: Values, d: Values, t: Values
) -> tuple[Values, Values]:
    """Return value and slope (per step) at ``t`` of the step from ``b`` to ``c``.

    ``a`` to ``d`` are four neighbours, ``t`` goes from 0 to 1.
    """
    first, second, third = c - a, 2 * a - 5 * b + 4 * c - d, 3 * (b - c) + d - a
    value = b + 0.5 * t * (first + t * (second + t * third))
    return value, 0.5 * (first + t * (2.0 * second + 3.0 * t * third))
