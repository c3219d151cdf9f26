"""Files with several spectra: Athena projects, many columns, and their conditions."""

import gzip
import os
import resource
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from onne_core.errors import FormatError
from onne_core.formats import athena, hdf5, read_all, read_measured
from onne_core.formats.conditions import conditions_of, in_name
from onne_core.pipeline.analysis.analysis import measured_spectra
from onne_core.reduction import background

ENERGY = 8133.0 + 2.0 * np.arange(700)
MU = 0.5 + np.arctan((ENERGY - 8333.0) / 2.0) / np.pi
MU += 0.02 * np.sin(np.sqrt(np.clip(ENERGY - 8333.0, 0.0, None)))
K = 0.05 * np.arange(281)
CHI = 0.3 * np.sin(4.5 * K) * np.exp(-0.01 * K**2)
FIRST_LINE = "# Athena project file -- Demeter version 0.9.26\n# Using perl\n\n"
ATHENA = ("formats", "NiO.prj")


def perl(values: np.ndarray) -> str:
    return ",".join(f"'{value!r}'" for value in values.tolist())


def record(name: str, x: np.ndarray, y: np.ndarray, **args: str) -> str:
    pairs = ",".join(f"'{key}','{value}'" for key, value in args.items())
    nested = r"'titles',['a, b','it\'s [1]'],'plot',{'x' => [1,2]},"
    return (
        f"$old_group = '{name}';\n@args = ({nested}{pairs},'is_xmu',1);\n"
        f"@x = ({perl(x)});\n@y = ({perl(y)});\n[record]   # create object\n\n"
    )


def absorption(label: str = "foil", **args: str) -> str:
    given = {"label": label, "bkg_z": "Ni", "fft_edge": "k", "bkg_e0": "8333.5"}
    return record("abcde", ENERGY, MU, **(given | args))


def chi(label: str = "chi") -> str:
    return record("fghij", K, CHI, label=label, is_chi="1")


def project(folder: Path, *records: str, packed: bool = True) -> Path:
    content = (FIRST_LINE + "".join(records) + "@journal = ();\n\n1;\n").encode()
    path = folder / "project.prj"
    path.write_bytes(gzip.compress(content) if packed else content)
    return path


@pytest.mark.parametrize("packed", [True, False])
def test_a_project_gives_all_of_its_groups(tmp_path, packed):
    path = project(
        tmp_path, absorption(r"it\'s"), absorption(), chi(), chi(), packed=packed
    )
    found = read_all(path).measured
    assert [one.name for one in found] == ["it's", "foil", "chi", "chi (2)"]
    assert found[0].element == "Ni"
    assert found[0].edge == "K"
    assert found[0].e0 == 8333.5
    assert np.array_equal(found[0].energy, ENERGY)
    assert np.array_equal(found[0].mu, MU)
    assert np.array_equal(found[2].chi, CHI)
    assert {one.source for one in found} == {str(path)}


def test_energies_come_with_the_shift_of_their_group(tmp_path):
    (found,) = read_all(project(tmp_path, absorption(bkg_eshift="1.25"))).measured
    assert found.energy == pytest.approx(ENERGY + 1.25, abs=1e-9)


def test_an_e0_outside_of_the_data_is_not_taken(tmp_path):
    (found,) = read_all(project(tmp_path, absorption(bkg_e0="0"))).measured
    assert found.e0 is None


def test_a_group_that_cannot_be_used_is_named_and_stops_no_other(tmp_path):
    broken = record("x", ENERGY, MU[:-1], label="broken")
    fit = absorption("diff", is_diff="1")
    found = read_all(project(tmp_path, broken, absorption(), fit))
    assert [one.name for one in found.measured] == ["foil"]
    assert found.problems == (
        "project.prj, group broken: the lists x and y are missing or of unequal "
        "length.",
        "project.prj, group diff: a difference, neither mu(E) nor chi(k).",
    )


