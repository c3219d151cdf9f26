"""Files as they come from beamlines: read right, or refused clearly."""

from pathlib import Path

import h5py
import numpy as np
import pytest

from onne_core import formats
from onne_core.errors import ColumnsUnclearError, FormatError
from onne_core.formats.column_choice import columns_in
from onne_core.pipeline.analysis.analysis import Reading, measured_spectra
from onne_core.values.edges import Absorber
from onne_core.values.spectrum import HBAR2_OVER_2M, Absorption, Spectrum
from tests.core.formats.scans import (
    E0,
    ENERGY,
    I0,
    IF,
    IT,
    IT_DILUTE,
    MU,
    TRUE_CHI,
    TRUE_K,
    angle_of,
    grid,
    json_project,
    mu_of,
    perl_project,
    rows,
    write,
    xdi,
)


def reduced(path: Path, reading: Reading | None = None) -> Spectrum:
    ((spectrum, _),), _ = measured_spectra(path, reading=reading)
    return spectrum


def difference(spectrum: Spectrum, power: int = 2) -> float:
    """Return the difference from the foil's k^2 chi between 3 and 12 Å^-1, relative."""
    k = spectrum.k[(spectrum.k >= 3.0) & (spectrum.k <= 12.0)]
    chi = spectrum.chi[(spectrum.k >= 3.0) & (spectrum.k <= 12.0)]
    true = k**power * np.interp(k, TRUE_K, TRUE_CHI)
    return float(np.std(k**power * chi - true) / np.std(true))


def said(spectrum: Spectrum) -> str:
    return "; ".join(spectrum.notes)


LABVIEW = (
    "# 1-D Scan File created by LabVIEW Control Panel\n"
    "# Here is a readable list of column headings:\n"
    "#  1) Mono Energy *\n#  2) Scaler preset time *\n#  3) I0-32\n#  4) It-32\n"
)
FIO = (
    "! Comments\nexafs scan\n! Parameter\nSAMPLE_TIME = 1\n! Data\n"
    " Col 1 energy DOUBLE\n Col 2 I0 DOUBLE\n Col 3 I1 DOUBLE\n"
)
PF = (
    "  9809     KEK-PF  BL12C\n foil   24.01.01 10:00 - 24.01.01 10:30\n Ni foil\n"
    " Mono :   SI(111)       D= 3.13554 A    Initial angle= 14.06919 deg\n"
    " BL12C    Transmission( 2)   Repetition=  1     Points=  417\n"
    "  Ortec( 0)       NDCH= 3\n"
    "   Angle(c)  Angle(o)     time/s         2         3\n"
    "       Mode         0         0         1         2\n"
    "     Offset         0         0     0.000     0.000\n"
)
ONES = np.ones_like(ENERGY)
ANGLE = angle_of(ENERGY)
ONE_DARK = np.where(np.arange(ENERGY.size) == 60, 0.0, I0)

