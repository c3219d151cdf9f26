"""Measured files: what is read, and what is refused with which words."""

import gzip
import logging
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onne_core.errors import FormatError
from onne_core.formats import (
    READERS,
    content,
    read_measured,
    text_table,
)
from onne_core.values.spectrum import Absorption, Spectrum

SHARED = Path(__file__).parents[3].parent / "shared" / "data"

K = 0.05 * np.arange(241)
CHI = 0.3 * np.sin(4.5 * K) * np.exp(-0.01 * K**2)
ENERGY = 8100.0 + 2.0 * np.arange(500)
MU = 0.5 + np.arctan((ENERGY - 8333.0) / 2.0) / np.pi
I0 = 1e5 + ENERGY
JUMBLED = np.random.default_rng(3).permutation(ENERGY.size)


def rows(*columns, separator="  "):
    """Return the columns as text, one row a line, exact."""
    return "".join(
        separator.join(repr(float(x)) for x in row) + "\n"
        for row in zip(*columns, strict=True)
    )


CHI_TEXT = "# k chi\n" + rows(K, CHI)
MU_TEXT = "# energy mu\n" + rows(ENERGY, MU)
XDI_TEXT = (
    "# XDI/1.0 Some/1.1\n# Column.1: energy eV\n# Column.2: itrans\n# Column.3: i0\n"
    "# Element.symbol: Ni\n# Element.edge: K\n# ///\n# free text: 3 words\n#-----\n"
    "# energy itrans i0\n" + rows(ENERGY, I0 * np.exp(-MU), I0)
)


