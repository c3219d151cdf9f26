"""Columns that somebody chose: mu(E) of them, and what is refused."""

import numpy as np
import pytest

from onne_core.codec import Codec
from onne_core.errors import ColumnsUnclearError, FormatError
from onne_core.formats import read_measured
from onne_core.formats.column_choice import (
    HC,
    Columns,
    absorption_in,
    columns_from_roles,
    formula_of,
    labels_of,
    layout_key,
    problem_of,
    roles_guessed,
    unit_guessed,
)
from onne_core.formats.text_table import read_table
from tests.core.reduction.scans import ENERGY, mu_of

I0 = 1e5 * (1.0 + 0.1 * np.sin(ENERGY / 70.0))
MU = mu_of(ENERGY)
RAW = [ENERGY, I0, I0 * np.exp(-MU), 0.2 * I0 * MU, 0.1 * I0 * MU, I0 * np.exp(-2 * MU)]
NAMES = "mono mcs1 mcs2 roi1 roi2 mcs3"


def written(path, columns=RAW, names=NAMES):
    np.savetxt(path, np.array(columns).T, fmt="%.10g", header=names)
    return read_table(path)


@pytest.fixture
def table(tmp_path):
    return written(tmp_path / "raw.dat")


def test_columns_without_known_names_ask_for_a_choice(tmp_path):
    written(tmp_path / "raw.dat")
    with pytest.raises(ColumnsUnclearError, match="not clear"):
        read_measured(tmp_path / "raw.dat")


def test_transmission_is_a_logarithm(table):
    found = absorption_in(table, Columns(1, (3,), "transmission", i0=2))
    np.testing.assert_allclose(found.energy, ENERGY, rtol=1e-9)
    np.testing.assert_allclose(found.mu, MU, atol=1e-8)


def test_fluorescence_channels_are_summed(table):
    found = absorption_in(table, Columns(1, (4, 5), "fluorescence", i0=2))
    np.testing.assert_allclose(found.mu, 0.3 * MU, rtol=1e-8)


def test_the_reference_lies_behind_the_sample(table):
    columns = Columns(1, (3,), "transmission", i0=2, reference=6, transmitted=3)
    np.testing.assert_allclose(absorption_in(table, columns).reference, MU, atol=1e-7)


def test_energies_may_be_kev_or_angles(tmp_path):
    spacing = 1.6375
    angle = np.rad2deg(np.arcsin(HC / (2.0 * spacing * ENERGY)))
    table = written(tmp_path / "a.dat", [angle, MU, ENERGY / 1000.0], "a b c")
    by_angle = Columns(1, (2,), "mu", unit="angle", spacing=spacing)
    np.testing.assert_allclose(absorption_in(table, by_angle).energy, ENERGY, rtol=1e-6)
    found = absorption_in(table, Columns(3, (2,), "mu", unit="keV"))
    np.testing.assert_allclose(found.energy, ENERGY, rtol=1e-6)
    assert unit_guessed(table, 1) == "angle"
    assert unit_guessed(table, 3) == "keV"


def test_rows_are_sorted_and_repeats_averaged(tmp_path):
    twice = np.repeat(ENERGY, 2)
    mu = np.repeat(MU, 2) + np.tile([0.1, -0.1], ENERGY.size)
    table = written(tmp_path / "a.dat", [twice[::-1], mu[::-1]], "x y")
    found = absorption_in(table, Columns(1, (2,), "mu"))
    np.testing.assert_allclose(found.energy, ENERGY, rtol=1e-9)
    np.testing.assert_allclose(found.mu, MU, atol=1e-8)


@pytest.mark.parametrize(
    ("columns", "problem"),
    [
        (Columns(0, (3,), "mu"), "Choose the column with the energy"),
        (Columns(1, (), "transmission", i0=2), "transmitted intensity"),
        (Columns(1, (3,), "transmission"), "incident intensity"),
        (Columns(1, (3,), "transmission", i0=3), "two roles"),
        (Columns(1, (9,), "mu"), "has 6 columns"),
        (Columns(1, (2,), "mu", unit="keV"), "no energy in keV"),
        (Columns(2, (3,), "mu", unit="angle"), "no energy in angle"),
    ],
)
def test_a_choice_that_cannot_be_is_put_into_words(table, columns, problem):
    assert problem in problem_of(table, columns)


def test_intensities_must_be_positive(tmp_path):
    dark = RAW[2].copy()
    dark[5] = 0.0
    table = written(tmp_path / "a.dat", [*RAW[:2], dark, *RAW[3:]])
    with pytest.raises(FormatError, match="line 7: the transmitted intensity is 0"):
        absorption_in(table, Columns(1, (3,), "transmission", i0=2))
    columns = Columns(1, (4,), "fluorescence", i0=3)
    assert "I0 is 0" in problem_of(table, columns)


def test_a_column_of_a_few_values_is_no_energy(tmp_path):
    few = np.round(ENERGY / 1000.0) * 1000.0
    table = written(tmp_path / "a.dat", [few, MU], "x y")
    assert "different values" in problem_of(table, Columns(1, (2,), "mu"))


def test_roles_give_columns_and_names_give_roles(tmp_path):
    table = written(tmp_path / "a.dat", RAW, "energy i0 itrans x ifluor y")
    roles = roles_guessed(table)
    assert roles == ("energy", "i0", "itrans", "ignore", "ifluor", "ignore")
    made = columns_from_roles(roles, "fluorescence")
    assert made == Columns(1, (5,), "fluorescence", i0=2, transmitted=3)
    assert formula_of(made, labels_of(table)) == "ifluor / i0"


def test_the_energy_is_guessed_by_its_numbers(table):
    assert roles_guessed(table)[0] == "energy"


def test_files_of_one_layout_have_one_key(tmp_path, table):
    other = written(tmp_path / "b.dat", [2.0 * column for column in RAW])
    assert layout_key(other) == layout_key(table)
    third = written(tmp_path / "c.dat", RAW, "mono mcs1 mcs2 roi1 roi2 mcs4")
    assert layout_key(third) != layout_key(table)


def test_a_choice_comes_back_from_a_file():
    columns = Columns(1, (4, 5), "fluorescence", 2, 6, 3, "angle", 1.92)
    assert Codec().value(Columns, Codec().encode(columns)) == columns
