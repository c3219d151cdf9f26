"""The truth of common materials lies inside what is proposed for them.

Metals: lattice constants at room temperature of the CRC Handbook of Chemistry and
Physics, 97th edition, section 12. Compounds and first shells: means over the nearest
neighbours from the refinements named beside them.
"""

import math

import pytest

from onne_core.proposals.first_shell import Ligand, propose_first_shell
from onne_core.proposals.from_crystal import propose_crystal
from onne_core.proposals.lattice_constants import given_crystal
from onne_core.proposals.proposal import shell_rows

ROOT2, ROOT3 = math.sqrt(2.0), math.sqrt(3.0)

METALS = {
    "fcc": {
        "Al": 4.0496,
        "Ni": 3.5241,
        "Cu": 3.6146,
        "Rh": 3.8032,
        "Pd": 3.8903,
        "Ag": 4.0857,
        "Ir": 3.8391,
        "Pt": 3.9236,
        "Au": 4.0782,
        "Pb": 4.9502,
    },
    "bcc": {
        "V": 3.0240,
        "Cr": 2.8847,
        "Fe": 2.8665,
        "Nb": 3.3007,
        "Mo": 3.1470,
        "Ta": 3.3029,
        "W": 3.1651,
    },
    "hcp": {
        "Mg": (3.2093, 5.2107),
        "Ti": (2.9511, 4.6843),
        "Co": (2.5071, 4.0694),
        "Zn": (2.6649, 4.9468),
        "Zr": (3.2316, 5.1475),
        "Ru": (2.7053, 4.2814),
        "Cd": (2.9793, 5.6196),
        "Re": (2.7608, 4.4580),
    },
    "diamond": {"Si": 5.4310, "Ge": 5.6574},
}

