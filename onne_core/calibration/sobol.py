"""Few even points in the unit cube: a scrambled Sobol sequence of three dimensions.

scipy.stats has such points, too, bit for bit, but takes longer to import than all the
rest that a prediction needs, while the window waits for its first answer.
"""

import numpy as np
from jaxtyping import Float

BITS = 30
"""Binary digits of every coordinate."""

DIRECTIONS = (
    (1, 1, 1, 1, 1, 1, 1, 1),
    (1, 3, 5, 15, 17, 51, 85, 255),
    (1, 3, 3, 9, 29, 23, 71, 197),
)
"""Odd numbers m_j of the direction numbers m_j / 2^j, per dimension: S. Joe and F. Y.
Kuo, SIAM J. Scientific Computing 30, 2635 (2008), doi:10.1137/070709359."""

MOST = 2 ** len(DIRECTIONS[0])


def scrambled_points(
    count: int, rng: np.random.Generator
) -> Float[np.ndarray, "{count} 3"]:
    """Return the first ``count`` points, at most MOST.

    A random lower triangular matrix mixes the digits of every dimension, then a random
    shift is added: J. Matousek, J. Complexity 14, 527 (1998).
    """
    dimensions = len(DIRECTIONS)
    shift = rng.integers(2, size=(dimensions, BITS), dtype=np.uint32)[:, ::-1]
    mixing = np.tril(rng.integers(2, size=(dimensions, BITS, BITS), dtype=np.uint32))
    mixing[:, range(BITS), range(BITS)] = 1
    digits = np.zeros((dimensions, BITS, len(DIRECTIONS[0])), dtype=np.uint32)
    for dimension, numbers in enumerate(DIRECTIONS):
        for j, number in enumerate(numbers):
            text = f"{number:0{j + 1}b}"
            digits[dimension, : j + 1, j] = [int(digit) for digit in text]
    order = np.arange(count)
    gray = (order ^ (order >> 1))[:, None] >> np.arange(len(DIRECTIONS[0])) & 1
    mixed = np.einsum("nj,dbj->ndb", gray, mixing @ digits % 2)
    return (mixed + shift) % 2 @ 0.5 ** np.arange(1, BITS + 1)
