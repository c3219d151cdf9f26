"""Files, projects, systems and ensembles that come in, through real processes."""

import errno
import json
import os
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
from PySide6.QtCore import QByteArray, Qt, QUrl
from PySide6.QtWidgets import QAbstractButton, QLabel

from app.frame.drop_panel import path_of
from app.session.file_kinds import arrivals_of, kind_of, sentence_of
from app.widgets import dialogs
from app.work import stages
from app.work.stages import Opened, read_spectra
from onne_core import storage
from onne_core.digest import digest
from onne_core.formats.known import write_known_distribution
from onne_core.jobs import run
from onne_core.values.project import Project, with_entry, with_spectra
from tests.app.fakes import (
    ROOT,
    SYSTEM,
    FakeService,
    foil_ensemble,
    open_desk,
)
from tests.app.foil import foil_entry, foil_known, foil_spectrum
from tests.app.seen import lines_in, read_in

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


def remedy_of(banner, text: str) -> QAbstractButton:
    (found,) = (b for b in banner.findChildren(QAbstractButton) if b.text() == text)
    return found


def banners(desk) -> list[str]:
    return [banner.notice.title for banner in desk.window.banners.banners()]


def test_a_file_is_read_in_the_background_and_analysed(desk, tmp_path):
    path = write_chi(tmp_path / "foil.chi")
    desk.window.opening.open_spectra([path])
    assert desk.window.current == "analysis"
    assert desk.window.status.cancel.isVisible()
    assert "Reading foil.chi" in desk.window.status.job.text()
    desk.settle()
    assert desk.project.entry.source == str(path)
    assert len(desk.project.entry.sha256) == 64
    assert desk.session.view().prediction is not None
    assert desk.window.status.job.text() == "No job running"


def test_a_damaged_file_is_named_and_the_others_open(desk, tmp_path):
    good = write_chi(tmp_path / "good.chi")
    bad = tmp_path / "bad.chi"
    bad.write_text("# k chi\n1 2\n3 nan\n")
    desk.window.opening.open_spectra([bad, good, tmp_path / "missing.chi"])
    desk.settle()
    assert [entry.name for entry in desk.project.spectra] == ["good"]
    assert banners(desk) == [
        "bad.chi could not be opened",
        "missing.chi could not be opened",
    ]
    banner = desk.window.banners.banners()[0]
    desk.click(banner.toggle)
    assert f"File: {bad}" in banner.details.toPlainText()
    assert "FormatError" in banner.details.toPlainText()


def test_reading_can_be_cancelled(desk, tmp_path):
    path = write_chi(tmp_path / "foil.chi")
    desk.window.opening.open_spectra([path])
    desk.click(desk.window.status.cancel)
    # Within the click itself, before anything else happens.
    assert desk.window.status.job.text() == "Cancelling Reading foil.chi…"
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
    monkeypatch.setattr(dialogs.FileDialogs, "file", lambda *a: a[-1](path))
    desk.window.actions_by_name["known"].trigger()
    desk.settle()
    assert desk.project.entry.known.source == str(path)
    assert "md.gr.csv" in lines_in(desk.analysis.compare)


def test_a_known_distribution_needs_a_spectrum(desk, tmp_path):
    desk.window.opening.open_known(tmp_path / "md.gr.csv")
    assert banners(desk) == ["md.gr.csv could not be opened"]


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
    monkeypatch.setattr(dialogs.FileDialogs, "place", lambda *_, **__: place)
    desk.keys("Ctrl+S")
    desk.settle()
    assert desk.session.document.path == tmp_path / "work.onne"
    assert not desk.session.document.is_modified
    saved = desk.project.digest
    desk.session.edit(with_entry(desk.project, 1, e0=-1.0), "edit again")
    assert "edited" in read_in(desk.window)
    desk.keys("Ctrl+S")
    desk.window.opening.projects.open(tmp_path / "work.onne")
    desk.settle()
    assert desk.project.digest != saved
    assert desk.project.spectra[1].e0 == -1.0
    assert desk.preferences.recent == (tmp_path / "work.onne",)
    assert desk.window.windowTitle() == "work – ONNE"


