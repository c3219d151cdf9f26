"""Reports: CSV, JSON, the table and figures of a prediction."""

import json
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from onne_core.posterior.predict import Ensemble
from onne_core.results import figures as drawing
from onne_core.results import record as records
from onne_core.results import report
from onne_core.results.curves import PlottedPrediction
from onne_core.values.prediction import Estimate, MeasurementSettings, Prediction
from onne_core.values.radial import RadialDistribution
from tests.core import tiny_ensemble

SETTINGS = MeasurementSettings(
    e0_shift=2.5, s02=0.9, s02_std=0.04, s02_source="a standard"
)


@pytest.fixture(scope="module")
def prediction(tiny: Ensemble) -> Prediction:
    spectrum = tiny_ensemble.spectrum_of(
        tiny_ensemble.typical(), name="foil", source="/home/somebody/secret/foil.chi"
    )
    return tiny.predict(spectrum, SETTINGS)


@pytest.fixture(scope="module")
def record(prediction: Prediction) -> dict:
    content = records.prediction_to_json(prediction, file="foil.chi", sha256="0" * 64)
    return json.loads(json.dumps(content, allow_nan=False))


def test_the_csv_has_units_and_digests_above_named_columns(
    prediction: Prediction, tmp_path: Path
) -> None:
    path = tmp_path / "foil.csv"
    records.write_csv(prediction, path)
    lines = path.read_text(encoding="utf-8").splitlines()
    comments = [line for line in lines if line.startswith("#")]
    words = " ".join(comments)
    assert comments == lines[: len(comments)]
    assert "r in Å, g in 1/Å" in words
    assert prediction.digest in words
    assert prediction.ensemble_digest in words
    assert "E0 shift 2.50 eV (given)" in words
    assert "S02 0.900 +- 0.040 (a standard)" in words
    assert "theory error 1.00 of the trained value (measured spectrum" in words
    assert re.search(r"versions onne \S+, xraylarch \S+", words)
    assert lines[len(comments)].split(",") == [
        "r",
        *("Ni-O", "Ni-O lower", "Ni-O upper", "Ni-O lower95", "Ni-O upper95"),
        *("Ni-O lower95whole", "Ni-O upper95whole"),
        *("Ni-Ni", "Ni-Ni lower", "Ni-Ni upper", "Ni-Ni lower95", "Ni-Ni upper95"),
        *("Ni-Ni lower95whole", "Ni-Ni upper95whole"),
    ]


def test_the_csv_holds_the_curves(prediction: Prediction, tmp_path: Path) -> None:
    path = tmp_path / "foil.csv"
    records.write_csv(prediction, path)
    rows = [line for line in path.read_text().splitlines() if line[0] != "#"]
    values = np.array([[float(cell) for cell in row.split(",")] for row in rows[1:]])
    band = prediction.pairs["Ni-Ni"]
    curves = [prediction.r, band.g, band.lower68, band.upper68, band.lower95]
    columns = values[:, [0, 8, 9, 10, 11]].T
    assert columns == pytest.approx(np.array(curves), rel=1e-5, abs=1e-12)


def test_chi_has_a_csv_of_its_own(prediction: Prediction, tmp_path: Path) -> None:
    path = tmp_path / "foil.chi.csv"
    records.write_chi_csv(prediction, path)
    rows = [line for line in path.read_text().splitlines() if line[0] != "#"]
    assert rows[0] == "k,chi,chi_back,chi_back_std,residual"
    values = np.array([[float(cell) for cell in row.split(",")] for row in rows[1:]])
    corrected, back = prediction.corrected, prediction.back
    assert back is not None
    columns = [corrected.k, corrected.chi, back.chi, back.std, back.residual]
    assert pytest.approx(np.array(columns), rel=1e-5, abs=1e-12) == values.T
    assert f"R-factor {back.r_factor_k:.4g} in k (weight 2)" in path.read_text()


def test_an_ensemble_that_cannot_calculate_back_says_so(
    prediction: Prediction, tmp_path: Path
) -> None:
    plain = replace(prediction, back=None)
    path = tmp_path / "foil.chi.csv"
    records.write_chi_csv(plain, path)
    rows = [line for line in path.read_text().splitlines() if line[0] != "#"]
    assert rows[0] == "k,chi"
    content = records.prediction_to_json(plain, file="foil.chi", sha256="0" * 64)
    assert content["back_calculation"] is None
    assert "not available" in report.back_text(None)
    assert svg_of(plain)


