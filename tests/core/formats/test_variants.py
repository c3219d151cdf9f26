"""Every kind of file and its variants: read right, asked for or refused, not wrong."""

import logging
import re

import h5py
import numpy as np
import pytest

from onne_core import formats
from onne_core.errors import ColumnsUnclearError, FormatError
from onne_core.formats.column_choice import columns_in
from onne_core.formats.hdf5 import picked_in
from onne_core.pipeline.analysis.analysis import Reading, measured_spectra
from tests.core.formats.scans import ENERGY, I0, IF, IT, MU, rows
from tests.core.formats.test_beamline_files import difference, said
from tests.core.formats.variants import (
    CONTAINERS,
    TEXTS,
    Variant,
    encoder_steps,
    made,
)

EVERY = (*TEXTS, *CONTAINERS)


@pytest.mark.parametrize(
    "variant", [one for one in EVERY if one.outcome == "read"], ids=lambda one: one.name
)
def test_what_can_be_known_is_read_right(tmp_path, variant, caplog):
    caplog.set_level(logging.ERROR)
    spectra, _ = measured_spectra(made(tmp_path, variant))
    assert len(spectra) == variant.spectra
    for spectrum, _ in spectra:
        assert difference(spectrum) < 0.1
        assert variant.words in said(spectrum)


@pytest.mark.parametrize(
    "variant", [one for one in EVERY if one.outcome != "read"], ids=lambda one: one.name
)
def test_what_is_not_clear_is_asked_for_or_refused(tmp_path, variant):
    asks = variant.outcome == "columns" and isinstance(variant, Variant)
    error = ColumnsUnclearError if asks else FormatError
    with pytest.raises(error, match=rf".+{re.escape(variant.words)}"):
        measured_spectra(made(tmp_path, variant))


def test_steps_of_an_encoder_become_energies_by_the_choice_of_columns(tmp_path):
    path = tmp_path / "a.dat"
    path.write_text(rows(encoder_steps(40_000.0), I0, IT))
    choice = columns_in("steps=1 per_degree=40000 d=3.13554 i0=2 itrans=3")
    ((spectrum, _),), _ = measured_spectra(path, reading=Reading(choice))
    assert difference(spectrum) < 0.1
    with pytest.raises(FormatError, match="name columns"):
        columns_in("steps=1 d=3.13554 i0=2 itrans=3")


def test_fluorescence_of_several_datasets_is_added(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["x"], file["one"] = ENERGY, I0
        file["left"], file["right"] = 0.3 * IF, 0.7 * IF
    choice = picked_in("energy=/x i0=/one ifluor=/left+/right")
    (found,) = formats.hdf5.read(path, choice).measured
    np.testing.assert_allclose(found.mu, IF / I0)
    assert "self-absorption" in "; ".join(found.notes)


def test_numbers_in_a_header_are_said_to_be_left_out(tmp_path):
    path = tmp_path / "a.dat"
    head = "Weights:\n1.0 1.0\nData:\nenergy\nmu\n\n"
    path.write_text(head + rows(ENERGY, MU))
    ((spectrum, _),), _ = measured_spectra(path)
    assert "numbers in the header left out, lines 2 to 2" in said(spectrum)
