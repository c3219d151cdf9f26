"""Force constants of fcc and bcc metals, measured by inelastic neutron scattering."""

from dataclasses import dataclass
from itertools import permutations, product

import numpy as np
from jaxtyping import Float

from onne_core.errors import DefinitionError

Site = tuple[int, int, int]
Tensor = tuple[float, float, float, float, float, float]


@dataclass(frozen=True)
class ForceConstants:
    """Born-von Karman force constants of a metal at one temperature.

    ``tensors`` maps one site of every shell of neighbours, in units of half the cubic
    lattice constant, to xx, yy, zz, yz, xz, xy of its force constants in N/m;
    ``temperature`` in K.
    """

    lattice: str
    temperature: float
    tensors: dict[Site, Tensor]

    def neighbours(
        self,
    ) -> tuple[Float[np.ndarray, "site 3"], Float[np.ndarray, "site 3 3"]]:
        """Return all neighbours (half lattice constants) and their tensors (N/m)."""
        found: dict[Site, np.ndarray] = {}
        for site, (xx, yy, zz, yz, xz, xy) in self.tensors.items():
            tensor = np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])
            for operation in _cubic_operations():
                image = operation @ np.array(site)
                key = (int(image[0]), int(image[1]), int(image[2]))
                found[key] = operation @ tensor @ operation.T
        return np.array(list(found), dtype=float), np.array(list(found.values()))