def test_the_line_under_the_table_tells_the_r_factor(prediction: Prediction) -> None:
    back = prediction.back
    assert back is not None
    text = report.back_text(back)
    assert f"R-factor {back.r_factor_r:.3f} in R, {back.r_factor_k:.3f} in k" in text
    assert f"at R = {back.largest_at:.1f} Å" in text


def test_a_line_break_in_a_name_ends_no_comment(
    prediction: Prediction, tmp_path: Path
) -> None:
    odd = replace(prediction, spectrum=replace(prediction.spectrum, name="a\nb,c"))
    path = tmp_path / "odd.csv"
    records.write_csv(odd, path)
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first.endswith("partial radial distributions of a b,c")


def test_the_json_has_exactly_its_keys(record: dict) -> None:
    assert set(record) == {
        *("schema", "file", "sha256", "digest", "versions", "ensemble", "settings"),
        *("pairs", "joint", "back_calculation", "shells", "domain", "read"),
    }
    assert set(record["back_calculation"]) == {
        *("k", "chi", "chi_back", "chi_back_std", "chi_back_error", "residual"),
        *("r_factor_k", "r_factor_r", "misfit", "largest", "largest_at"),
    }
    assert set(record["ensemble"]) == {"name", "digest", "members"}
    assert set(record["settings"]) == {
        *("e0_shift", "e0_shift_std", "e0_source", "s02", "s02_std", "s02_source"),
        *("theory", "theory_source", "scale_std", "method", "sample"),
        *("k_min", "k_max", "k_weight"),
    }
    assert set(record["domain"]) == {
        *("verdict", "reasons", "passed", "assumptions", "nearest"),
    }
    for pair in record["pairs"].values():
        assert set(pair) == {
            *("r", "g", "lower", "upper", "coverage", "lower95", "upper95"),
            *("lower95_whole", "upper95_whole"),
        }
    for shell in record["shells"]:
        assert set(shell) == {
            *("label", "pair", "r_min", "r_max", "coordination_number", "distance"),
            *("sigma2", "c3"),
        }
        for name in ("coordination_number", "distance", "sigma2", "c3"):
            assert set(shell[name]) == {
                *("value", "std", "fixed_by_training", "prior", "prior_std", "set_by"),
            }


def test_the_json_says_what_was_predicted(
    record: dict, prediction: Prediction, tiny: Ensemble
) -> None:
    assert (record["file"], record["sha256"]) == ("foil.chi", "0" * 64)
    assert record["ensemble"] == {"name": "tiny", "digest": tiny.digest, "members": 2}
    assert record["settings"]["e0_shift"] == 2.5
    assert record["settings"]["s02"] == 0.9
    assert record["settings"]["k_weight"] == 2
    assert list(record["pairs"]) == ["Ni-O", "Ni-Ni"]
    pair = record["pairs"]["Ni-Ni"]
    assert pair["coverage"] == 0.68
    assert pair["r"] == prediction.r.tolist()
    assert pair["upper"] == prediction.pairs["Ni-Ni"].upper68.tolist()
    oxygen = record["shells"][0]
    assert oxygen["coordination_number"]["fixed_by_training"] is True
    assert oxygen["distance"]["value"] == prediction.shells[0].distance.value
    verdict = prediction.verdict
    assert record["domain"]["verdict"] == verdict.name
    assert record["domain"]["reasons"] + record["domain"]["passed"] == [
        reason.text for reason in verdict.reasons
    ]
    nearest = record["domain"]["nearest"]
    assert [item["separation"] for item in nearest] == [
        item.separation for item in prediction.nearest
    ]
    assert [shell["label"] for shell in nearest[0]["shells"]] == [
        shell.label for shell in prediction.shells
    ]


def test_the_table_of_nearest_spectra_has_a_row_per_shell(prediction) -> None:
    rows = report.nearest_rows(prediction)
    assert len(rows) == len(prediction.nearest) * len(prediction.shells)
    assert all(len(row) == len(report.NEAREST_HEAD) for row in rows)
    first, shell = prediction.nearest[0], prediction.nearest[0].shells[0]
    assert rows[0] == (
        f"{first.separation:.2f}",
        "Ni-O",
        f"{shell.coordination_number:.1f}",
        f"{shell.distance:.3f}",
        f"{1e3 * shell.sigma2:.1f}",
    )
    assert rows[1][0] == ""
    empty = replace(shell, distance=float("nan"), sigma2=float("nan"))
    bare = replace(prediction, nearest=(replace(first, shells=(empty,)),))
    assert report.nearest_rows(bare)[0][3:] == ("none", "none")
    assert report.nearest_rows(replace(prediction, nearest=())) == []


