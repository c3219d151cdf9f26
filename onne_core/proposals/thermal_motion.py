"""Standard deviations of bond lengths to expect at room temperature."""

import math

from scipy.constants import atomic_mass, hbar
from scipy.constants import k as boltzmann

ROOM = 300.0
"""Temperature, K."""

TOGETHER_NEAR, TOGETHER_FAR = 0.40, 0.12
"""Shares of the mean square that atoms of the first and of farther shells have in
common with the absorber. First shells of metals: Beni and Platzman, Phys. Rev. B 14,
1514 (1976)."""

SHORT_BOND, OF_SHORT_BOND = 2.0, 0.066
"""Length of a stiff bond of a compound, as in NiO, and its usual deviation, Å."""

SOFTER = 0.055
"""How much the deviation grows with the length of the bond: to 0.11 Å in NaCl."""

FARTHER = 0.014
"""How much wider (Å) farther shells of a compound are than the nearest."""

# Debye temperatures (K) at low temperature: C. Kittel, Introduction to Solid State
# Physics, 8th edition (Wiley, 2005), chapter 5, table 1.
DEBYE = {
    "Li": 344, "Be": 1440, "C": 2230, "Na": 158, "Mg": 400, "Al": 428, "Si": 645,
    "K": 91, "Ca": 230, "Sc": 360, "Ti": 420, "V": 380, "Cr": 630, "Fe": 470,
    "Co": 445, "Ni": 450, "Cu": 343, "Zn": 327, "Ge": 374, "Rb": 56, "Sr": 147,
    "Y": 280, "Zr": 291, "Nb": 275, "Mo": 450, "Ru": 600, "Rh": 480, "Pd": 274,
    "Ag": 225, "Cd": 209, "Sn": 200, "Cs": 38, "Ba": 110, "La": 142, "Gd": 200,
    "Dy": 210, "Yb": 120, "Lu": 210, "Hf": 252, "Ta": 240, "W": 400, "Re": 430,
    "Os": 500, "Ir": 420, "Pt": 240, "Au": 165, "Tl": 78.5, "Pb": 105, "Th": 163,
}  # fmt: skip

WIDEST = 0.22
"""Largest standard deviation that is proposed at a scale of 1, Å."""


def expected_deviation(metal: str | None, *, bond: float, is_nearest: bool) -> float:
    r"""Return the standard deviation (Å) of a pair length at room temperature.

    In the crystal of one element, ``metal``, the mean square of an atom along a line is

    .. math:: u^2 = \frac{3 \hbar^2 T}{m k \Theta^2} (1 + (\Theta / T)^2 / 36)

    the Debye model at high temperature, and that of a pair twice this, less what both
    both atoms have in common. In other crystals, and where no temperature is tabulated,
    the longer the nearest ``bond`` (Å) is, the softer.
    """
    debye = DEBYE.get(metal) if metal else None
    if metal is None or debye is None:
        near = OF_SHORT_BOND + SOFTER * max(0.0, bond - SHORT_BOND)
        return near if is_nearest else near + FARTHER
    from ase.data import atomic_masses, atomic_numbers

    mass = float(atomic_masses[atomic_numbers[metal]]) * atomic_mass
    square = 3.0 * hbar**2 * ROOM / (mass * boltzmann * debye**2) * 1e20
    square *= 1.0 + (debye / ROOM) ** 2 / 36.0
    together = TOGETHER_NEAR if is_nearest else TOGETHER_FAR
    return min(math.sqrt(2.0 * square * (1.0 - together)), WIDEST)
