"""HDF5 and NeXus files: what is listed, guessed, read, and refused."""

from pathlib import Path

import h5py
import numpy as np
import pytest

from onne_core import formats
from onne_core.errors import FormatError
from onne_core.formats.hdf5 import (
    Picked,
    guessed,
    is_hdf5,
    layout_of,
    problem_of,
    read,
)
from onne_core.values.spectrum import Absorption, Spectrum

K = np.arange(0.0, 14.0, 0.05)
CHI = 0.3 * np.sin(5.0 * K) * np.exp(-0.01 * K**2)
ENERGY = np.linspace(8.2, 9.3, 400)
MU = 1.0 / (1.0 + np.exp(-(1000.0 * ENERGY - 8333.0) / 2.0))


def scan(path: Path, **datasets: np.ndarray) -> Path:
    with h5py.File(path, "w") as file:
        for name, values in datasets.items():
            file[name.replace("__", "/")] = values
    return path


def test_chi_of_k_is_read_by_its_names(tmp_path: Path):
    path = scan(
        tmp_path / "a.h5", entry__k=K, entry__chi=CHI, entry__title=np.arange(3)
    )
    assert is_hdf5(path)
    (found,) = formats.read_all(path).measured
    assert isinstance(found, Spectrum)
    np.testing.assert_allclose(np.interp(K, found.k, found.chi), CHI, atol=1e-4)
    assert (found.name, found.source) == ("a", str(path))


def test_layout_names_shape_unit_and_ends(tmp_path: Path):
    path = scan(tmp_path / "a.nxs", b=np.ones((3, 400)), a__energy=ENERGY, few=K[:5])
    with h5py.File(path, "a") as file:
        file["a/energy"].attrs["units"] = "keV"
        file["a/text"] = "no number"
    first, second = layout_of(path)
    assert (first.path, first.shape, first.unit) == ("/a/energy", (400,), "keV")
    assert (first.first, first.last) == (8.2, 9.3)
    assert (second.path, second.shape) == ("/b", (3, 400))
    assert np.isnan(second.first)


def test_energies_in_kev_and_intensities_give_mu(tmp_path: Path):
    i0 = np.full(400, 2.0e6)
    path = scan(tmp_path / "a.h5", energy=ENERGY, i0=i0, it=i0 * np.exp(-MU))
    assert guessed(layout_of(path)) == Picked("/energy", "/it", "itrans", "/i0")
    (found,) = read(path).measured
    assert isinstance(found, Absorption)
    np.testing.assert_allclose(found.energy, 1000.0 * ENERGY)
    np.testing.assert_allclose(found.mu, MU, atol=1e-12)


@pytest.mark.parametrize("turned", [False, True])
def test_every_row_is_a_spectrum(tmp_path: Path, turned: bool):
    rows = np.array([MU, 1.1 * MU, np.where(ENERGY > 9.0, np.nan, MU)])
    path = scan(tmp_path / "a.h5", x=ENERGY, y=rows.T if turned else rows)
    assert guessed(layout_of(path)) is None
    contents = read(path, Picked("/x", "/y", "mu"))
    assert [one.name for one in contents.measured] == ["row 1", "row 2"]
    np.testing.assert_allclose(contents.measured[1].mu, 1.1 * MU)
    (problem,) = contents.problems
    assert "row 3: NaN or infinite values" in problem


def test_detectors_may_have_groups_of_their_own(tmp_path: Path):
    i0 = np.full(400, 2.0e6)
    path = scan(tmp_path / "a.h5", data__energy=ENERGY, d1__i0=i0, d2__if=i0 * MU)
    picked = guessed(layout_of(path))
    assert picked == Picked("/data/energy", "/d2/if", "ifluor", "/d1/i0")
    np.testing.assert_allclose(read(path).measured[0].mu, MU)


def test_names_that_fit_twice_decide_nothing(tmp_path: Path):
    path = scan(tmp_path / "a.h5", a__k=K, a__chi=CHI, b__k=K, b__chi=CHI)
    assert guessed(layout_of(path)) is None
    assert [one.name for one in read(path).measured] == ["a", "b"]
    assert len(read(path, Picked("/b/k", "/b/chi", "chi")).measured) == 1
    path = scan(tmp_path / "b.h5", a__k=K, a__chi=CHI, b__k=K, b__c__chi=CHI)
    assert len(read(path).measured) == 1


def test_every_scan_of_a_file_of_bliss_is_read(tmp_path: Path):
    i0 = np.full(400, 2.0e6)
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        for number in (1, 2):
            group = file.create_group(f"{number}.1/measurement")
            group["energy"], group["energy_enc"] = ENERGY, ENERGY
            group["i0"], group["i1"] = i0, i0 * np.exp(-MU)
    found = read(path).measured
    assert [one.name for one in found] == ["1.1", "2.1"]
    np.testing.assert_allclose(found[1].mu, MU, atol=1e-12)


@pytest.mark.parametrize(
    ("picked", "words"),
    [
        (Picked("/k", "/short", "chi"), "equal length"),
        (Picked("/wide", "/chi", "chi"), "the abscissa must have one"),
        (Picked("/k", "/missing", "chi"), "dataset /missing not found"),
        (Picked("/k", "/chi", "itrans"), "a dataset is missing"),
    ],
)
def test_datasets_that_do_not_suit_each_other_are_refused(tmp_path, picked, words):
    path = scan(
        tmp_path / "a.h5", k=K, chi=CHI, short=CHI[:-1], wide=np.ones((2, K.size))
    )
    assert words in problem_of(picked, layout_of(path))
    with pytest.raises(FormatError, match=words):
        read(path, picked)


def test_nothing_outside_the_file_is_read(tmp_path: Path):
    other = scan(tmp_path / "other.h5", k=K, chi=CHI)
    path = scan(tmp_path / "a.h5", own=K)
    layout = h5py.VirtualLayout(shape=K.shape, dtype=float)
    layout[:] = h5py.VirtualSource(str(other), "k", shape=K.shape)
    with h5py.File(path, "a") as file:
        file["k"] = h5py.ExternalLink("other.h5", "/k")
        file["soft"] = h5py.SoftLink("/own")
        file["loop"] = file["/"]
        file.create_virtual_dataset("virtual", layout)
        external = [(str(tmp_path / "raw"), 0, 8 * K.size)]
        file.create_dataset("raw", K.shape, float, external=external)
    assert [one.path for one in layout_of(path)] == ["/own"]


def test_damaged_and_empty_files_are_refused(tmp_path: Path):
    path = scan(tmp_path / "a.h5", k=K, chi=CHI)
    content = path.read_bytes()
    for number, end in enumerate((200, len(content) // 2)):
        cut = tmp_path / f"cut{number}.h5"
        cut.write_bytes(content[:end])
        with pytest.raises(FormatError, match="HDF5"):
            formats.read_all(cut)
    with pytest.raises(FormatError, match="no dataset of at least 20 numbers"):
        layout_of(scan(tmp_path / "few.h5", k=K[:5]))
    with pytest.raises(FormatError, match="no such file"):
        layout_of(tmp_path / "none.h5")