def test_what_another_window_has_saved_is_not_written_over(desk, tmp_path):
    place = tmp_path / "work.onne"
    desk.add(foil_entry("a"))
    assert desk.window.opening.projects.save_now(place)
    assert desk.window.opening.projects.save_now(place)  # one's own is replaced unasked
    other = storage.load(place)
    storage.save(with_entry(other, 0, e0=7.0), place)
    desk.session.edit(with_entry(desk.project, 0, e0=-1.0), "edit")
    assert not desk.window.opening.projects.save_now(place)
    assert storage.load(place).spectra[0].e0 == 7.0
    assert desk.session.document.is_modified
    (banner,) = desk.window.banners.banners()
    assert "another window, has saved it" in banner.notice.text
    desk.click(remedy_of(banner, "Overwrite"))
    desk.settle()
    assert storage.load(place).spectra[0].e0 == -1.0
    assert not desk.session.document.is_modified
    (banner,) = desk.window.banners.banners()
    assert "Saved in" in banner.notice.text


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

    desk.click(pressable("Remove"))
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
    desk.window.opening.projects.open(folder)
    desk.settle()
    assert banners(desk) == ["broken.onne could not be opened"]
    assert len(desk.project.spectra) == 1


def test_a_system_file_shows_its_ranges(desk):
    desk.window.opening.open_paths([SYSTEM])
    assert desk.window.current == "shells"
    assert desk.project.system.name == "Ni foil"


def test_a_wrong_system_file_is_refused_with_its_place(desk, tmp_path):
    path = tmp_path / "wrong.json"
    path.write_text('{"schema": 1, "absorber": "Xx", "edge": "K", "shells": []}')
    desk.window.opening.open_paths([path])
    (banner,) = desk.window.banners.banners()
    assert "absorber" in banner.notice.text


def test_a_folder_without_an_ensemble_is_refused(desk, tmp_path):
    desk.window.opening.open_ensemble(tmp_path)
    assert banners(desk) == [f"{tmp_path.name} could not be opened"]


def test_a_project_whose_ensemble_is_gone_says_so(qtbot, tmp_path):
    service = FakeService(offered=(foil_ensemble(),))
    desk = open_desk(qtbot, tmp_path, service=service)
    project = with_spectra(Project(ensemble="lost"), (foil_entry(),))
    storage.save(project, tmp_path / "a.onne")
    desk.window.opening.projects.open(tmp_path / "a.onne")
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
    assert kind_of(project / storage.PROJECT_FILE) == "project"
    assert kind_of(tmp_path / "a.onne.zip") == "project"
    assert kind_of(tmp_path / "NiO.CIF") == "structure"
    assert kind_of(tmp_path / "POSCAR") == "structure"


def test_what_cannot_be_looked_at_is_taken_as_a_file_and_refused(tmp_path):
    for name in ("x" * 300, "a\0b"):
        assert kind_of(tmp_path / name) == "spectra"
        assert kind_of(tmp_path / f"{name}.json") == "recipe"
    os.mkfifo(tmp_path / "pipe.json")
    assert kind_of(tmp_path / "pipe.json") == "recipe"
    opened = read_now(tmp_path / ("x" * 300), tmp_path / "a\0b")
    assert [one.kind for one in opened.refused] == 2 * ["FormatError"]


def read_now(*paths: Path) -> Opened:
    return run(read_spectra(tuple(map(str, paths))))


def test_a_folder_that_cannot_be_listed_stops_no_other(tmp_path, monkeypatch):
    (tmp_path / "mine").mkdir()
    (tmp_path / "locked").mkdir()
    write_chi(tmp_path / "mine" / "2²1.chi")
    write_chi(tmp_path / "mine" / "²1.chi")
    listed = Path.iterdir

    def refuse(self: Path):
        if self.name == "locked":
            raise PermissionError(errno.EACCES, "Permission denied")
        return listed(self)

    monkeypatch.setattr(Path, "iterdir", refuse)
    opened = read_now(tmp_path / "locked", tmp_path / "mine")
    assert len(opened.entries) == 2
    assert "cannot be listed (Permission denied)" in opened.refused[0].message