READ = {
    "base.xdi": xdi("energy i0 itrans", ENERGY, I0, IT),
    "decreasing.xmu": "# energy mu\n" + rows(ENERGY[::-1], MU[::-1]),
    "comma.txt": "energy\tmu\n" + rows(ENERGY, MU, separator="\t").replace(".", ","),
    "semicolon.csv": rows(ENERGY, MU, separator=";").replace(".", ","),
    "angle.xdi": xdi(
        "angle i0 itrans", ANGLE, I0, IT,
        more="# Mono.d_spacing: 3.13554\n", form="%.9f",
    ),
    "crystal.xdi": xdi(
        "angle i0 itrans", angle_of(ENERGY), I0, IT,
        more="# Mono.name: Si(111)\n", form="%.9f",
    ),
    "petra.fio": FIO + rows(ENERGY, I0, IT),
    "negative.xdi": xdi(
        "energy i0 itrans", ENERGY, -1e-12 * I0, -1e-12 * IT, form="%.12e"
    ),
    "one_zero.xdi": xdi("energy i0 itrans", ENERGY, ONE_DARK, IT),
    "end.txt": "# energy mu\n" + rows(ENERGY, MU) + "END OF SCAN\n",
    "count.txt": f"{ENERGY.size}\n" + rows(ENERGY, MU),
    "labview.dat": LABVIEW + rows(ENERGY, ONES, I0, IT),
    "zeros.xmu": "# energy mu\n" + rows(ENERGY, MU) + "0.000000 0.000000\n",
    "pf.dat": PF + rows(ANGLE, ANGLE, ONES, I0, IT, form="%.7f"),
    "kev.dat": rows(ENERGY / 1000.0, MU, form="%.8f"),
    "mrcat.dat": "# MRCAT_XAFS\n# Energy IO It Ir\n#----\n" + rows(ENERGY, I0, IT, IT),
    "requested.dat": "# requested_energy energy i0 itrans\n"
    + rows(ENERGY + 3.0, ENERGY, I0, IT),
    "bmm.dat": xdi(
        "energy requested_energy measurement_time xmu i0 it ir",
        ENERGY, ENERGY + 2.0, ONES, MU, I0, IT, IT,
    ),
    "ssrl.dat": "SSRL   -   EXAFS Data Collector 1.4\nPTS: 425 COLS: 6\nfoil\n\nData:\n"
    "Real time clock\nRequested energy\nAchieved energy\nI0\nI1\nI2\n\n"
    + rows(ONES, ENERGY + 3.0, ENERGY, I0, IT, IT),
    "cls.dat": "# CLS Data Acquisition\n# Event\tEnergyFeedback\tI0Detector\tTransDet\n"
    + rows(ONES, ENERGY, I0, IT),
    "xdac.000": "XDAC V1.4  Datafile V1\nSRB= -200 -20 30\n-----\n"
    " energy i0 it ir inttime\n" + rows(ENERGY, I0, IT, IT, ONES),
    "twice.dat": "# energy mu\n" + rows(ENERGY, MU) + rows(ENERGY, MU),
    "fortran.xmu": rows(ENERGY, MU, form="%.8E").replace("E", "D"),
}  # fmt: skip


@pytest.mark.parametrize("name", list(READ))
def test_what_was_refused_is_read_right(tmp_path, name):
    spectrum = reduced(write(tmp_path / name, READ[name]))
    assert spectrum.e0 == pytest.approx(E0, abs=1.0)
    assert difference(spectrum) < 0.06


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("decreasing.xmu", "energies decrease"),
        ("one_zero.xdi", "1 row left out, no positive intensity: 8"),
        ("end.txt", "text after the numbers left out, from line"),
        ("count.txt", "line 1 left out: a number of points"),
        ("zeros.xmu", "rows of zeros at the ends left out"),
        ("kev.dat", "energies read as keV"),
        ("angle.xdi", "with d = 3.13554 Å"),
        ("twice.dat", "repeated energies averaged"),
        ("labview.dat", "mu = ln(I0-32/It-32)"),
        ("base.xdi", "rbkg 1 Å, k-weight 2"),
    ],
)
def test_what_was_done_is_said(tmp_path, name, words):
    assert words in said(reduced(write(tmp_path / name, READ[name])))


def test_jitter_of_an_encoder_is_sorted(tmp_path):
    energy = np.arange(8133.0, 9400.0, 0.4) + 0.4 * np.random.default_rng(2).normal(
        size=3168
    )
    path = write(tmp_path / "a.xmu", rows(energy, mu_of(energy)))
    spectrum = reduced(path)
    assert "rows sorted by energy" in said(spectrum)
    assert difference(spectrum) < 0.06


