"""Files, projects, systems and ensembles that come in, through real processes."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QAbstractButton

from app import dialogs
from app.arrivals import arrival_of, kind_of
from onne_core import storage
from onne_core.formats.known import write_known_distribution
from onne_core.project import Project, with_entry, with_spectra
from tests.app.fakes import (
    ROOT,
    SYSTEM,
    FakeService,
    foil_ensemble,
    foil_entry,
    foil_known,
    foil_spectrum,
    open_desk,
)

MEASURED = ROOT.parent / "shared" / "data" / "measured" / "Ni_metal_rt_01.xdi"


@pytest.fixture
def desk(qtbot, tmp_path):
    made = open_desk(qtbot, tmp_path)
    yield made
    made.leave()


def write_chi(path: Path) -> Path:
    spectrum = foil_spectrum()
    np.savetxt(path, np.column_stack([spectrum.k, spectrum.chi]), header="k chi")
    return path


def banners(desk) -> list[str]:
    return [banner.notice.title for banner in desk.window.banners.banners()]


def test_a_file_is_read_in_the_background_and_analysed(desk, tmp_path):
    path = write_chi(tmp_path / "foil.chi")
    desk.window.opening.open_spectra([path])
    assert desk.window.current == "analysis"
    assert desk.window.status.cancel.isVisible()
    assert "Reading foil.chi" in desk.window.status.job_label().text()
    desk.settle()
    assert desk.project.entry.source == str(path)
    assert len(desk.project.entry.sha256) == 64
    assert desk.session.view().prediction is not None
    assert desk.window.status.job_label().text() == "No job running"


def test_a_damaged_file_is_named_and_the_others_open(desk, tmp_path):
    good = write_chi(tmp_path / "good.chi")
    bad = tmp_path / "bad.chi"
    bad.write_text("# k chi\n1 2\n3 nan\n")
    desk.window.opening.open_spectra([bad, good, tmp_path / "missing.chi"])
    desk.settle()
    assert [entry.name for entry in desk.project.spectra] == ["good"]
    assert banners(desk) == ["bad.chi was not opened", "missing.chi was not opened"]
    banner = desk.window.banners.banners()[0]
    desk.click(banner.toggle)
    assert f"File: {bad}" in banner.details.toPlainText()
    assert "FormatError" in banner.details.toPlainText()


def test_reading_can_be_cancelled(desk, tmp_path):
    path = write_chi(tmp_path / "foil.chi")
    desk.window.opening.open_spectra([path])
    desk.click(desk.window.status.cancel)
    desk.settle()
    assert desk.project.spectra == ()
    assert not desk.window.status.cancel.isVisible()


def test_a_measured_absorption_is_reduced(desk):
    if not MEASURED.is_file():
        pytest.skip(f"The measured spectra are not there: {MEASURED.name}.")
    desk.window.opening.open_spectra([MEASURED])
    desk.settle()
    spectrum = desk.project.entry.spectrum
    assert spectrum.k[-1] > 14.0
    assert np.abs(spectrum.chi[spectrum.k > 3.0]).max() < 0.5


def test_the_example_comes_with_its_known_distribution(desk):
    desk.click(desk.window.page("start").example)
    desk.settle()
    assert desk.project.entry.known is not None
    assert "Ni-Ni" in desk.project.entry.known.distribution.partials


def test_a_known_distribution_is_read_from_the_menu(desk, tmp_path, monkeypatch):
    desk.add()
    path = tmp_path / "md.gr.csv"
    write_known_distribution(path, foil_known().distribution, ("from dynamics",))
    monkeypatch.setattr(dialogs, "ask_file", lambda *_: path)
    desk.window.actions_by_name["known"].trigger()
    desk.settle()
    assert desk.project.entry.known.source == str(path)
    assert desk.analysis.compare._file.text() == "md.gr.csv"


def test_a_known_distribution_needs_a_spectrum(desk, tmp_path):
    desk.window.opening.open_known(tmp_path / "md.gr.csv")
    assert banners(desk) == ["md.gr.csv was not opened"]


def test_a_damaged_known_distribution_is_refused_in_words(desk, tmp_path):
    desk.add()
    path = tmp_path / "md.gr.csv"
    path.write_text("r,Ni-Ni\n1,2\n")
    desk.window.opening.open_known(path)
    desk.settle()
    assert banners(desk) == ["Reading md.gr.csv did not finish"]
    assert desk.project.entry.known is None


def test_a_project_survives_saving_and_opening(desk, tmp_path, monkeypatch):
    desk.add(foil_entry("a"), foil_entry("b", stretch=1.01))
    desk.session.edit(with_entry(desk.project, 0, e0=4.0, known=foil_known()), "edit")
    place = tmp_path / "work"
    monkeypatch.setattr(dialogs, "ask_project_place", lambda *_: place)
    desk.keys("Ctrl+S")
    assert desk.session.document.path == tmp_path / "work.onne"
    assert not desk.session.document.is_modified
    saved = desk.project.digest
    desk.session.edit(with_entry(desk.project, 1, e0=-1.0), "edit again")
    assert "edited" in desk.window._name.text()
    desk.keys("Ctrl+S")
    desk.window.opening.open_project(tmp_path / "work.onne")
    desk.settle()
    assert desk.project.digest != saved
    assert desk.project.spectra[1].e0 == -1.0
    assert desk.preferences.recent == (tmp_path / "work.onne",)
    assert desk.window.windowTitle() == "work – ONNE"


def test_recent_projects_open_from_the_start_page_and_missing_ones_go(desk, tmp_path):
    project = with_spectra(Project(), (foil_entry(),))
    storage.save(project, tmp_path / "here.onne")
    desk.preferences.remember(tmp_path / "gone.onne")
    desk.preferences.remember(tmp_path / "here.onne")
    desk.window.show_tab("start")
    page = desk.window.page("start")

    def pressable(text: str) -> QAbstractButton:
        def found() -> list[QAbstractButton]:
            buttons = page.findChildren(QAbstractButton)
            return [b for b in buttons if b.text() == text and b.isVisible()]

        desk.qtbot.waitUntil(lambda: len(found()) == 1)
        return found()[0]

    desk.click(pressable("Forget"))
    assert desk.preferences.recent == (tmp_path / "here.onne",)
    desk.click(pressable("here"))
    desk.settle()
    assert len(desk.project.spectra) == 1
    assert desk.window.current == "analysis"


def test_a_damaged_project_leaves_the_present_one(desk, tmp_path):
    desk.add()
    folder = tmp_path / "broken.onne"
    folder.mkdir()
    (folder / storage.PROJECT_FILE).write_text("{")
    desk.window.opening.open_project(folder)
    assert banners(desk) == ["broken.onne was not opened"]
    assert len(desk.project.spectra) == 1


def test_a_system_file_shows_its_ranges(desk):
    desk.window.opening.take([SYSTEM])
    assert desk.window.current == "shells"
    assert desk.project.system.name == "Ni foil"


def test_a_wrong_system_file_is_refused_with_its_place(desk, tmp_path):
    path = tmp_path / "wrong.json"
    path.write_text('{"schema": 1, "absorber": "Xx", "edge": "K", "shells": []}')
    desk.window.opening.take([path])
    (banner,) = desk.window.banners.banners()
    assert "absorber" in banner.notice.text


def test_a_folder_without_an_ensemble_is_refused(desk, tmp_path):
    desk.window.opening.open_ensemble(tmp_path)
    assert banners(desk) == [f"{tmp_path.name} was not opened"]


def test_a_project_whose_ensemble_is_gone_says_so(qtbot, tmp_path):
    service = FakeService(offered=(foil_ensemble(),))
    desk = open_desk(qtbot, tmp_path, service=service)
    project = with_spectra(Project(ensemble="lost"), (foil_entry(),))
    storage.save(project, tmp_path / "a.onne")
    desk.window.opening.open_project(tmp_path / "a.onne")
    desk.settle()
    assert banners(desk) == ["Ensemble lost was not found"]
    assert desk.session.ensemble is None


def test_paths_are_known_by_their_names(tmp_path):
    project = tmp_path / "a.onne"
    storage.save(Project(), project)
    ensemble = tmp_path / "nets"
    ensemble.mkdir()
    (ensemble / "manifest.json").write_text("{}")
    assert kind_of(project) == "project"
    assert kind_of(ensemble) == "ensemble"
    assert kind_of(tmp_path / "s.json") == "recipe"
    assert kind_of(tmp_path / "x.gr.csv") == "known"
    assert kind_of(tmp_path / "x.csv") == "spectra"
    sentence = arrival_of([project], has_work=True).sentence
    assert sentence == "Open project a and close this one"
    assert arrival_of([tmp_path / "x.xdi"]).sentence == "Add x.xdi to Analysis"