def write(folder, name, text, encoding="utf-8"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return path


def refusal(path):
    with pytest.raises(FormatError) as caught:
        read_measured(path)
    return str(caught.value)


def replaced(text, line, by):
    lines = text.splitlines(keepends=True)
    lines[line - 1] = by + "\n"
    return "".join(lines)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.chi", b"", "empty"),
        ("a.chi", b" \n\n", "empty"),
        ("a.chi", "# k chi\n", "no rows of numbers"),
        ("a.dat", "some words\nand more\n", "no rows of numbers"),
        ("a.dat", b"\x89PNG\r\n\x1a\n\x00\x00", "image"),
        ("a.dat", gzip.compress(CHI_TEXT.encode(), mtime=0), "unpack"),
        ("a.dat", bytes(range(256)) * 40, "binary"),
        (
            "a.prj",
            gzip.compress(b"# Athena project file -- x\n", mtime=0),
            "no group with",
        ),
        ("a.dat", b"# Athena project file -- x\n", "no group with usable"),
        ("a.prj", b"\x1f\x8bgarbage", "damaged (gzip"),
        ("a.chi", replaced(CHI_TEXT, 9, "0.35 NaN"), "line 9: NaN is not"),
        ("a.chi", replaced(CHI_TEXT, 9, "0.35 ******"), "line 9: ****** is not"),
        ("a.chi", replaced(CHI_TEXT, 9, "0.35 1e999"), "line 9: a number is too large"),
        ("a.chi", replaced(CHI_TEXT, 9, "0.35 bad"), "line 9: 'bad' is not a number"),
        ("a.chi", replaced(CHI_TEXT, 2, "0.0 bad"), "line 2: 'bad' is not a number"),
        ("a.chi", replaced(CHI_TEXT, 9, "0.35 1_0"), "line 9: '1_0' is not a number"),
        ("a.chi", replaced(CHI_TEXT, 9, "0.35"), "line 9: 1 numbers, but 2"),
        ("a.chi", replaced(CHI_TEXT, 9, "0.35 1 2"), "line 9: 3 numbers, but 2"),
        ("a.chi", replaced(CHI_TEXT, 9, "0.1 0.2"), "line 9: k must increase"),
        ("a.chi", replaced(CHI_TEXT, 2, "-0.1 0.2"), "line 2: k = -0.1"),
        ("a.chi", replaced(CHI_TEXT, 9, "0,35 0,1"), "line 9: comma inside the number"),
        ("a.csv", "k,chi\n1,,2\n", "line 2: an empty field"),
        ("a.chi", "0.1 0.2\n0.2 0.3\n0.3 0.1\n", "only 3 rows"),
        ("a.xmu", "8000 0.2\n8001 0.3\n8002 0.1\n", "only 3 rows"),
        ("a.chi", "1.0\n2.0\n", "line 1: one column only"),
        ("a.chi", rows(K[::-1], CHI), "line 2: k must increase"),
        ("a.chi", rows(K, 0.1 + 0 * K), "chi is 0.1 in every row"),
        ("a.chi", rows(K, 1.0 + CHI), "never changes sign"),
        ("a.chi", rows(K, K**3 * CHI), "k-weighted"),
        ("a.chi", rows(K, np.where(K[9] == K, 1e308, CHI)), "line 10: chi = 1e+308"),
        ("a.chi", rows(K, 1e-310 * CHI), "stays below 1e-06"),
        ("a.chi", "# k chi(k)*k^2\n" + rows(K, CHI), "k-weighted"),
        ("a.chi", "# k k^3*chi(k)\n" + rows(K, CHI), "k-weighted"),
        ("a.chi", rows(np.delete(K, np.s_[90:110]), np.delete(CHI, np.s_[90:110])),
         "line 91: gap between k = 4.45 and 5.5"),
        ("a.chi", MU_TEXT, "look like energies"),
        ("a.dat", rows(ENERGY / 1000, I0), "energy(keV)"),
        ("a.dat", rows(K / 4, CHI), "k runs from 0 to 3"),
        ("a.xmu", rows(ENERGY[JUMBLED], MU), "energy must increase"),
        ("a.xmu", rows(ENERGY, 0 * MU), "mu is 0 in every row"),
        ("a.xmu", "# energy(eV) mu\n" + rows(K, CHI), "line 3: energy 0.05 eV"),
        ("a.xmu", rows(ENERGY, I0, I0, MU), "which of the 4 columns is mu"),
        ("a.xmu", "# e i0 it\n" + rows(ENERGY, I0, MU - 0.5), "line 2: it is -0.49"),
        ("a.xdi", MU_TEXT, "first line must start with '# XDI/1.0'"),
        ("a.xdi", XDI_TEXT.replace("XDI/1.0", "XDI/2.0"), "XDI/1.0"),
        ("a.xdi", XDI_TEXT.replace("energy", "angle"), "convert the column"),
        ("a.xdi", XDI_TEXT.replace("i0", "x0"), "Column.N header fields must name"),
        ("a.dat", "1 " * 60_000, "longer than 100000 characters"),
    ],
)  # fmt: skip
def test_unusable_content_gives_one_line_with_place_and_remedy(
    tmp_path, name, text, words
):
    message = refusal(write(tmp_path, name, text))
    assert message.startswith(name)
    assert words in message
    assert "\n" not in message
    assert message.endswith(".")


def test_missing_file_folder_and_pipe_are_refused(tmp_path):
    assert "no such file" in refusal(tmp_path / "none.chi")
    assert "is a folder" in refusal(tmp_path)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.chi")
        assert "not a regular file" in refusal(tmp_path / "pipe.chi")


def test_file_without_permission_is_refused(tmp_path, monkeypatch):
    def denied(*_args, **_keywords):
        raise PermissionError(13, "Permission denied")

    path = write(tmp_path, "a.chi", CHI_TEXT)
    monkeypatch.setattr(Path, "open", denied)
    assert refusal(path) == (
        "a.chi: cannot be read (Permission denied); check the file's name and "
        "permissions."
    )


def test_huge_files_are_refused(tmp_path, monkeypatch):
    path = write(tmp_path, "a.chi", CHI_TEXT)
    monkeypatch.setattr(text_table, "ROW_LIMIT", 100)
    assert "line 102: more than 100 rows" in refusal(path)
    monkeypatch.setattr(content, "SIZE_LIMIT", 1000)
    assert "larger than" in refusal(path)


def test_unprintable_file_names_stay_on_one_line(tmp_path):
    path = write(tmp_path, "a\nb.chi", b"")
    assert refusal(path).startswith("'a\\nb.chi': ")


