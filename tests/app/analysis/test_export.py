"""What the export dialog offers is written, each kind in its own file."""

import csv
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from app.analysis.export_request import request_of
from app.analysis.export_stage import export
from app.analysis.pictures import FORMS, KNOWN
from app.session.predictions import Outcome
from app.session.service import Question
from app.session.view import View
from app.widgets.export_dialog import KINDS, ExportChoice, ExportDialog
from onne_core.jobs import run
from onne_core.values.project import Project, with_spectra
from tests.app.fake_analysis import STANDARD, comparison_of
from tests.app.fakes import (
    foil_ensemble,
    foil_prediction,
    open_desk,
)
from tests.app.foil import foil_entry, foil_known

NOW = datetime(2026, 3, 1, 4, 20, tzinfo=UTC)


@pytest.fixture(scope="module")
def view() -> View:
    from dataclasses import replace

    entry = replace(foil_entry("Ni <foil>"), known=foil_known(), standard=STANDARD)
    ensemble = foil_ensemble()
    prediction = foil_prediction(Question(entry, ensemble))
    project = replace(with_spectra(Project(), (entry,)), window=(4.0, 12.0), k_weight=3)
    return View(
        project,
        (ensemble,),
        ensemble,
        (Outcome(prediction, is_current=True),),
        comparison=comparison_of(prediction),
    )


@pytest.fixture(scope="module")
def folder(view: View, tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("export")
    kinds = tuple(kind for kind, *_ in KINDS)
    choice = ExportChoice(place / "foil", kinds, "one")
    assert view.prediction is not None
    assert view.entry is not None
    request = request_of(view, view.prediction, view.entry, choice, NOW)
    written = run(export(request))
    assert sorted(written) == sorted(str(place / f"foil.{kind}") for kind in kinds)
    return place


def columns(path: Path) -> dict[str, np.ndarray]:
    lines = [x for x in path.read_text().splitlines() if not x.startswith("#")]
    names = next(csv.reader(lines[:1]))
    values = np.genfromtxt(lines[1:], delimiter=",", filling_values=np.nan)
    return dict(zip(names, values.T, strict=True))


def test_every_kind_of_file_is_written(folder: Path):
    assert len(list(folder.iterdir())) == len(KINDS)


def test_chi_as_read_is_written_beside_the_corrected(folder: Path, view: View):
    found = columns(folder / "foil.chi.csv")
    assert list(found) == [
        "k",
        "chi",
        "chi_back",
        "chi_back_std",
        "residual",
        "chi_read",
    ]
    np.testing.assert_allclose(
        found["chi"] - found["chi_back"], found["residual"], atol=1e-6
    )
    np.testing.assert_allclose(
        found["chi_read"], view.project.spectra[0].spectrum.chi, atol=1e-5
    )


def test_members_and_other_curves_are_written_with_g(folder: Path, view: View):
    found = columns(folder / "foil.csv")
    assert {"Ni-Ni known g(r)", "Ni-Ni inversion", "Ni-Ni cumulant fit"} <= set(found)
    members = view.prediction.pairs["Ni-Ni"].members
    np.testing.assert_allclose(found["Ni-Ni member 10"], members[9], rtol=1e-4)


def test_the_magnitude_has_the_window_of_the_plots(folder: Path):
    text = (folder / "foil.r.csv").read_text()
    assert "Hanning window 4 to 12" in text
    assert "k-weight 3" in text
    assert list(columns(folder / "foil.r.csv")) == [
        "R",
        "chi_read",
        "chi_corrected",
        "chi_back",
    ]


def test_all_methods_are_in_one_table(folder: Path):
    text = (folder / "foil.shells.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    methods = [row["method"] for row in rows if row["shell"] == "Ni-Ni 1"]
    assert methods == [
        "networks",
        "fit of Ni–Ni 1",
        "fit of 4 shells",
        "regularised inversion",
        "known g(r)",
    ]
    assert rows[0]["CN std"] == "fixed"
    assert float(rows[0]["R (Å)"]) == pytest.approx(2.488, abs=1e-3)


def test_the_report_is_one_page_with_everything_in_it(folder: Path, view: View):
    text = (folder / "foil.html").read_text(encoding="utf-8")
    assert "<svg" in text
    assert "Ni &lt;foil&gt;" in text
    assert "Ni <foil>" not in text
    for wanted in (
        view.prediction.digest,
        view.entry.sha256,
        view.ensemble.digest,
        "01 March 2026, 04:20",
        "well within the training range",
        "✓ Distance from the centre",
        STANDARD.title,
        "fit of 4 shells",
        "multiple scattering along straight rows",
        "k 4–12 Å⁻¹, k-weight 3",
        "fixed by training",
    ):
        assert wanted in text, wanted
    assert "http" not in text.split("<svg")[0]
    assert text.count("<table>") == 3


def test_figures_have_the_width_of_a_column(folder: Path):
    root = ElementTree.fromstring((folder / "foil.svg").read_text())
    assert float(root.get("width", "").removesuffix("pt")) == pytest.approx(
        86.0 / 25.4 * 72.0, abs=0.1
    )
    texts = [item.text for item in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "Ni-Ni, cumulant fit" in texts
    assert (folder / "foil.pdf").read_bytes().startswith(b"%PDF")


def test_the_dialog_knows_the_width_and_says_what_it_writes(qtbot, tmp_path):
    desk = open_desk(qtbot, tmp_path)
    desk.add()
    desk.preferences.folder = str(tmp_path)
    desk.keys("Ctrl+E")
    dialog = desk.window.findChild(ExportDialog)
    desk.click(dialog.width_of_figures.buttons[0])
    assert dialog.choice().columns == "one"
    for box in dialog.boxes.values():
        box.setChecked(False)
    assert not dialog.export.isEnabled()
    dialog.boxes["html"].setChecked(True)
    assert not dialog.width_of_figures.isEnabled()
    desk.click(dialog.export)
    desk.settle()
    assert [path.name for path in tmp_path.glob("*.html")] == ["Ni foil.html"]
    desk.leave()


def test_curves_beside_the_prediction_have_the_lines_of_the_window():
    from onne_core.results import figures

    assert {"known", *FORMS} == set(figures.BESIDE_DASHES)
    assert figures.BESIDE_DASHES["known"] == figures.BESIDE_DASHES[KNOWN]
    lines = [*(figures.BESIDE_DASHES[name] for name in FORMS), figures.OTHER_DASHES]
    assert len(set(lines)) == 4
    assert all(dashes for _, dashes in lines)