def test_a_file_that_goes_away_while_it_is_read_stops_no_other(tmp_path, monkeypatch):
    first, second = write_chi(tmp_path / "a.chi"), write_chi(tmp_path / "b.chi")
    whole = stages.digest_of_file

    def vanish(path: Path) -> str:
        if path == first:
            raise FileNotFoundError(errno.ENOENT, "No such file or directory")
        return whole(path)

    monkeypatch.setattr(stages, "digest_of_file", vanish)
    opened = read_now(first, second)
    assert [entry.source for entry in opened.entries] == [str(second)]
    assert "disappeared while being read" in opened.refused[0].message


@pytest.mark.skipif(os.name != "posix", reason="names are text there")
def test_dropped_names_that_are_no_text_are_found(tmp_path):
    for name in (
        b"na\xefve 100%.chi",
        "a%20b\n\N{CJK UNIFIED IDEOGRAPH-9285}".encode(),
    ):
        url = QUrl.fromEncoded(QByteArray(b"file:///tmp/" + quote(name).encode()))
        assert path_of(url) == Path(os.fsdecode(b"/tmp/" + name))


def test_the_names_of_files_are_no_hypertext(desk, tmp_path):
    desk.window.opening.open_spectra([tmp_path / "<h1>a<img src='x'>.chi"])
    desk.settle()
    (banner,) = desk.window.banners.banners()
    labels = banner.findChildren(QLabel)
    assert any("<h1>a<img src='x'>.chi" in one.text() for one in labels)
    assert {one.textFormat() for one in labels} == {Qt.TextFormat.PlainText}


def said(*paths: Path, has_work: bool = False) -> str:
    return sentence_of(arrivals_of(paths), has_work=has_work)


def test_the_drop_panel_says_what_will_happen_to_every_kind(tmp_path):
    project = tmp_path / "a.onne"
    storage.save(Project(), project)
    one, two = tmp_path / "x.xdi", tmp_path / "y.xdi"
    assert said(project, has_work=True) == "Open project a and close this one"
    assert said(one) == "Add x.xdi to Analysis"
    assert said(tmp_path / "NiO.cif") == "Take ranges from NiO.cif"
    assert said(one, tmp_path / "md.gr.csv", two) == (
        "Add 2 spectra to Analysis, then compare md.gr.csv with the selected spectrum"
    )
    assert said(one, project) == "Open project a, then add x.xdi to Analysis"
    assert said(tmp_path / "a.json", tmp_path / "b.json") == (
        "Show the ranges of a.json (one at a time; 1 more ignored)"
    )


def test_a_spectrum_and_its_known_distribution_are_dropped_together(desk, tmp_path):
    path = write_chi(tmp_path / "foil.chi")
    known = tmp_path / "md.gr.csv"
    write_known_distribution(known, foil_known().distribution, ("from dynamics",))
    desk.window.commands.drop([known, path])
    desk.settle()
    desk.qtbot.waitUntil(
        lambda: desk.project.entry is not None and desk.project.entry.known is not None,
        timeout=60_000,
    )
    assert desk.project.entry.source == str(path)
    desk.settle()


def standard_file(path: Path) -> Path:
    path.write_text('{"format": "onne-standard", "schema": 1}')
    return path


def test_a_standard_is_known_by_its_name_or_its_content(tmp_path):
    assert kind_of(tmp_path / "cu.STANDARD.json") == "standard"
    assert kind_of(standard_file(tmp_path / "renamed.json")) == "standard"
    assert kind_of(tmp_path / "missing.json") == "recipe"
    assert said(tmp_path / "cu.standard.json", tmp_path / "x.xdi") == (
        "Add x.xdi to Analysis, then correct with the standard cu.standard.json"
    )