def test_the_spectra_of_a_project_are_reduced_at_its_e0(tmp_path):
    spectra, problems = measured_spectra(
        project(tmp_path, absorption(bkg_e0="8334.25"), chi())
    )
    assert problems == ()
    (reduced, reduction), (read, none) = spectra
    assert reduced.e0 == 8334.25
    assert reduced.k[-1] > 10.0
    assert np.array_equal(read.chi, CHI)
    assert none is None
    assert reduction.settings.e0 == 8334.25
    again = background.reduce(reduction.absorption, reduction.settings)
    assert np.array_equal(again.chi, reduced.chi)
    settings = replace(reduction.settings, rbkg=1.4)
    wider = background.reduce(reduction.absorption, settings)
    assert not np.allclose(wider.chi, reduced.chi)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (gzip.compress(b"hello\n", mtime=0), "does not name an Athena project"),
        (
            gzip.compress(FIRST_LINE.encode(), mtime=0),
            "no group with usable mu(E) or chi(k)",
        ),
        (gzip.compress(FIRST_LINE.encode() * 9, mtime=0)[:-20], "cut off"),
        (b"\x1f\x8b" + bytes(100), "damaged (gzip"),
        (b"", "the file is empty"),
        ((FIRST_LINE + "@x = ('1','two');\n[record]\n").encode(), "not a number"),
        ((FIRST_LINE + "@x = (" + "1," * 200_001 + ");").encode(), "200000 points"),
    ],
)
def test_what_is_no_project_is_refused_in_one_line(tmp_path, content, words):
    path = tmp_path / "bad.prj"
    path.write_bytes(content)
    with pytest.raises(FormatError) as caught:
        read_all(path)
    assert words in str(caught.value)
    assert str(caught.value).startswith("bad.prj")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("unit", [b"\x00", b"\n", b"@y = (1);\n[record]\n"])
