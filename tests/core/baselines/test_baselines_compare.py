"""Networks, fits and inversion beside each other: stage, report, command."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from onne_core.baselines.inversion import InversionSettings, amplitudes, inverted
from onne_core.errors import BundleError, FitError
from onne_core.first_shell.shell_fit import path_chi
from onne_core.pipeline.analysis.comparing import compare
from onne_core.posterior.predict import Ensemble
from onne_core.results import conventional_report
from onne_core.values.conventional import (
    Comparison,
    FittedShell,
    ShellModel,
    best_fitted,
    fitted_distribution,
)
from onne_core.values.prediction import Estimate, MeasurementSettings
from onne_core.values.radial import RadialGrid, moments
from onne_core.values.spectrum import k_grid
from tests.core import tiny_ensemble
from tests.core.baselines.test_baselines import chi_of, gaussian, model, table
from tests.core.cli.test_cli import code_of, write_chi

LABELS = ["Ni-O", "Ni-Ni 1", "Ni-Ni 2"]
QUANTITIES = np.array([[6.0, 2.05, 0.07], [6.0, 2.95, 0.07], [10.0, 3.55, 0.07]])
"""N (1), R (Å), sigma (Å) of the shells of the measured spectrum."""


@pytest.fixture(scope="module")
def comparison(tiny: Ensemble) -> Comparison:
    spectrum = tiny_ensemble.spectrum_of(QUANTITIES, name="foil")
    settings = MeasurementSettings(e0_shift=0.5, s02=1.0, s02_std=0.02)
    return compare(tiny.predict(spectrum, settings), tiny)


def test_the_nearest_shell_and_all_shells_are_fitted(comparison: Comparison) -> None:
    first, every = comparison.analyses.fits
    assert [shell.label for shell in first.shells] == LABELS[:1]
    assert [shell.label for shell in every.shells] == LABELS
    (oxygen,) = first.shells
    assert oxygen.trusted
    assert oxygen.c3 is not None
    assert oxygen.distance.value == pytest.approx(2.05, abs=0.01)
    assert oxygen.sigma2.value == pytest.approx(0.0049, rel=0.1)
    assert oxygen.coordination_number.value == pytest.approx(6.0, rel=0.1)
    # The E0 of the prediction is where the fit starts, not where it stays.
    assert first.e0_shift.value != pytest.approx(0.5, abs=0.05)
    assert first.e0_shift.value == pytest.approx(0.0, abs=1.5)
    assert not any(shell.trusted for shell in every.shells)


def test_every_fit_says_how_good_it_is(comparison: Comparison) -> None:
    words = conventional_report.lines(comparison)
    for fit in comparison.analyses.fits:
        (line,) = (text for text in words if f"R-factor {fit.r_factor:.2g}," in text)
        assert f"{fit.independent_points:.1f} independent points" in line
        assert f"for {len(fit.names)} variables" in line
        assert "strongest correlation" in line
    rows = conventional_report.table_rows(comparison)
    fitted = [row for row in rows if row[1].startswith("fit")]
    assert len(fitted) == 4
    assert all(float(row[-1]) >= 0.0 for row in fitted)


def test_what_is_doubted_is_marked_and_explained(comparison: Comparison) -> None:
    rows = conventional_report.table_rows(comparison)
    assert {len(row) for row in rows} == {len(conventional_report.TABLE_HEAD)}
    marked = {(row[0], row[1]) for row in rows if row[1].endswith("!")}
    assert ("Ni-Ni 2", "fit of 3 shells !") in marked
    assert ("Ni-O", "fit of Ni-O") not in marked
    words = conventional_report.lines(comparison)
    (line,) = (text for text in words if text.startswith("! fit of 3 shells: mul"))
    assert "Ni-Ni 2" in line


def test_s02_is_what_a_known_number_gives(comparison: Comparison) -> None:
    remark = comparison.analyses.remarks[0]
    assert remark.startswith("With N = 6 the fit of Ni-O gives S0² = ")
    assert float(remark.split("= ")[2].split(" ")[0]) == pytest.approx(1.0, abs=0.1)


def test_the_csv_holds_every_method(comparison: Comparison, tmp_path: Path) -> None:
    path = tmp_path / "foil.compare.csv"
    conventional_report.write_csv(comparison, path)
    text = [line for line in path.read_text().splitlines() if line[0] != "#"]
    rows = list(csv.DictReader(text))
    assert [row["shell"] for row in rows if row["method"] == "networks"] == LABELS
    (fit,) = (row for row in rows if row["method"] == "fit of Ni-O")
    shell = comparison.analyses.fits[0].shells[0]
    assert float(fit["R"]) == pytest.approx(shell.distance.value, rel=1e-5)
    assert float(fit["R std"]) == pytest.approx(shell.distance.std, rel=1e-5)
    assert float(fit["N S02"]) == pytest.approx(shell.amplitude.value, rel=1e-5)
    assert fit["trusted"] == "yes"
    tikhonov = [row for row in rows if row["method"] == "Tikhonov"]
    assert len(tikhonov) == 3
    assert {row["R std"] for row in tikhonov} == {""}


def test_the_json_holds_every_number(comparison: Comparison) -> None:
    content = conventional_report.comparison_to_json(comparison)
    record = json.loads(json.dumps(content, allow_nan=False))
    first = record["fits"][0]
    assert len(first["correlations"]) == len(first["variables"]) == 5
    assert first["shells"][0]["distance"]["value"] == pytest.approx(2.05, abs=0.01)
    assert first["shells"][0]["c3"] is not None
    assert record["fits"][1]["shells"][0]["c3"] is None
    assert [len(g) for g in record["inversion"]["g"].values()] == [65, 65]
    assert record["remarks"] == list(comparison.analyses.remarks)


def test_a_shell_without_path_is_named(tiny: Ensemble, comparison: Comparison) -> None:
    paths = {"Ni-O": tiny.paths["Ni-O"], "Ni-Ni 2": tiny.paths["Ni-Ni 2"]}
    bare = replace(tiny, paths=paths)
    with pytest.raises(BundleError, match="tiny has no scattering path of Ni-Ni 1"):
        compare(comparison.prediction, bare)


def test_data_for_one_shell_only_give_one_fit_and_say_so(tiny: Ensemble) -> None:
    spectrum = tiny_ensemble.spectrum_of(QUANTITIES, k_grid(8.9), name="short")
    prediction = tiny.predict(spectrum, MeasurementSettings())
    found = compare(prediction, tiny).analyses
    assert len(found.fits) == 1
    assert found.fits[0].shells[0].c3 is None
    starts = [text.split(": short:")[0] for text in found.remarks if ": short:" in text]
    assert starts == ["C₃ was not fitted", "No fit of all shells"]


def test_the_command_shows_all_methods_and_adds_them_to_its_files(
    tiny_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spectrum = tiny_ensemble.spectrum_of(QUANTITIES)
    foil = write_chi(tmp_path / "foil.chi", spectrum.k, spectrum.chi)
    where = ("--ensemble", tiny_folder, "--out", tmp_path / "out")
    assert code_of("predict", foil, *where, "--compare") == 0
    printed = capsys.readouterr().out
    for word in ("networks", "fit of Ni-O", "Tikhonov", "R-factor", "compare.csv"):
        assert word in printed
    record = json.loads((tmp_path / "out" / "foil.json").read_text(encoding="utf-8"))
    assert set(record["comparison"]) == {"fits", "inversion", "remarks"}
    assert (tmp_path / "out" / "foil.compare.csv").is_file()


def test_the_inversion_uses_the_paths_of_the_fit() -> None:
    k = k_grid(14.0)[40:]
    near, far = model(path=table(2.5)), model("Ni-Ni 3", path=table(4.3))
    found = amplitudes(k, np.array([2.5, 4.3]), [far, near])
    for column, path in enumerate((table(2.5), table(4.3))):
        length = path[5, 0]
        expected = path_chi(k, path, np.array([1.0, length, 0.0, 0.0, 0.0]))
        tolerance = 1e-3 * np.abs(expected).max()
        assert found[:, column] == pytest.approx(expected, abs=tolerance)


def test_between_two_paths_the_wave_is_the_same_from_either() -> None:
    k = k_grid(14.0)[40:]
    one = amplitudes(k, np.array([3.1]), [model()])
    two = amplitudes(k, np.array([3.1]), [model(), model("b", path=table(4.3))])
    # Both tables are of one wave whose amplitude does not depend on the distance.
    assert two == pytest.approx(one, abs=1e-3 * np.abs(one).max())


def invert(chi: np.ndarray, shells: tuple[ShellModel, ...], *, noise: float = 1e-4):
    k = k_grid(18.0)
    inside = (k > 1.9) & (k < 15.1)
    settings = InversionSettings(
        k_min=3.0,
        k_max=14.0,
        k_weight=2,
        taper=2.0,
        r_filter=(1.0, 3.0),
        radial=RadialGrid(1.6, 4.0, 0.02),
        noise=noise,
    )
    limits = {shell.label: (2.2, 2.8) for shell in shells}
    return inverted(k[inside], chi[inside], shells, settings, limits=limits)


def test_the_inversion_finds_a_shell() -> None:
    chi = chi_of(gaussian(2.49, 0.0055), number=12.0)
    found = invert(chi, (model(),))
    (shell,) = found.shells
    assert shell.distance == pytest.approx(2.49, abs=0.02)
    assert shell.coordination_number == pytest.approx(12.0, rel=0.2)
    assert shell.sigma2 == pytest.approx(0.0055, abs=0.002)
    assert found.r_factor < 0.01
    assert found.partials["Ni-Ni"].min() >= 0.0
    assert shell.trusted


def test_nothing_cannot_be_inverted() -> None:
    with pytest.raises(FitError, match="nothing to invert"):
        invert(np.zeros(k_grid(18.0).size), (model(),))


def test_elements_at_the_same_distance_are_not_told_apart_and_it_says_so() -> None:
    other = table(2.5)
    other[2] += np.pi
    two = (model(), model("Ni-S", pair="Ni-S", path=other))
    found = invert(chi_of(gaussian(2.49, 0.0055), number=12.0), two)
    assert list(found.partials) == ["Ni-Ni", "Ni-S"]
    assert [shell.trusted for shell in found.shells] == [False, False]
    assert found.shells[0].remark == "not separable from Ni-S"


def test_a_fitted_distribution_has_the_moments_of_the_fit():
    r = np.arange(1.6, 4.0, 0.005)
    shell = FittedShell(
        label="Ni-Ni 1",
        pair="Ni-Ni",
        amplitude=Estimate(10.2, 0.3),
        coordination_number=Estimate(12.0, 0.4),
        distance=Estimate(2.49, 0.003),
        sigma2=Estimate(0.0064, 3e-4),
        c3=Estimate(1.2e-4, 4e-5),
        r_factor=0.003,
        trusted=True,
    )
    g = fitted_distribution((shell,), r)["Ni-Ni"]
    found = moments(r, g, r_min=1.7, r_max=3.5)
    assert found.coordination == pytest.approx(12.0, rel=2e-3)
    assert found.distance == pytest.approx(2.49, abs=1e-3)
    assert found.sigma2 == pytest.approx(0.0064, rel=2e-2)
    assert found.c3 == pytest.approx(1.2e-4, rel=5e-2)
    both = fitted_distribution((shell, shell), r)["Ni-Ni"]
    assert both == pytest.approx(2.0 * g)


def test_every_shell_is_taken_from_the_fit_of_the_fewest(comparison: Comparison):
    found = best_fitted(comparison)
    assert [shell.label for shell in found] == LABELS
    assert found[0] is comparison.analyses.fits[0].shells[0]
    assert found[1] is comparison.analyses.fits[1].shells[1]
