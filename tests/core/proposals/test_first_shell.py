"""Proposals of first shells, bond lengths, windows, and shells of structures."""

import math

import numpy as np
import pytest

from onne_core.errors import DefinitionError
from onne_core.proposals.bond_lengths import bond_length, oxidation_states
from onne_core.proposals.first_shell import Ligand, propose_first_shell
from onne_core.proposals.from_structures import propose_structures
from onne_core.proposals.thermal_motion import expected_deviation
from onne_core.proposals.window import measured_window, usual_window
from onne_core.values.shells_of_structure import StructureShells
from onne_core.values.spectrum import Spectrum, k_grid
from onne_core.values.structure import Range, Shell


def test_bond_valences_are_inverted():
    found = bond_length("Zn", "O", 4, 2)
    assert found.length == pytest.approx(1.704 - 0.37 * math.log(2 / 4))
    assert oxidation_states("Cr", "O") == (3, 6, 2)
    other = bond_length("Zn", "Te", 4)
    assert other.source == "sum of the covalent radii"
    assert other.length == pytest.approx(1.22 + 1.38)


def test_a_state_that_is_not_tabulated_is_less_certain():
    assert (
        bond_length("Ni", "O", 6, 2).uncertainty
        < bond_length("Ni", "O", 6, 3).uncertainty
    )


def test_what_lies_beyond_scatters_and_is_not_reported():
    recipe = propose_first_shell("Cr", [Ligand("O", 4, 1.65)]).recipe
    first, *beyond = recipe.system.shells
    assert first.distance == Range(1.53, 1.77)
    assert first.coordination == Range(2.4, 5.6)
    assert [shell.reported for shell in beyond] == [False, False]
    assert recipe.scattering.r_max >= max(shell.distance.upper for shell in beyond)
    alone = propose_first_shell("Cr", [Ligand("O", 4, 1.65)], beyond=())
    assert len(alone.recipe.system.shells) == 1
    glass = propose_first_shell("Zn", [Ligand("O", 4)], beyond=("Si", "O")).recipe
    assert {shell.element for shell in glass.system.shells[1:]} == {"Si", "O"}
    assert "Si-O" in glass.clusters.smallest_distances


def test_a_disordered_shell_has_a_tail_under_the_same_head():
    near, tail, *_ = propose_first_shell(
        "Ni", [Ligand("Cl", 4)], purpose="disordered"
    ).recipe.system.shells
    assert near.head == tail.head == "Ni-Cl 1"
    assert tail.distance.upper > near.distance.upper
    assert tail.coordination.lower == 0.0


def test_an_assumed_oxidation_state_is_said():
    (note,) = propose_first_shell("Cr", [Ligand("O", 4)]).notes
    assert "Known oxidation states: 3, 6, 2; the first is assumed" in note
    (note,) = propose_first_shell("Cr", [Ligand("O", 4)], oxidation=6).notes
    assert "assumed" not in note


@pytest.mark.parametrize(
    ("absorber", "ligands", "text"),
    [
        ("Xx", [Ligand("O")], "Xx: no chemical symbol"),
        ("Zn", [], "ligands: none given"),
        ("Zn", [Ligand("O"), Ligand("O")], "name each element once"),
        ("Zn", [Ligand("O", 9)], "coordination: 9"),
        ("Zn", [Ligand("O", 4, 7.0)], "distance: 7 Å"),
    ],
)
def test_what_makes_no_sense_is_refused(absorber, ligands, text):
    with pytest.raises(DefinitionError, match=text):
        propose_first_shell(absorber, ligands)


def test_the_window_ends_before_the_next_edge():
    assert usual_window("Ni", "K", ["Ni"]) == (3.0, 14.0)
    assert usual_window("Ni", "K", ["O"]) == (3.0, 12.0)
    assert usual_window("Ni", "K", ["Ni", "O"]) == (3.0, 12.0)
    k_min, k_max = usual_window("Ce", "L3", ["O", "Ce"])
    # L2 of Ce is 441 eV above L3.
    assert k_max == pytest.approx(math.sqrt(441 / 3.81) - 0.3, abs=0.1)
    assert k_min == 3.0


def measured(end: float, noise: float, fades: float = 1e-9) -> Spectrum:
    k = k_grid(end)
    rng = np.random.default_rng(3)
    chi = np.exp(-fades * k**2) * np.sin(5 * k) / np.maximum(k, 1.0) ** 2
    return Spectrum(k, chi + noise * rng.standard_normal(k.size), name="mine")


def test_the_measured_spectrum_cuts_the_window_and_never_widens_it():
    assert measured_window((3.0, 14.0), [measured(12.55, 1e-6)]) == (3.0, 12.5)
    assert measured_window((3.0, 12.0), [measured(18.0, 1e-6)]) == (3.0, 12.0)
    _, end = measured_window((3.0, 14.0), [measured(14.0, 2e-3, fades=0.03)])
    assert 8.0 <= end < 13.0
    with pytest.raises(DefinitionError, match=r"mine: ends at k = 6.0"):
        measured_window((3.0, 14.0), [measured(6.0, 1e-6)])


def test_widths_follow_the_debye_temperature_of_a_metal():
    hot, stiff = (
        expected_deviation(name, bond=2.7, is_nearest=True) for name in ("Pb", "W")
    )
    assert stiff < 0.05 < 0.12 < hot
    # Copper at room temperature: 0.0085 Å^2 (EXAFS of foils, as everywhere).
    copper = expected_deviation("Cu", bond=2.55, is_nearest=True)
    assert copper**2 == pytest.approx(8.5e-3, rel=0.2)
    soft = expected_deviation(None, bond=2.82, is_nearest=True)
    assert soft > expected_deviation(None, bond=2.0, is_nearest=True)


def test_far_shells_of_structures_only_scatter():
    near = Shell("Cl", Range(2.2, 2.5), Range(0.05, 0.2), Range(3.0, 6.0))
    far = Shell("Cl", Range(5.0, 5.4), Range(0.2, 0.4), Range(8.0, 16.0))
    taken = StructureShells("/data/melt.xyz", (near, far), 40)
    proposal = propose_structures(taken, absorber="Ni")
    assert [shell.reported for shell in proposal.recipe.system.shells] == [True, False]
    assert "melt.xyz" in proposal.notes[0]