@pytest.mark.parametrize("way", ["drop", "open", "open_system"])
def test_a_standard_corrects_the_selected_spectrum(desk, tmp_path, monkeypatch, way):
    desk.add(foil_entry("a"), foil_entry("b", stretch=1.01))
    desk.session.select(1)
    desk.window.show_tab("shells")
    path = standard_file(tmp_path / "cu.standard.json")
    if way == "drop":
        desk.window.commands.drop([path])
    else:
        monkeypatch.setattr(dialogs.FileDialogs, "files", lambda *a: a[-1]([path]))
        monkeypatch.setattr(dialogs.FileDialogs, "file", lambda *a: a[-1](path))
        desk.window.actions_by_name[way].trigger()
    desk.settle()
    first, second = desk.project.spectra
    assert (first.standard, second.standard.source) == (None, str(path))
    assert desk.window.current == "analysis"
    desk.keys("Ctrl+Z")
    assert desk.project.spectra[1].standard is None
    desk.settle()


def test_a_standard_without_a_spectrum_says_so(desk, tmp_path):
    desk.window.commands.drop([standard_file(tmp_path / "cu.standard.json")])
    (banner,) = desk.window.banners.banners()
    assert "No spectrum to correct. Open one first." in banner.notice.text


def test_spectra_and_their_standard_are_dropped_together(desk, tmp_path):
    desk.add(foil_entry("old"))
    path = standard_file(tmp_path / "cu.standard.json")
    new = [write_chi(tmp_path / f"{name}.chi") for name in "ab"]
    desk.window.commands.drop([path, *new])
    desk.qtbot.waitUntil(
        lambda: desk.project.spectra[-1].standard is not None, timeout=60_000
    )
    corrected = [entry.standard is not None for entry in desk.project.spectra]
    assert corrected == [False, True, True]
    desk.settle()


@pytest.mark.parametrize("tab", ["series", "structures"])
def test_a_project_opens_on_the_tab_on_which_it_was_left(qtbot, tmp_path, tab):
    first = open_desk(qtbot, tmp_path)
    first.add(foil_entry("a"))
    assert first.window.opening.projects.save_now(tmp_path / "work")
    first.window.show_tab(tab)
    first.settle()
    assert first.window.close()
    second = open_desk(qtbot, tmp_path)
    second.window.opening.projects.open(tmp_path / "work.onne")
    second.settle()
    assert second.window.current == tab
    second.keys("Ctrl+N")
    second.window.show_tab("training")
    second.window.opening.projects.open(tmp_path / "work.onne")
    second.settle()
    assert second.window.current == tab
    for desk in (first, second):
        desk.leave()


def test_a_project_and_spectra_are_dropped_together(desk, tmp_path):
    folder = tmp_path / "work.onne"
    storage.save(with_spectra(Project(), (foil_entry("old"),)), folder)
    path = write_chi(tmp_path / "new.chi")
    desk.window.commands.drop([path, folder])
    desk.qtbot.waitUntil(lambda: len(desk.project.spectra) == 2, timeout=60_000)
    desk.settle()
    assert [entry.name for entry in desk.project.spectra] == ["old", "new"]
    assert desk.session.document.path == folder


def test_a_structure_goes_to_shells(desk, tmp_path):
    path = tmp_path / "NiO.cif"
    with desk.qtbot.waitSignal(desk.window.opening.structure_arrived) as arrived:
        desk.window.opening.open_paths([path])
    assert arrived.args == [path]
    assert desk.window.current == "shells"


