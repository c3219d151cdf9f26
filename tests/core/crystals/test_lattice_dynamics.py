"""Thermal displacements: elastic constants, published sigma^2, and exact samples."""

import numpy as np
import pytest
from ase.build import bulk
from ase.data import atomic_masses, atomic_numbers
from ase.neighborlist import neighbor_list

from onne_core.crystals.force_constants import MEASURED, force_constants
from onne_core.crystals.lattice_dynamics import (
    covariance_by_debye,
    covariance_in_metal,
    displaced,
    relative_displacements,
)
from onne_core.errors import DefinitionError

CUTOFF = 5.3
CONSTANTS = {
    "Al": 4.05,
    "Cu": 3.615,
    "Fe": 2.867,
    "Ni": 3.524,
    "Pd": 3.89,
    "Pt": 3.92,
    "W": 3.165,
}
"""Lattice constants at room temperature, Å."""

ELASTIC = {
    ("Al", 300.0): (106.8, 60.7, 28.2),
    ("Cu", 49.0): (176.2, 124.9, 81.8),
    ("Cu", 296.0): (168.4, 121.4, 75.4),
    ("Fe", 295.0): (233.1, 135.4, 117.8),
    ("Ni", 296.0): (250.8, 150.0, 123.5),
    ("Pd", 296.0): (227.1, 176.1, 71.7),
    ("Pt", 90.0): (358.0, 253.6, 77.4),
    ("W", 298.0): (523.3, 204.5, 160.7),
}
"""C11, C12, C44 in GPa by ultrasound: Kittel, Introduction to Solid State Physics, 8th
ed., chapter 3, table 11; Fe: Rayne and Chandrasekhar, Phys. Rev. 122, 1714 (1961);
Pt: Macfarlane, Rayne and Jones, Phys. Lett. 18, 91 (1965)."""


def surroundings(element: str, constant: float | None = None) -> np.ndarray:
    """Return the neighbours of an atom of a crystal (Å), by distance."""
    crystal = bulk(element, force_constants(element, 300.0).lattice, constant)
    first, vectors = neighbor_list("iD", crystal, CUTOFF)
    vectors = vectors[first == 0]
    return vectors[np.argsort(np.linalg.norm(vectors, axis=1), kind="stable")]


@pytest.mark.parametrize(
    ("element", "model"),
    [(element, model) for element, models in MEASURED.items() for model in models],
)
def test_long_waves_have_the_elastic_constants_of_ultrasound(element, model) -> None:
    sites, tensors = model.neighbours()
    constant = CONSTANTS[element]
    sites = sites * constant / 2.0
    volume = constant**3 / {"fcc": 4, "bcc": 2}[model.lattice]
    # Half the sum of the force constants times (q.R)^2 per volume; N/m/Å is 10 GPa.
    xx = np.einsum("n,nab->ab", sites[:, 0] ** 2, tensors) * 5.0 / volume
    xy = np.einsum("n,nab->ab", sites[:, 0] * sites[:, 1], tensors) * 5.0 / volume
    found = (xx[0, 0], 2.0 * xy[0, 1] - xx[1, 1], xx[1, 1])
    assert found == pytest.approx(ELASTIC[element, model.temperature], rel=0.09)


@pytest.mark.parametrize(
    ("element", "temperature", "low", "high"),
    [
        ("Cu", 10.0, 0.0029, 0.0031),
        ("Cu", 295.0, 0.0080, 0.0087),
        ("Ni", 295.0, 0.0057, 0.0065),
    ],
)
def test_sigma2_of_the_first_shell_is_that_of_measured_foils(
    element: str, temperature: float, low: float, high: float
) -> None:
    positions = surroundings(element)
    covariance = covariance_in_metal(positions, element, temperature)
    assert low < relative_displacements(positions, covariance)[:12].mean() < high


def test_the_orientation_of_the_crystal_does_not_matter() -> None:
    positions = surroundings("Cu")
    turn = np.linalg.qr(np.random.default_rng(3).standard_normal((3, 3)))[0]
    here = relative_displacements(positions, covariance_in_metal(positions, "Cu", 300))
    turned = positions @ turn
    there = relative_displacements(turned, covariance_in_metal(turned, "Cu", 300))
    # The mesh of wave vectors has not the symmetry of the cube.
    assert there == pytest.approx(here, rel=5e-3)


def test_hot_crystals_are_classical() -> None:
    positions = surroundings("Ni")
    hot, hotter = (
        relative_displacements(positions, covariance_in_metal(positions, "Ni", t))
        for t in (2000.0, 4000.0)
    )
    assert hotter / hot == pytest.approx(np.full(len(positions), 2.0), rel=5e-3)


def test_a_single_debye_atom_moves_as_in_the_textbook() -> None:
    # High temperatures: <u^2> = 9 hbar^2 T / (M k theta^2) for the three axes together.
    positions = surroundings("Cu")
    masses = np.full(len(positions) + 1, atomic_masses[atomic_numbers["Cu"]])
    covariance = covariance_by_debye(
        positions, masses, temperature=3000.0, debye=315.0, density=0.0849
    )
    expected = 9.0 * 48.508 * 3000.0 / (masses[0] * 315.0**2)  # hbar^2/(u k), Å^2 K
    assert np.trace(covariance[:3, :3]) == pytest.approx(expected, rel=5e-3)
    far = relative_displacements(positions, covariance)[-1]
    assert far < 2.0 * covariance[0, 0]


def test_samples_have_the_moments_that_were_asked_for() -> None:
    positions = surroundings("Cu")
    covariance = covariance_in_metal(positions, "Cu", 300.0)
    rng = np.random.default_rng(1)
    samples = displaced(positions, covariance, skewness=0.0, rng=rng)
    moved = samples - positions
    assert np.abs(moved.mean(axis=0)).max() < 1e-12
    units = positions / np.linalg.norm(positions, axis=1)[:, None]
    along = np.einsum("sia,ia->si", moved, units)
    sigma2 = relative_displacements(positions, covariance)
    assert along.var(axis=0) == pytest.approx(sigma2, rel=1e-9)


def test_skewness_is_that_of_the_nearest_shell_alone() -> None:
    positions = surroundings("Cu")
    covariance = covariance_in_metal(positions, "Cu", 300.0)
    rng = np.random.default_rng(1)
    samples = displaced(positions, covariance, skewness=0.3, rng=rng)
    units = positions / np.linalg.norm(positions, axis=1)[:, None]
    along = np.einsum("sia,ia->si", samples - positions, units)
    found = np.mean(along**3, axis=0) / np.std(along, axis=0) ** 3
    assert found[:12].mean() == pytest.approx(0.3, abs=0.05)
    assert found[12:].mean() == pytest.approx(0.0, abs=0.05)


def test_what_is_not_known_asks_for_a_debye_temperature() -> None:
    with pytest.raises(DefinitionError, match=r"Zn: no force constants.*Debye"):
        covariance_in_metal(surroundings("Cu"), "Zn", 300.0)
    with pytest.raises(DefinitionError, match="8 and 6 neighbours"):
        covariance_in_metal(surroundings("Fe"), "Cu", 300.0)