@pytest.mark.parametrize(
    ("names", "columns"),
    [
        ("energy i0 itrans ifluor", (IF,)),
        ("energy i0 it Ni_Ka_mca1 Ni_Ka_mca2", (0.4 * IF, 0.6 * IF)),
        ("energy i0 it roi1 roi2 roi3", (0.3 * IF, 0.3 * IF, 0.4 * IF)),
        ("energy i0 it xmap_1:roi xmap_2:roi", (0.3 * IF, 0.7 * IF)),
    ],
)
def test_the_better_edge_is_taken_channels_are_summed_and_both_said(
    tmp_path, names, columns
):
    path = write(
        tmp_path / "a.dat", f"# {names}\n" + rows(ENERGY, I0, IT_DILUTE, *columns)
    )
    spectrum = reduced(path)
    assert difference(spectrum) < 0.06
    assert f"/{names.split()[1]} (edge step" in said(spectrum)
    assert "ln(i0/it" in said(spectrum)
    assert '--columns "energy=1 i0=2 itrans=3"' in said(spectrum)
    assert "self-absorption" in said(spectrum)


def test_transmission_is_taken_where_it_is_as_good(tmp_path):
    path = write(
        tmp_path / "a.dat",
        "# energy i0 it if\n" + rows(ENERGY, I0, IT, IF * (1 + 1e-5)),
    )
    spectrum = reduced(path)
    assert said(spectrum).startswith("mu = ln(i0/it)")
    assert "if/i0" in said(spectrum)


def test_columns_can_be_forced(tmp_path):
    path = write(
        tmp_path / "a.dat",
        rows(ENERGY, ONES, I0, IT_DILUTE, 0.4 * IF, 0.6 * IF),
    )
    with pytest.raises(ColumnsUnclearError, match="unknown format"):
        measured_spectra(path)
    reading = Reading(columns_in("energy=1 i0=3 ifluor=5+6"))
    spectrum = reduced(path, reading)
    assert difference(spectrum) < 0.06
    assert "(column 5 + column 6) / column 3" in said(spectrum)
    assert "self-absorption" in said(spectrum)


@pytest.mark.parametrize(
    "text", ["", "energy=1", "energy=0 mu=2", "energy=1 mu=2 i0=3", "energy=1 mu=x",
             "energy=1 energy=2 mu=3", "energy=1 itrans=3", "x=1 mu=2"],
)  # fmt: skip
def test_columns_that_make_no_sense_are_refused(text):
    with pytest.raises(FormatError):
        columns_in(text)


def test_every_scan_of_a_spec_file_is_read(tmp_path):
    scan = "#S {0} ascan energy 8.1 9.3 400 1\n#D x\n#N 3\n#L Energy  I0  I1\n"
    body = rows(ENERGY / 1000.0, I0, IT, form="%.7f")
    text = "#F made\n#E 1\n\n" + "\n".join(scan.format(i) + body for i in (1, 2))
    path = write(tmp_path / "a.spec", text)
    spectra, problems = measured_spectra(path)
    assert [one.name for one, _ in spectra] == ["scan 1", "scan 2"]
    assert problems == ()
    assert all(difference(one) < 0.06 for one, _ in spectra)
    assert reduced(path, Reading(spectrum="scan 2")).name == "scan 2"
    with pytest.raises(FormatError, match="there are scan 1, scan 2"):
        measured_spectra(path, reading=Reading(spectrum="scan 3"))


def test_a_bad_scan_is_told_and_stops_no_other(tmp_path):
    text = (
        "#S 1 a\n#L Energy  I0  I1\n" + rows(ENERGY, I0, IT)
        + "#S 2 b\n#L Energy  I0  I1\n1 2 3\n"
    )  # fmt: skip
    spectra, problems = measured_spectra(write(tmp_path / "a.spec", text))
    assert len(spectra) == 1
    assert "scan 2" in problems[0]


def test_xmu_dat_of_feff_gives_its_own_chi(tmp_path):
    k = np.concatenate([[-1.5, -1.0, -0.5], TRUE_K])
    energy = 8339.0 + np.sign(k) * HBAR2_OVER_2M * k**2
    chi = np.concatenate([[0.0, 0.0, 0.0], TRUE_CHI])
    text = "#  omega    e    k    mu    mu0     chi     @#\n" + rows(
        energy, energy - 8339.0, k, 1.0 + chi, ONES[0] + 0.0 * chi, chi
    )
    spectrum = formats.read_measured(write(tmp_path / "xmu.dat", text))
    assert isinstance(spectrum, Spectrum)
    np.testing.assert_allclose(spectrum.chi, TRUE_CHI, atol=1e-6)
    assert spectrum.e0 == pytest.approx(8339.0, abs=0.01)