@pytest.mark.parametrize("name", ["a\nb", "a\udcff"])
@pytest.mark.parametrize(("suffix", "text"), [(".chi", CHI_TEXT), (".xmu", MU_TEXT)])
def test_the_name_of_a_spectrum_can_be_written_anywhere(tmp_path, name, suffix, text):
    try:
        path = write(tmp_path, name + suffix, text)
    except OSError:
        pytest.skip("the file system has no such names")
    measured = read_measured(path)
    assert measured.name.isprintable()
    assert measured.name.encode()


@pytest.mark.parametrize(
    "text",
    [
        CHI_TEXT,
        CHI_TEXT.replace("\n", "\r\n"),
        CHI_TEXT.replace("\n", "\r"),
        CHI_TEXT.replace("e-", "D-"),
        CHI_TEXT.replace(".", ","),
        rows(K, CHI, separator=";").replace(".", ","),
        "\ufeff" + CHI_TEXT + "\x1a",
        "k,chi\n" + rows(K, CHI, separator=","),
        "k (1/Å), chi\n" + rows(K, CHI, separator=", "),
        '"k";"chi"\n' + rows(K, CHI, separator=";"),
        rows(K, CHI, separator="\t"),
        rows(K, CHI, 2 * CHI),
        "Ni foil\n12 scans at 300 K\n" + rows(K, CHI),
        "# k chi chik chik2 win energy\n" + rows(K, CHI, K * CHI, CHI, K, 50 * K),
        "# k chi mag phase @#\n" + rows(K, CHI, CHI, CHI),
        "# wavenumber (A^-1)   mag  chi(k)\n" + rows(K, 1 + K, CHI),
    ],
)
@pytest.mark.parametrize("name", ["a.chi", "a.dat", "a"])
def test_chi_is_read_whatever_the_separators_and_headers(tmp_path, name, text):
    spectrum = read_measured(write(tmp_path, name, text))
    assert isinstance(spectrum, Spectrum)
    np.testing.assert_array_equal(spectrum.k, K)
    np.testing.assert_array_equal(spectrum.chi, CHI)
    assert spectrum.name == "a"


@pytest.mark.parametrize(
    ("line", "e0"),
    [
        ("# e0 =  8982.61; pre-edge range =[   -50.0  -200.0]", 8982.61),
        ("# Athena.e0: 8333", 8333.0),
        ("# E0= 8980.0 NREG= 3", 8980.0),
        ("# data: cu 10k, e0=8980, with standard", None),
        ("# e0 = 4.5 eV above the edge", None),
    ],
)
def test_chi_takes_the_energy_of_its_header(tmp_path, line, e0):
    path = write(tmp_path, "a.chi", f"{line}\n{CHI_TEXT}")
    assert read_measured(path).e0 == e0


@pytest.mark.parametrize(
    ("text", "mu"),
    [
        (MU_TEXT, MU),
        (rows(ENERGY, MU), MU),
        ("Photon Energy (eV),absorption\n" + rows(ENERGY, MU, separator=","), MU),
        ("# Energy(keV) xmu\n" + rows(ENERGY / 1000, MU), MU),
        ("# energy mu\n" + rows(ENERGY / 1000, MU), MU),
        ("# K edge\n" + rows(ENERGY, MU), MU),
        ("# mu energy\n" + rows(MU, ENERGY), MU),
        ("# e i1 i0 norm\n" + rows(ENERGY, I0, I0, MU), MU),
        ("# e i1 i0\n" + rows(ENERGY, I0 * np.exp(-MU), I0), MU),
        ("# e i0 if\n" + rows(ENERGY, I0, I0 * MU), MU),
        ("# omega e k mu mu0 @#\n" + rows(ENERGY, MU, K[0] * MU, MU, I0), MU),
        (XDI_TEXT, MU),
    ],
)
def test_mu_is_read_from_named_or_first_columns(tmp_path, text, mu):
    absorption = read_measured(write(tmp_path, "a.dat", text))
    assert isinstance(absorption, Absorption)
    np.testing.assert_allclose(absorption.energy, ENERGY, rtol=1e-12)
    np.testing.assert_allclose(absorption.mu, mu, rtol=1e-9, atol=1e-9)


def test_the_first_of_two_abscissas_decides_unless_the_suffix_does(tmp_path):
    text = "# energy k mu chi\n" + rows(ENERGY[: K.size], K, MU[: K.size], CHI)
    assert isinstance(read_measured(write(tmp_path, "a.dat", text)), Absorption)
    assert isinstance(read_measured(write(tmp_path, "a.chi", text)), Spectrum)