def test_a_bomb_is_refused_before_it_takes_memory(tmp_path, unit):
    path = tmp_path / "bomb.prj"
    path.write_bytes(_one_member(FIRST_LINE.encode(), unit, 100_000_000 // len(unit)))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(FormatError):
        read_all(path)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert after - before < 100 * 1024


def _one_member(head: bytes, unit: bytes, count: int) -> bytes:
    """Return a gzip file of ``head`` and ``unit`` repeated, made in little memory."""
    packing = zlib.compressobj(1, wbits=31)
    block = unit * 10_000
    parts = [packing.compress(head)]
    parts += [packing.compress(block) for _ in range(count // 10_000)]
    return b"".join([*parts, packing.flush()])


@pytest.mark.parametrize(
    "line",
    [
        "@args = (1)" + 300_000 * " " + "x",
        "@args = ('a',[" + 150_000 * "\\'" + ");",
        "@args = (" + 150_000 * "[," + ");",
    ],
)
def test_a_long_line_is_read_in_a_time_that_grows_with_its_length(tmp_path, line):
    """With the square of it, these would take a quarter of an hour and more."""
    found = read_all(project(tmp_path, line + "\n", absorption()))
    assert [one.name for one in found.measured] == ["foil"]


def test_labels_become_one_line_of_bounded_length(tmp_path):
    (found,) = read_all(project(tmp_path, absorption(100_000 * "long "))).measured
    assert len(found.name) == 300


def test_a_header_line_of_spaces_is_read_in_no_time(tmp_path):
    """Its time once grew with the square of the length: five minutes for this one."""
    path = tmp_path / "a.dat"
    rows = "".join(f"{k} {chi}\n" for k, chi in zip(K, CHI, strict=True))
    path.write_text(f"# k {90_000 * ' '}chi\n{rows}")
    assert np.array_equal(read_measured(path).chi, CHI)


def test_numbers_without_measure_are_no_conditions(tmp_path):
    path = tmp_path / "a.chi"
    path.write_text(f"# temperature: {400 * '9'}\n")
    assert conditions_of(path, f"{400 * '9'}s") == {}


def test_limits_hold_for_all_groups_together(tmp_path, monkeypatch):
    monkeypatch.setattr(athena, "POINT_LIMIT", 2_000)
    with pytest.raises(FormatError, match="more than 20000 groups or 2000 points"):
        read_all(project(tmp_path, absorption(), absorption()))


def test_a_real_project(shared_data):
    found = read_all(shared_data.joinpath(*ATHENA))
    names = [one.name for one in found.measured]
    assert len(names) == 12
    assert names[:3] == ["NiO.000", "NiO.000 (2)", "NiO.001"]
    assert found.problems == ()
    first = found.measured[0]
    assert first.reference is not None
    assert first.reference.size == first.energy.size
    assert "reference channel: Ref NiO.000" in first.notes
    merged = next(one for one in found.measured if one.name == "NiO")
    assert (merged.name, merged.element, merged.edge) == ("NiO", "Ni", "K")
    assert merged.e0 == 8344.00143
    assert merged.energy.size == 520
    assert np.all(np.diff(merged.energy) > 0.0)


def columns(folder: Path, header: str, *values: np.ndarray) -> Path:
    path = folder / "series.dat"
    np.savetxt(path, np.column_stack(values), header=header)
    return path


def test_a_column_per_spectrum_gives_a_series(tmp_path):
    path = columns(tmp_path, "k chi_300K chi_400K", K, CHI, 0.5 * CHI)
    first, second = read_all(path).measured
    assert (first.name, second.name) == ("chi_300K", "chi_400K")
    assert second.chi == pytest.approx(0.5 * CHI, abs=1e-12)
    with pytest.raises(FormatError, match=r"contains 2 spectra \(chi_300K, chi_400K"):
        read_measured(path)


def test_columns_named_by_their_temperature_are_a_series(tmp_path):
    path = columns(tmp_path, "energy 300K 400K 500K", ENERGY, MU, MU, MU + 0.1)
    found = read_all(path).measured
    assert [one.name for one in found] == ["300K", "400K", "500K"]
    assert found[2].mu == pytest.approx(MU + 0.1, abs=1e-12)


@pytest.mark.parametrize(
    "header", ["k chi chik chik2", "k chi win energy", "energy mu mutrans i0"]
)
def test_other_columns_make_no_series(tmp_path, header):
    x = K if header.startswith("k") else ENERGY
    y = CHI if header.startswith("k") else MU
    path = columns(tmp_path, header, x, y, y, np.ones_like(x))
    assert len(read_all(path).measured) == 1


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("foil_300K_002", {"temperature": 300.0, "scan": 2.0}),
        ("Ni foil, 600 K", {"temperature": 600.0}),
        ("melt_450C_t10min", {"temperature": 723.15, "time": 600.0}),
        ("foil_-20C", {"temperature": 253.15}),
        ("foil-20C", {"temperature": 293.15}),
        ("temp_823", {"temperature": 823.0}),
        ("T=300.5", {"temperature": 300.5}),
        ("t_30s", {"time": 30.0}),
        ("scan_0012", {"scan": 12.0}),
        ("comp1", {}),
        ("K2NiF4", {}),
    ],
)
def test_conditions_in_a_name(name, found):
    assert in_name(name) == pytest.approx(found)


def test_the_header_counts_before_the_name(tmp_path):
    path = tmp_path / "foil_300K.dat"
    path.write_text(
        "# XDI/1.0\n# Sample.temperature: 25 C\n"
        "# Scan.start_time: 2001-06-26T21:50:54\n8300 1\n"
    )
    found = conditions_of(path)
    assert found["temperature"] == pytest.approx(298.15)
    assert found["start"] > 0.0


def test_the_name_of_a_column_counts_before_that_of_its_file(tmp_path):
    path = columns(tmp_path, "k chi_300K chi_400K", K, CHI, CHI)
    assert conditions_of(path, "chi_400K")["temperature"] == 400.0


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
@pytest.mark.parametrize("name", ["a.h5", "a.prj", "a.dat", "a"])
def test_pipes_are_not_waited_for(tmp_path, name):
    os.mkfifo(tmp_path / name)
    with pytest.raises(FormatError, match="not a regular file"):
        read_all(tmp_path / name)
    if name.endswith(".h5"):
        with pytest.raises(FormatError, match="not a regular file"):
            hdf5.layout_of(tmp_path / name)