def test_k_times_chi_is_warned_of_and_chi_is_not(tmp_path):
    weighted = write(tmp_path / "a.dat", rows(TRUE_K, TRUE_K * TRUE_CHI))
    plain = write(tmp_path / "b.dat", rows(TRUE_K, TRUE_CHI))
    assert "k-weighted" in said(formats.read_measured(weighted))
    assert "k-weighted" not in said(formats.read_measured(plain))


def test_marked_groups_are_all_read(tmp_path):
    text = "# marked groups\n#----\n#  k   Ni_foil   Ni_particle\n"
    path = write(tmp_path / "a.dat", text + rows(TRUE_K, TRUE_CHI, 0.5 * TRUE_CHI))
    found = formats.read_all(path).measured
    assert [one.name for one in found] == ["Ni_foil", "Ni_particle"]
    text = "# Demeter: marked groups\n# energy  foil  alloy\n"
    path = write(tmp_path / "b.dat", text + rows(ENERGY, MU, MU))
    assert [one.name for one in formats.read_all(path).measured] == ["foil", "alloy"]


def test_counters_with_names_of_their_own_are_no_spectra(tmp_path):
    path = write(tmp_path / "a.dat", "# energy s1 s2\n" + rows(ENERGY, I0, IT))
    with pytest.raises(ColumnsUnclearError, match="--columns"):
        formats.read_all(path)


def test_an_intensity_alone_is_no_absorption(tmp_path):
    for name in ("i0", "itrans"):
        path = write(tmp_path / "a.dat", f"# energy {name}\n" + rows(ENERGY, IT))
        with pytest.raises(ColumnsUnclearError, match="not clear"):
            formats.read_all(path)
    path = write(tmp_path / "a.dat", "# energy if\n" + rows(ENERGY, IF))
    assert "not divided by an i0" in said(reduced(path))
    assert "self-absorption" in said(reduced(path))


def test_a_first_column_that_is_no_axis_asks_for_columns(tmp_path):
    path = write(tmp_path / "a.dat", rows(ONES, ENERGY, MU))
    with pytest.raises(ColumnsUnclearError, match="choose the columns"):
        formats.read_all(path)


def test_chi_of_r_is_refused(tmp_path):
    r = 0.03 * np.arange(300)
    path = write(tmp_path / "a.dat", "# chi(R)\n# r chir_re chir_im\n"
                 + rows(r, np.sin(r), np.cos(r)))  # fmt: skip
    with pytest.raises(FormatError, match="named r"):
        formats.read_measured(path)


TWO_EDGES = np.concatenate([grid(7112.0, 10.0), np.arange(7494.0, 8320.0, 4.0), ENERGY])
TWO_EDGES = np.unique(TWO_EDGES[(TWO_EDGES < 8133.0) | np.isin(TWO_EDGES, ENERGY)])
BOTH = mu_of(TWO_EDGES, 7112.0) + 0.7 * (
    mu_of(TWO_EDGES) - 0.4 + 3e-4 * (TWO_EDGES - E0)
)


def test_the_edge_of_the_absorber_is_taken_of_two(tmp_path):
    path = write(tmp_path / "a.xmu", "# energy mu\n" + rows(TWO_EDGES, BOTH))
    spectrum = reduced(path, Reading(absorber=Absorber("Ni", "K")))
    assert spectrum.e0 == pytest.approx(E0, abs=1.0)
    assert difference(spectrum) < 0.1
    assert "cut below 8100 eV" in said(spectrum)
    plain = reduced(path)
    assert plain.e0 == pytest.approx(7112.0, abs=1.0)
    assert "second edge" in said(plain)