# Formula, absorber, nearest and next element with distance (Å) and number.
COMPOUNDS = (
    # Rock salt: MgO, MnO, FeO, CoO, NiO, CdO: Taylor, J. Res. NBS; Sasaki et al., Proc.
    # Jpn Acad. B 55, 43 (1979).
    ("MgO", "Mg", ("O", 4.211 / 2, 6), ("Mg", 4.211 / ROOT2, 12)),
    ("CaO", "Ca", ("O", 4.811 / 2, 6), ("Ca", 4.811 / ROOT2, 12)),
    ("MnO", "Mn", ("O", 4.446 / 2, 6), ("Mn", 4.446 / ROOT2, 12)),
    ("FeO", "Fe", ("O", 4.326 / 2, 6), ("Fe", 4.326 / ROOT2, 12)),
    ("CoO", "Co", ("O", 4.260 / 2, 6), ("Co", 4.260 / ROOT2, 12)),
    ("NiO", "Ni", ("O", 4.178 / 2, 6), ("Ni", 4.178 / ROOT2, 12)),
    ("CdO", "Cd", ("O", 4.694 / 2, 6), ("Cd", 4.694 / ROOT2, 12)),
    ("NaCl", "Cl", ("Na", 5.640 / 2, 6), ("Cl", 5.640 / ROOT2, 12)),
    ("KCl", "K", ("Cl", 6.292 / 2, 6), ("K", 6.292 / ROOT2, 12)),
    ("AgCl", "Ag", ("Cl", 5.549 / 2, 6), ("Ag", 5.549 / ROOT2, 12)),
    ("AgBr", "Br", ("Ag", 5.775 / 2, 6), ("Br", 5.775 / ROOT2, 12)),
    ("PbS", "Pb", ("S", 5.936 / 2, 6), ("Pb", 5.936 / ROOT2, 12)),
    ("MnS", "Mn", ("S", 5.223 / 2, 6), ("Mn", 5.223 / ROOT2, 12)),
    ("TiN", "Ti", ("N", 4.241 / 2, 6), ("Ti", 4.241 / ROOT2, 12)),
    ("TiC", "Ti", ("C", 4.328 / 2, 6), ("Ti", 4.328 / ROOT2, 12)),
    # Sphalerite: Skinner, Am. Mineral. 46, 1399 (1961), and others.
    ("ZnS", "Zn", ("S", 5.4093 * ROOT3 / 4, 4), ("Zn", 5.4093 / ROOT2, 12)),
    ("ZnSe", "Se", ("Zn", 5.669 * ROOT3 / 4, 4), ("Se", 5.669 / ROOT2, 12)),
    ("CdTe", "Cd", ("Te", 6.482 * ROOT3 / 4, 4), ("Cd", 6.482 / ROOT2, 12)),
    ("CuCl", "Cu", ("Cl", 5.416 * ROOT3 / 4, 4), ("Cu", 5.416 / ROOT2, 12)),
    ("GaAs", "Ga", ("As", 5.6533 * ROOT3 / 4, 4), ("Ga", 5.6533 / ROOT2, 12)),
    ("InP", "In", ("P", 5.8687 * ROOT3 / 4, 4), ("In", 5.8687 / ROOT2, 12)),
    # Wurtzite: Kisi and Elcombe, Acta Cryst. C 45, 1867 (1989); Xu and Ching, Phys.
    # Rev. B 48, 4335 (1993).
    ("ZnO", "Zn", ("O", 1.978, 4), ("Zn", 3.230, 12)),
    ("CdS", "Cd", ("S", 2.532, 4), ("Cd", 4.125, 12)),
    ("CdSe", "Se", ("Cd", 2.630, 4), ("Se", 4.297, 12)),
    ("GaN", "Ga", ("N", 1.951, 4), ("Ga", 3.186, 12)),
    # Fluorite: Yashima et al. (2006); Willis (1963); Speer and Cooper (1982).
    ("CeO2", "Ce", ("O", 5.411 * ROOT3 / 4, 8), ("Ce", 5.411 / ROOT2, 12)),
    ("UO2", "U", ("O", 5.471 * ROOT3 / 4, 8), ("U", 5.471 / ROOT2, 12)),
    ("ThO2", "Th", ("O", 5.597 * ROOT3 / 4, 8), ("Th", 5.597 / ROOT2, 12)),
    ("ZrO2", "Zr", ("O", 5.110 * ROOT3 / 4, 8), ("Zr", 5.110 / ROOT2, 12)),
    ("CaF2", "Ca", ("F", 5.463 * ROOT3 / 4, 8), ("Ca", 5.463 / ROOT2, 12)),
    # Caesium chloride and perovskite.
    ("CsCl", "Cs", ("Cl", 4.123 * ROOT3 / 2, 8), ("Cs", 4.123, 6)),
    ("SrTiO3", "Ti", ("O", 3.905 / 2, 6), ("Sr", 3.905 * ROOT3 / 2, 8)),
    ("SrTiO3", "Sr", ("O", 3.905 / ROOT2, 12), ("Ti", 3.905 * ROOT3 / 2, 8)),
    ("BaTiO3", "Ti", ("O", 4.012 / 2, 6), ("Ba", 4.012 * ROOT3 / 2, 8)),
)

# Absorber, oxidation state, ligand, coordination number, mean distance (Å).
FIRST_SHELLS = (
    # Rutile and corundum types: Baur, Acta Cryst. 9, 515 (1956); Bolzan et al., Acta
    # Cryst. B 53, 373 (1997); Newnham and de Haan, Z. Kristallogr. 117, 235 (1962);
    # Blake et al., Am. Mineral. 51, 123 (1966).
    ("Ti", 4, "O", 6, 1.959),
    ("Mn", 4, "O", 6, 1.888),
    ("Sn", 4, "O", 6, 2.055),
    ("Ru", 4, "O", 6, 1.970),
    ("Al", 3, "O", 6, 1.914),
    ("Cr", 3, "O", 6, 1.990),
    ("Fe", 3, "O", 6, 2.031),
    ("V", 3, "O", 6, 2.010),
    # Aqua ions: Ohtaki and Radnai, Chem. Rev. 93, 1157 (1993).
    ("Mn", 2, "O", 6, 2.18),
    ("Fe", 2, "O", 6, 2.11),
    ("Co", 2, "O", 6, 2.09),
    ("Ni", 2, "O", 6, 2.06),
    ("Zn", 2, "O", 6, 2.09),
    ("Cr", 3, "O", 6, 1.97),
    ("Fe", 3, "O", 6, 2.00),
    ("Cd", 2, "O", 6, 2.30),
    # Oxyanions: Hagman, CrO4 1.646; Palenik, Inorg. Chem. 6, 503 (1967); MoO4, WO4:
    # Gürmen, Daniels and King, J. Chem. Phys. 55, 1093 (1971); VO4, SeO4, AsO4.
    ("Cr", 6, "O", 4, 1.646),
    ("Mn", 7, "O", 4, 1.629),
    ("Mo", 6, "O", 4, 1.772),
    ("W", 6, "O", 4, 1.784),
    ("V", 5, "O", 4, 1.72),
    ("Se", 6, "O", 4, 1.65),
    ("As", 5, "O", 4, 1.69),
    # Chloro and thio complexes: Wells, Structural Inorganic Chemistry.
    ("Pt", 2, "Cl", 4, 2.31),
    ("Pt", 4, "Cl", 6, 2.32),
    ("Au", 3, "Cl", 4, 2.28),
    ("Zn", 2, "Cl", 4, 2.28),
    ("Zn", 2, "S", 4, 2.34),
    ("Pd", 2, "Cl", 4, 2.31),
)


