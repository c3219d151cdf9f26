"""Expected bond lengths: from bond valences, else from covalent radii."""

import math
from dataclasses import dataclass

SOFTNESS = 0.37
"""b of the relation of valence and length, Å."""

CERTAIN, UNCERTAIN = 0.12, 0.2
"""Half the range (Å) of a distance from valences, and of one from radii."""

# R0 (Å) by element and oxidation state, the usual state first. N. E. Brese and
# M. O'Keeffe, Acta Cryst. B 47, 192 (1991); I. D. Brown and D. Altermatt, Acta Cryst.
# B 41, 244 (1985).
_R0 = {
    "O": """
        Li1 1.466, Be2 1.381, B3 1.371, Na1 1.80, Mg2 1.693, Al3 1.651, Si4 1.624,
        P5 1.617, S6 1.624, K1 2.13, Ca2 1.967, Sc3 1.849, Ti4 1.815, Ti3 1.791,
        V5 1.803, V4 1.784, V3 1.743, Cr3 1.724, Cr6 1.794, Cr2 1.73, Mn2 1.790,
        Mn3 1.760, Mn4 1.753, Mn7 1.79, Fe3 1.759, Fe2 1.734, Co2 1.692, Co3 1.70,
        Ni2 1.654, Cu2 1.679, Cu1 1.593, Zn2 1.704, Ga3 1.730, Ge4 1.748, As5 1.767,
        As3 1.789, Se6 1.788, Se4 1.811, Rb1 2.26, Sr2 2.118, Y3 2.014, Zr4 1.937,
        Nb5 1.911, Mo6 1.907, Ru4 1.834, Rh3 1.791, Pd2 1.792, Ag1 1.805, Cd2 1.904,
        In3 1.902, Sn4 1.905, Sn2 1.984, Sb5 1.942, Sb3 1.973, Te6 1.917, Te4 1.977,
        I5 2.00, I7 1.93, Cs1 2.42, Ba2 2.29, La3 2.172, Ce3 2.151, Ce4 2.028,
        Pr3 2.135, Nd3 2.117, Sm3 2.088, Eu3 2.076, Eu2 2.147, Gd3 2.065, Tb3 2.049,
        Dy3 2.036, Ho3 2.023, Er3 2.010, Tm3 2.000, Yb3 1.985, Lu3 1.971, Hf4 1.923,
        Ta5 1.920, W6 1.921, Re7 1.97, Os4 1.811, Ir4 1.87, Pt4 1.879, Pt2 1.768,
        Au3 1.833, Hg2 1.93, Tl1 2.172, Tl3 2.003, Pb2 2.112, Pb4 2.042, Bi3 2.09,
        Th4 2.167, U6 2.075, U4 2.112
    """,
    "F": """
        Mg2 1.581, Al3 1.545, Ca2 1.842, Ti4 1.76, Fe3 1.67, Fe2 1.65, Co2 1.64,
        Ni2 1.599, Cu2 1.60, Zn2 1.62, Zr4 1.854, La3 2.057, Ce3 2.036, Th4 2.07,
        U4 2.034, U6 1.966
    """,
    "S": """
        Mn2 2.22, Fe2 2.125, Fe3 2.149, Co2 2.06, Ni2 2.04, Cu1 1.898, Cu2 2.054,
        Zn2 2.09, Mo4 2.235, Mo6 2.331, Ag1 2.119, Cd2 2.304, In3 2.36, Sn4 2.399,
        W6 2.39, Hg2 2.308, Pb2 2.541, As3 2.272
    """,
    "Cl": """
        Na1 2.15, Mg2 2.08, K1 2.52, Ca2 2.37, Ti4 2.19, Cr3 2.08, Mn2 2.133, Fe2 2.06,
        Fe3 2.09, Co2 2.033, Ni2 2.02, Cu1 1.858, Cu2 2.00, Zn2 2.01, Zr4 2.33,
        Pd2 2.05, Ag1 2.09, Cd2 2.23, Sn4 2.276, La3 2.545, Pt2 2.05, Pt4 2.17,
        Au3 2.17, Hg2 2.25, Pb2 2.53, Th4 2.55, U4 2.48
    """,
}


@dataclass(frozen=True)
class BondLength:
    """An expected ``length`` and how far it may be off, Å; ``source`` in words."""

    length: float
    uncertainty: float
    source: str


def oxidation_states(absorber: str, ligand: str) -> tuple[int, ...]:
    """Return the oxidation states of ``absorber`` in the table, the usual one first."""
    return tuple(state for state, _ in _states(absorber, ligand))


def bond_length(
    absorber: str, ligand: str, coordination: float, oxidation: int | None = None
) -> BondLength:
    r"""Return the length that ``coordination`` equal bonds to ``ligand`` have.

    .. math:: R = R_0 - b \ln(V / N)

    for the oxidation state V, by default the usual one; where the table has none, the
    sum of the covalent radii (Cordero et al., Dalton Trans. 2008, 2832).
    """
    states = dict(_states(absorber, ligand))
    valence = oxidation if oxidation is not None else next(iter(states), None)
    if valence is not None and states:
        # Of a state that is not in the table R0 is about that of the nearest.
        nearest = min(states, key=lambda state: abs(state - valence))
        length = states[nearest] - SOFTNESS * math.log(valence / coordination)
        exactly = CERTAIN if nearest == valence else UNCERTAIN
        return BondLength(
            length,
            exactly,
            f"bond valence of {absorber}({valence})",
        )
    from ase.data import atomic_numbers, covalent_radii

    numbers = [atomic_numbers[absorber], atomic_numbers[ligand]]
    length = float(covalent_radii[numbers].sum())
    return BondLength(length, UNCERTAIN, "sum of the covalent radii")


def _states(absorber: str, ligand: str) -> list[tuple[int, float]]:
    found = []
    for entry in _R0.get(ligand, "").split(","):
        name, _, value = entry.strip().partition(" ")
        if name.rstrip("0123456789") == absorber:
            found.append((int(name[len(absorber) :]), float(value)))
    return found