def test_what_is_not_a_number_becomes_null(prediction: Prediction) -> None:
    nowhere = Estimate(float("nan"), float("inf"))
    shell = replace(prediction.shells[0], distance=nowhere)
    content = records.prediction_to_json(
        replace(prediction, shells=(shell,)), file="x", sha256=""
    )
    distance = json.loads(json.dumps(content, allow_nan=False))["shells"][0]["distance"]
    assert (distance["value"], distance["std"], distance["prior"]) == (None,) * 3


@pytest.mark.parametrize(
    ("std", "decimals"),
    [
        (0.012, 3),
        (0.029, 3),
        (0.03, 2),
        (0.3, 1),
        (0.0996, 2),
        (2.4, 1),
        (9.7, 0),
        (120.0, 0),
        (1e-9, report.MOST_DECIMALS),
        (0.0, 3),
        (float("nan"), 3),
        (float("inf"), 3),
    ],
)
def test_decimals_follow_the_uncertainty(std: float, decimals: int) -> None:
    assert report.decimals_of(std) == decimals


@pytest.mark.parametrize(
    ("estimate", "factor", "text"),
    [
        (Estimate(2.4917, 0.012), 1.0, "2.492 ± 0.012"),
        (Estimate(0.00731, 0.0006), 1e3, "7.3 ± 0.6"),
        (Estimate(12.0, 0.0, fixed=True), 1.0, "12 (fixed by training)"),
        (Estimate(-0.004, 0.5), 1.0, "0.0 ± 0.5"),
        (Estimate(float("nan"), 0.1), 1.0, "none"),
    ],
)
def test_estimates_are_written_with_the_decimals_they_deserve(
    estimate: Estimate, factor: float, text: str
) -> None:
    assert report.estimate_text(estimate, factor=factor) == text


def test_the_table_has_a_row_per_shell(prediction: Prediction) -> None:
    rows = report.table_rows(prediction)
    assert [row[0] for row in rows] == ["Ni-O", "Ni-Ni 1", "Ni-Ni 2"]
    assert {len(row) for row in rows} == {len(report.TABLE_HEAD)}
    assert rows[0][2] == "6 (fixed by training)"
    shell = prediction.shells[1]
    assert rows[1][1] == f"{shell.r_min:.2f}-{shell.r_max:.2f}"


def svg_of(prediction: Prediction, columns: drawing.Columns = "two") -> bytes:
    return drawing.rendered(PlottedPrediction(prediction), "svg", columns)


def test_a_figure_can_be_a_picture(prediction: Prediction) -> None:
    png = drawing.rendered(PlottedPrediction(prediction), "png", "two")
    assert png.startswith(b"\x89PNG\r\n\x1a\n")


def test_the_svg_is_well_formed_and_tells_nothing_of_the_machine(
    prediction: Prediction,
) -> None:
    g = prediction.pairs["Ni-O"].g
    known = RadialDistribution(prediction.r, {"Ni-O": g, "Ni-X": g})
    drawn = PlottedPrediction(prediction, beside={"known": known})
    text = drawing.rendered(drawn, "svg", "two").decode()
    root = ElementTree.fromstring(text)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert len(root.findall(".//{http://www.w3.org/2000/svg}path")) > 20
    for private in ("/home/", "secret", str(Path.home())):
        assert private not in text


def test_the_same_prediction_gives_the_same_figure(prediction: Prediction) -> None:
    assert svg_of(prediction) == svg_of(prediction)


def test_settings_of_other_plots_change_no_figure(prediction: Prediction) -> None:
    import matplotlib as mpl

    plain = svg_of(prediction)
    with mpl.rc_context({"font.size": 20, "axes.facecolor": "pink"}):
        other = svg_of(prediction)
        assert mpl.rcParams["font.size"] == 20
    assert plain == other


def test_a_dollar_in_a_name_is_no_formula(prediction: Prediction) -> None:
    odd = replace(prediction.spectrum, name=r"$\nonsense$")
    assert len(svg_of(replace(prediction, spectrum=odd))) > 10_000


def test_a_figure_for_one_column_is_half_as_wide(prediction: Prediction) -> None:
    widths = []
    for columns in ("one", "two"):
        text = svg_of(prediction, columns).decode()
        width = re.search(r'<svg [^>]*width="([\d.]+)pt"', text)
        assert width
        widths.append(float(width[1]) / 72.0)
    assert widths == pytest.approx([86.0 / 25.4, 178.0 / 25.4], abs=0.01)