def test_reopened_answers_are_there_at_once_and_what_is_seen_is_checked(
    qtbot, tmp_path
):
    first = open_desk(qtbot, tmp_path)
    first.add(foil_entry("a"), foil_entry("b", stretch=1.1))
    assert first.window.opening.projects.save_now(tmp_path / "work")
    answers_then = [outcome.prediction for outcome in first.session.view().outcomes]
    assert first.window.close()
    second = open_desk(qtbot, tmp_path)
    second.window.opening.projects.open(tmp_path / "work.onne")
    second.window.opening.projects.worker.wait()
    outcomes = second.session.view().outcomes
    assert all(outcome.is_current and outcome.is_kept for outcome in outcomes)
    assert [digest(outcome.prediction) for outcome in outcomes] == [
        digest(prediction) for prediction in answers_then
    ]
    assert "computed" in second.window.status.left.text()
    second.settle()
    # A file can be edited: the answer on screen is calculated again.
    assert len(second.service.asked) == 1
    selected = second.project.selected
    for number, outcome in enumerate(second.session.view().outcomes):
        assert outcome.is_kept == (number != selected)
    assert "computed" not in second.window.status.left.text()
    second.session.edit(with_entry(second.project, selected, e0=1.0), "Set E0")
    second.settle()
    assert len(second.service.asked) == 2
    for desk in (first, second):
        desk.leave()


def test_a_forged_answer_gives_way_to_the_calculated_one(qtbot, tmp_path):
    first = open_desk(qtbot, tmp_path)
    first.add(foil_entry("a"))
    true = first.session.view().prediction
    shell = true.shells[0]
    forged = replace(shell, distance=replace(shell.distance, value=9.99, std=0.001))
    results = {
        key: replace(result, prediction=replace(true, shells=(forged,)))
        for key, result in first.session.results().items()
    }
    storage.save(first.project, tmp_path / "forged.onne", results)
    second = open_desk(qtbot, tmp_path)
    second.window.opening.projects.open(tmp_path / "forged.onne")
    second.window.opening.projects.worker.wait()
    second.settle()
    found = second.session.view().prediction.shells
    assert found[0].distance == shell.distance
    for desk in (first, second):
        desk.leave()


def test_a_project_is_exported_as_one_file_and_read_again(desk, tmp_path, monkeypatch):
    desk.add(foil_entry("a"), foil_entry("b", stretch=1.1))
    path = tmp_path / "sent.onne.zip"
    monkeypatch.setattr(dialogs.FileDialogs, "place", lambda *_, **__: path)
    desk.window.actions_by_name["save_archive"].trigger()
    desk.settle()
    assert banners(desk) == ["Exported to sent.onne.zip"]
    sent = desk.project.digest
    desk.keys("Ctrl+N")
    monkeypatch.setattr(dialogs.FileDialogs, "files", lambda *a: a[-1]([path]))
    desk.keys("Ctrl+O")
    desk.settle()
    assert desk.project.digest == sent
    assert desk.session.document.path is None
    assert desk.service.asked[2:] == []


def test_of_a_damaged_project_the_whole_parts_can_be_opened(desk, tmp_path):
    folder = tmp_path / "work.onne"
    project = with_spectra(Project(), (foil_entry("a"), foil_entry("b", stretch=1.1)))
    storage.save(project, folder)
    path = folder / storage.PROJECT_FILE
    content = json.loads(path.read_text())
    content["spectra"][1]["e0"] = "much"
    path.write_text(json.dumps(content))
    desk.window.opening.projects.open(folder)
    desk.settle()
    (banner,) = desk.window.banners.banners()
    desk.click(remedy_of(banner, "Open undamaged parts"))
    desk.settle()
    assert [entry.name for entry in desk.project.spectra] == ["a"]
    assert desk.session.document.is_modified
    assert banners(desk)[-1] == "Opened the undamaged parts of work.onne"


def test_the_recent_projects_are_in_the_menu(desk, tmp_path):
    project = with_spectra(Project(), (foil_entry(),))
    storage.save(project, tmp_path / "here.onne")
    desk.preferences.remember(tmp_path / "here.onne")
    menu = desk.window.menus["recent"]
    menu.aboutToShow.emit()
    first, *_, last = menu.actions()
    assert "here" in first.text()
    first.trigger()
    desk.settle()
    assert len(desk.project.spectra) == 1
    last.trigger()
    assert desk.preferences.recent == ()