def test_e0_is_behind_a_peak_before_the_edge(tmp_path):
    energy = grid(5479.0)
    peak = 0.7 / (1.0 + ((energy - 5469.5) / 1.2) ** 2)
    path = write(tmp_path / "a.xmu", rows(energy, mu_of(energy, 5479.0) + peak))
    assert reduced(path).e0 == pytest.approx(5479.0, abs=2.0)


def test_e0_of_a_dense_noisy_scan_stays_at_the_edge(tmp_path):
    energy = np.arange(8133.0, 9400.0, 0.05)
    found = []
    for seed in range(4):
        noise = 0.01 * np.random.default_rng(seed).normal(size=energy.size)
        text = rows(energy, mu_of(energy) + noise)
        found.append(reduced(write(tmp_path / f"{seed}.xmu", text)).e0)
    assert np.ptp(found) < 1.5
    assert np.mean(found) == pytest.approx(E0, abs=1.0)


@pytest.mark.parametrize("name", ["norm", "flat", "normalized"])
def test_the_step_of_a_normalised_column_is_one(tmp_path, name):
    energy = ENERGY[(ENERGY > 8285.0) & (ENERGY < 8812.0)]
    mu = mu_of(energy) - 0.4 + 3e-4 * (energy - E0)
    path = write(tmp_path / "a.nor", f"# energy {name}\n" + rows(energy, mu))
    spectrum = reduced(path)
    k = spectrum.k[(spectrum.k > 3.0) & (spectrum.k < 10.0)]
    chi = spectrum.chi[(spectrum.k > 3.0) & (spectrum.k < 10.0)]
    true = k**2 * np.interp(k, TRUE_K, TRUE_CHI)
    assert np.dot(k**2 * chi, true) / np.dot(true, true) == pytest.approx(1.0, abs=0.02)


PARAMETERS = {
    "label": "foil", "bkg_z": "Ni", "fft_edge": "k", "bkg_e0": "8333",
    "bkg_rbkg": "1.6", "bkg_kw": "3", "bkg_spl1": "0", "bkg_spl2": "15",
    "bkg_nor1": "150", "bkg_nor2": "900", "is_xmu": "1",
}  # fmt: skip


@pytest.mark.parametrize("is_json", [False, True])
def test_a_project_is_reduced_with_its_own_parameters(tmp_path, is_json):
    path = tmp_path / "a.prj"
    group = (PARAMETERS, ENERGY, MU)
    content = json_project(group).encode() if is_json else perl_project(group)
    path.write_bytes(content)
    ((spectrum, reduction),), _ = measured_spectra(path)
    settings = reduction.settings
    assert (settings.rbkg, settings.k_weight, settings.k_max) == (1.6, 3, 15.0)
    assert (settings.norm1, settings.norm2) == (150.0, 900.0)
    assert "rbkg 1.6 Å, k-weight 3" in said(spectrum)
    ((other, _),), _ = measured_spectra(path, reading=Reading(rbkg=1.0, k_weight=2))
    assert not np.allclose(other.chi, spectrum.chi)


@pytest.mark.parametrize("is_json", [False, True])
def test_the_element_h_means_that_none_is_known(tmp_path, is_json):
    group = (PARAMETERS | {"bkg_z": "H"}, ENERGY, MU)
    path = tmp_path / "a.prj"
    path.write_bytes(json_project(group).encode() if is_json else perl_project(group))
    assert reduced(path).element == ""


def test_a_reference_channel_goes_with_its_sample(tmp_path):
    sample = (PARAMETERS | {"referencegroup": "g1"}, ENERGY, MU)
    reference = (PARAMETERS | {"label": "  Ref foil", "referencegroup": "g0"},
                 ENERGY, 2.0 * MU)  # fmt: skip
    path = tmp_path / "a.prj"
    path.write_bytes(perl_project(sample, reference))
    (found,) = formats.read_all(path).measured
    assert isinstance(found, Absorption)
    assert found.reference == pytest.approx(2.0 * MU, abs=1e-5)