def test_xdi_gives_element_and_edge(tmp_path):
    absorption = read_measured(write(tmp_path, "scan.XDI", XDI_TEXT))
    assert (absorption.element, absorption.edge) == ("Ni", "K")


def test_xdi_may_hold_chi(tmp_path):
    text = "# XDI/1.0\n# Column.1: k\n# Column.2: chi\n#---\n" + rows(K, CHI)
    np.testing.assert_array_equal(
        read_measured(write(tmp_path, "a.xdi", text)).chi, CHI
    )


def test_latin_1_headers_are_read(tmp_path):
    path = write(tmp_path, "a.chi", "# k (Å) chi\n" + rows(K, CHI), "latin-1")
    np.testing.assert_array_equal(read_measured(path).chi, CHI)


def test_repeated_energies_are_averaged_and_logged(tmp_path, caplog):
    text = "8000 1.0\n8000 3.0\n" + rows(ENERGY, MU)
    with caplog.at_level(logging.WARNING):
        absorption = read_measured(write(tmp_path, "a.xmu", text))
    assert absorption.energy[0] == 8000.0
    assert absorption.mu[0] == 2.0
    assert "1 repeated energies averaged" in caplog.text


def test_suffixes_are_small_letters():
    assert all(suffix == suffix.lower() for suffix in READERS)


@given(
    chi=st.lists(
        st.floats(-4.9, 4.9, allow_nan=False), min_size=120, max_size=140
    ).filter(lambda values: min(values) < 0.0 < max(values))
)
@settings(max_examples=30, deadline=None)
def test_written_chi_is_read_back_exactly(tmp_path_factory, chi):
    k = 0.05 * np.arange(len(chi))
    path = write(tmp_path_factory.mktemp("round"), "a.chi", rows(k, np.array(chi)))
    spectrum = read_measured(path)
    np.testing.assert_array_equal(spectrum.k, k)
    np.testing.assert_array_equal(spectrum.chi, chi)


@given(
    text=st.sampled_from([CHI_TEXT, MU_TEXT, XDI_TEXT]),
    name=st.sampled_from(["a.chi", "a.xmu", "a.xdi", "a.dat"]),
    changes=st.lists(
        st.tuples(st.integers(0, 20_000), st.binary(max_size=4)), max_size=8
    ),
    end=st.integers(0, 20_000),
)
@settings(max_examples=150, deadline=None)
def test_damaged_files_give_finite_values_or_a_format_error(
    tmp_path_factory, text, name, changes, end
):
    damaged = bytearray(text.encode())
    for position, patch in changes:
        damaged[position : position + len(patch)] = patch
    path = write(tmp_path_factory.getbasetemp(), name, bytes(damaged[: end + 5_000]))
    try:
        measured = read_measured(path)
    except FormatError:
        return
    abscissa, ordinate = (
        (measured.k, measured.chi)
        if isinstance(measured, Spectrum)
        else (measured.energy, measured.mu)
    )
    assert np.all(np.diff(abscissa) > 0.0)
    assert np.all(np.isfinite(ordinate))


@pytest.mark.skipif(not SHARED.is_dir(), reason=f"no shared data at {SHARED}")
class TestSharedData:
    @pytest.mark.parametrize(
        ("name", "first", "last", "size"),
        [
            ("formats/cu_chi.dat", 0.05, 24.95, 499),
            ("formats/nonuniform.chi", 1.2864742539, 17.914499212, 476),
            ("md/ni_kcl_zncl2_comp1.chi", 0.0, 20.0, 401),
        ],
    )
    def test_chi(self, name, first, last, size):
        k = read_measured(SHARED / name).k
        assert (k[0], k[-1], k.size) == (first, last, size)

    @pytest.mark.parametrize(
        ("name", "element", "size"),
        [
            ("formats/cu_10k.xmu", "", 612),
            ("formats/fe3c_rt.xdi", "Fe", 348),
            ("measured/Ni_metal_rt_01.xdi", "Ni", 418),
        ],
    )
    def test_mu(self, name, element, size):
        absorption = read_measured(SHARED / name)
        assert (absorption.element, absorption.energy.size) == (element, size)