def inside(rows, element, distance, number) -> bool:
    """Return whether some reported shells have room for both, not only at an end."""
    margin = 0.01
    near = [
        row
        for row in rows
        if row.label.partition("-")[2].split()[0] == element
        and row.distance.lower + margin < distance < row.distance.upper - margin
    ]
    low = min((row.coordination.lower for row in near), default=math.inf)
    high = sum(row.coordination.upper for row in near)
    return 1.02 * low < number < 0.98 * high and near[0].is_reported


def metal_shells(lattice, constants):
    if lattice == "fcc":
        return ((constants / ROOT2, 12), (constants, 6))
    if lattice == "bcc":
        return ((constants * ROOT3 / 2, 8), (constants, 6))
    if lattice == "diamond":
        return ((constants * ROOT3 / 4, 4), (constants / ROOT2, 12))
    a, c = constants
    between = math.sqrt(a * a / 3 + c * c / 4)
    if abs(between / a - 1.0) < 0.03:
        return ((0.5 * (a + between), 12),)
    return (a, 6), (between, 6)


def test_there_are_sixty_materials_and_more():
    metals = sum(len(items) for items in METALS.values())
    assert metals + len(COMPOUNDS) + len(FIRST_SHELLS) >= 60


@pytest.mark.parametrize("purpose", ["bulk", "nanoparticle", "disordered"])
@pytest.mark.parametrize(
    ("lattice", "metal"), [(name, one) for name, all in METALS.items() for one in all]
)
def test_metals_lie_inside(lattice, metal, purpose):
    known = given_crystal(metal, None, None, None)
    assert known.lattice == lattice
    rows = shell_rows(propose_crystal(known, purpose=purpose).recipe.system)
    for distance, number in metal_shells(lattice, METALS[lattice][metal]):
        assert inside(rows, metal, distance, number), rows


@pytest.mark.parametrize("purpose", ["bulk", "nanoparticle", "disordered"])
@pytest.mark.parametrize(("formula", "absorber", "first", "second"), COMPOUNDS)
def test_compounds_lie_inside(formula, absorber, first, second, purpose):
    known = given_crystal(formula, None, None, None)
    proposal = propose_crystal(known, absorber=absorber, purpose=purpose)
    rows = shell_rows(proposal.recipe.system)
    for shell in (first, second):
        assert inside(rows, *shell), rows


@pytest.mark.parametrize("purpose", ["bulk", "disordered"])
@pytest.mark.parametrize(
    ("absorber", "state", "ligand", "number", "distance"), FIRST_SHELLS
)
def test_first_shells_lie_inside(absorber, state, ligand, number, distance, purpose):
    proposal = propose_first_shell(
        absorber, [Ligand(ligand, number)], oxidation=state, purpose=purpose
    )
    rows = shell_rows(proposal.recipe.system)[:1]
    assert inside(rows, ligand, distance, number), rows


@pytest.mark.parametrize(
    ("absorber", "state", "ligand", "number", "distance"),
    [item for item in FIRST_SHELLS if item[1] in (2, 3)],
)
def test_the_usual_state_serves_where_none_is_given(
    absorber, state, ligand, number, distance
):
    del state
    proposal = propose_first_shell(absorber, [Ligand(ligand)])
    rows = shell_rows(proposal.recipe.system)[:1]
    assert inside(rows, ligand, distance, number), rows