def test_nxxas_says_what_its_datasets_are(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        for name in ("one", "two"):
            entry = file.create_group(name)
            entry["definition"] = "NXxas"
            entry["energy"], entry["intensity"] = ENERGY, MU
            entry["instrument/i0/data"] = I0
            entry["element/symbol"], entry["edge/name"] = "Ni", "K"
    found = formats.read_all(path).measured
    assert [one.name for one in found] == ["one", "two"]
    assert {(one.element, one.edge) for one in found} == {("Ni", "K")}
    np.testing.assert_allclose(found[0].mu, MU)


def test_a_short_pre_edge_is_read_with_a_warning(tmp_path):
    keep = ENERGY > E0 - 26.0
    path = write(tmp_path / "a.xmu", rows(ENERGY[keep], MU[keep]))
    assert "begins only" in said(reduced(path))


def test_steps_of_a_motor_are_refused(tmp_path):
    steps = np.rint(8000.0 * ANGLE)
    path = write(tmp_path / "a.dat", "# steps i0 it\n" + rows(steps, I0, IT))
    with pytest.raises(FormatError, match="steps of a motor"):
        formats.read_all(path)


def test_angles_without_a_spacing_are_refused(tmp_path):
    path = write(tmp_path / "a.dat", "# theta i0 it\n" + rows(ANGLE, I0, IT))
    with pytest.raises(ColumnsUnclearError, match="names no lattice spacing"):
        formats.read_all(path)
    chosen = Reading(columns_in("angle=1 d=3.13554 i0=2 itrans=3"))
    assert difference(reduced(path, chosen)) < 0.1


@pytest.mark.parametrize(("width", "is_read"), [(0.4, True), (0.8, False)])
def test_a_gap_is_read_or_refused(tmp_path, width, is_read):
    k = np.sqrt(np.clip(ENERGY - E0, 0.0, None) / HBAR2_OVER_2M)
    keep = (k < 11.0) | (k > 11.0 + width)
    path = write(tmp_path / "a.xmu", rows(ENERGY[keep], MU[keep]))
    if is_read:
        assert difference(reduced(path)) < 0.1
    else:
        with pytest.raises(FormatError, match="no points between"):
            reduced(path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (rows(ENERGY, 0.0 * MU), "in every row"),
        (rows(ENERGY[ENERGY > 8320.0], MU[ENERGY > 8320.0]), "starts further below"),
    ],
)
def test_what_has_no_signal_or_no_pre_edge_is_refused(tmp_path, text, words):
    with pytest.raises(FormatError, match=words):
        reduced(write(tmp_path / "a.xmu", "# energy mu\n" + text))


MUTATED = [*READ, "spec", "json"]


@pytest.mark.parametrize("name", MUTATED)
def test_mutants_are_read_within_the_checks_or_refused(tmp_path, name):
    texts = {
        "spec": "#S 1 a\n#L Energy  I0  I1\n" + rows(ENERGY, I0, IT),
        "json": json_project((PARAMETERS, ENERGY, MU)),
    } | READ
    rng = np.random.default_rng(len(name))
    content = texts[name].encode()
    for _ in range(15):
        damaged = bytearray(content)
        for _ in range(rng.integers(1, 6)):
            at = int(rng.integers(0, max(1, min(len(damaged), 4000))))
            new = rng.integers(0, 256, rng.integers(0, 4), dtype=np.uint8)
            damaged[at : at + int(rng.integers(0, 6))] = bytes(new)
        path = tmp_path / f"a{Path(name).suffix}"
        path.write_bytes(bytes(damaged))
        try:
            found = formats.read_all(path).measured
        except FormatError:
            continue
        for one in found:
            is_mu = isinstance(one, Absorption)
            x, y = (one.energy, one.mu) if is_mu else (one.k, one.chi)
            assert (np.diff(x) > 0.0).all()
            assert np.isfinite(y).all()
            assert not is_mu or 100.0 <= x[0] <= x[-1] <= 200_000.0