MEASURED = {
    # A. Gilat and R. M. Nicklow, Phys. Rev. 143, 487 (1966).
    "Al": (
        ForceConstants(
            "fcc",
            300.0,
            {
                (1, 1, 0): (9.808, 9.808, -1.616, 0.0, 0.0, 11.424),
                (2, 0, 0): (2.494, -0.515, -0.515, 0.0, 0.0, 0.0),
                (2, 1, 1): (-0.439, -0.167, -0.167, -0.091, -0.182, -0.182),
                (2, 2, 0): (0.027, 0.027, 0.465, 0.0, 0.0, -0.438),
                (3, 1, 0): (0.518, 0.141, 0.094, 0.0, 0.0, 0.141),
                (2, 2, 2): (0.076, 0.076, 0.076, -0.061, -0.061, -0.061),
                (3, 2, 1): (-0.049, -0.065, -0.074, 0.006, 0.009, 0.019),
                (4, 0, 0): (-0.756, -0.063, -0.063, 0.0, 0.0, 0.0),
            },
        ),
    ),
    # R. M. Nicklow et al., Phys. Rev. 164, 922 (1967), at 49 K; E. C. Svensson,
    # B. N. Brockhouse and J. M. Rowe, Phys. Rev. 155, 619 (1967), at 296 K.
    "Cu": (
        ForceConstants(
            "fcc",
            49.0,
            {
                (1, 1, 0): (13.278, 13.278, -1.351, 0.0, 0.0, 14.629),
                (2, 0, 0): (-0.041, -0.198, -0.198, 0.0, 0.0, 0.0),
                (2, 1, 1): (0.742, 0.284, 0.284, 0.153, 0.306, 0.306),
                (2, 2, 0): (0.350, 0.350, -0.327, 0.0, 0.0, 0.677),
                (3, 1, 0): (-0.195, -0.006, 0.017, 0.0, 0.0, -0.071),
                (2, 2, 2): (-0.137, -0.137, -0.137, -0.135, -0.135, -0.135),
            },
        ),
        ForceConstants(
            "fcc",
            296.0,
            {
                (1, 1, 0): (13.102, 13.102, -1.417, 0.0, 0.0, 14.820),
                (2, 0, 0): (0.361, -0.238, -0.238, 0.0, 0.0, 0.0),
                (2, 1, 1): (0.642, 0.315, 0.315, 0.190, 0.385, 0.385),
                (2, 2, 0): (0.104, 0.104, -0.284, 0.0, 0.0, 0.396),
                (3, 1, 0): (-0.137, 0.009, -0.016, 0.0, 0.0, -0.055),
                (2, 2, 2): (-0.138, -0.138, -0.138, -0.232, -0.232, -0.232),
            },
        ),
    ),
    # V. J. Minkiewicz, G. Shirane and R. Nathans, Phys. Rev. 162, 528 (1967).
    "Fe": (
        ForceConstants(
            "bcc",
            295.0,
            {
                (1, 1, 1): (16.88, 16.88, 16.88, 15.01, 15.01, 15.01),
                (2, 0, 0): (14.63, 0.55, 0.55, 0.0, 0.0, 0.0),
                (2, 2, 0): (0.92, 0.92, -0.57, 0.0, 0.0, 0.69),
                (3, 1, 1): (-0.12, 0.03, 0.03, 0.52, 0.007, 0.007),
                (2, 2, 2): (-0.29, -0.29, -0.29, 0.32, 0.32, 0.32),
            },
        ),
    ),
    # R. J. Birgeneau, J. Cordes, G. Dolling and A. D. B. Woods, Phys. Rev. 136, A1359
    # (1964).
    "Ni": (
        ForceConstants(
            "fcc",
            296.0,
            {
                (1, 1, 0): (17.720, 17.720, -1.015, 0.0, 0.0, 18.735),
                (2, 0, 0): (1.148, -0.998, -0.998, 0.0, 0.0, 0.0),
                (2, 1, 1): (0.940, 0.182, 0.182, 0.253, 0.505, 0.505),
                (2, 2, 0): (0.459, 0.459, -0.153, 0.0, 0.0, 0.612),
                (3, 1, 0): (-0.363, 0.100, 0.158, 0.0, 0.0, -0.174),
            },
        ),
    ),
    # A. P. Miiller and B. N. Brockhouse, Can. J. Phys. 49, 704 (1971).
    "Pd": (
        ForceConstants(
            "fcc",
            296.0,
            {
                (1, 1, 0): (19.337, 19.337, -2.832, 0.0, 0.0, 22.423),
                (2, 0, 0): (1.424, 0.210, 0.210, 0.0, 0.0, 0.0),
                (2, 1, 1): (0.744, 0.249, 0.249, 0.163, 0.708, 0.708),
                (2, 2, 0): (-1.142, -1.142, -0.223, 0.0, 0.0, -1.370),
                (3, 1, 0): (-0.006, -0.207, -0.232, 0.0, 0.0, 0.076),
                (2, 2, 2): (0.154, 0.154, 0.154, 0.330, 0.330, 0.330),
                (3, 2, 1): (0.070, 0.067, -0.020, -0.022, -0.032, -0.065),
                (4, 0, 0): (0.072, 0.006, 0.006, 0.0, 0.0, 0.0),
            },
        ),
    ),
    # D. H. Dutton, B. N. Brockhouse and A. P. Miiller, Can. J. Phys. 50, 2915 (1972).
    "Pt": (
        ForceConstants(
            "fcc",
            90.0,
            {
                (1, 1, 0): (25.834, 25.834, -6.918, 0.0, 0.0, 29.787),
                (2, 0, 0): (3.935, -0.916, -0.916, 0.0, 0.0, 0.0),
                (2, 1, 1): (1.732, 0.237, 0.237, 0.819, 1.335, 1.335),
                (2, 2, 0): (-2.490, -2.490, -0.467, 0.0, 0.0, -2.331),
                (3, 1, 0): (0.640, 0.021, -0.056, 0.0, 0.0, 0.233),
                (2, 2, 2): (0.468, 0.468, 0.468, -0.263, -0.263, -0.263),
            },
        ),
    ),
    # A. Larose and B. N. Brockhouse, Can. J. Phys. 54, 1819 (1976).
    "W": (
        ForceConstants(
            "bcc",
            298.0,
            {
                (1, 1, 1): (22.1, 22.1, 22.1, 18.9, 18.9, 18.9),
                (2, 0, 0): (45.7, 0.7, 0.7, 0.0, 0.0, 0.0),
                (2, 2, 0): (3.7, 3.7, -1.3, 0.0, 0.0, 5.2),
            },
        ),
    ),
}
"""Metals by symbol. Their elastic constants are those that ultrasound gives within 9 %,
of copper and nickel within 5 % (tests/core/crystals/test_lattice_dynamics.py)."""


def force_constants(element: str, temperature: float) -> ForceConstants:
    """Return the constants of ``element`` measured nearest to ``temperature`` (K).

    Raises
    ------
    DefinitionError
        If the metal is not tabulated.
    """
    if element not in MEASURED:
        raise DefinitionError(
            f"{element}: no force constants; known are {', '.join(MEASURED)}. "
            "Give a Debye temperature instead."
        )
    return min(MEASURED[element], key=lambda item: abs(item.temperature - temperature))


def _cubic_operations() -> list[np.ndarray]:
    """Return the 48 rotations and reflections of the cube."""
    return [
        np.diag(signs) @ np.eye(3)[list(order)]
        for order in permutations(range(3))
        for signs in product((1.0, -1.0), repeat=3)
    ]
