"""Pictures of every tab, light and dark, large and small, kept as artefacts."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QScrollArea

from app.frame.window import SMALLEST
from app.session.notice import Notice
from app.session.view import TABS
from app.shells.material.dialog import MaterialDialog
from app.work.stages import SetRequest, TrainRequest
from onne_core.values.project import with_entry
from onne_core.values.recipe import read_recipe
from tests.app.fake_analysis import STANDARD, with_reduction
from tests.app.fakes import (
    ROOT,
    SYSTEM,
    FakeService,
    foil_ensemble,
    open_desk,
)
from tests.app.foil import foil_entry, foil_known
from tests.app.seen import buttons_in, spoken_in
from tests.app.training import fake_making

SCREENS = ROOT / "build" / "artefacts" / "screens"
SIZES = ((1440, 900), (1280, 800))
SMALLEST_FILE = 20_000
"""An empty window of these sizes makes a smaller PNG, bytes."""


def take(window, name: str) -> Path:
    QApplication.processEvents()
    SCREENS.mkdir(parents=True, exist_ok=True)
    path = SCREENS / f"{name}.png"
    assert window.grab().save(str(path))
    return path


def cut_off(window) -> list[str]:
    """Return the labels and buttons whose text does not fit, or leaves the window."""
    found = []
    for item in (*window.findChildren(QAbstractButton), *window.findChildren(QLabel)):
        if not item.isVisible() or not item.text():
            continue
        right = item.mapTo(window, QPoint(item.width(), 0)).x()
        right = max(right, beyond_column(item, window))
        fits = item.width() >= item.minimumSizeHint().width()
        wrapped = isinstance(item, QLabel) and item.wordWrap()
        tall = not wrapped or item.height() >= item.heightForWidth(item.width())
        if not fits or not tall or right > window.width():
            found.append(f"{item.text()}: {item.size().toTuple()}, ends at {right}")
    return found


def beyond_column(item, window) -> int:
    """Return an end outside the window where the item's column cuts it."""
    area = item.parentWidget()
    while area is not None and not isinstance(area, QScrollArea):
        area = area.parentWidget()
    if area is None or area.horizontalScrollBar().isVisible():
        return 0
    if area.horizontalScrollBarPolicy() != Qt.ScrollBarPolicy.ScrollBarAlwaysOff:
        return 0
    inside = area.widget().width() <= area.viewport().width()
    return 0 if inside else window.width() + 1


def settled(qtbot, window) -> None:
    """Wait for pending layouts, then all texts must fit."""

    def nothing_is_cut_off() -> None:
        assert cut_off(window) == []

    qtbot.waitUntil(nothing_is_cut_off, timeout=3_000)


def reveal(widget) -> None:
    """Scroll the column of ``widget`` until it can be seen."""
    area = widget
    while not isinstance(area, QScrollArea):
        area = area.parentWidget()
    area.ensureWidgetVisible(widget)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES, ids=["large", "small"])
def test_every_tab(qtbot, tmp_path, size, scheme):
    service = FakeService(
        verdicts={"Ni foil, 600 K": "borderline", "NiO powder": "outside"}
    )
    desk = open_desk(qtbot, tmp_path, service=service, size=size, scheme=scheme)
    suffix = f"{size[0]}x{size[1]}-{scheme}"
    desk.preferences.remember(tmp_path / "ni-oxide-battery.onne")
    desk.window.show_tab("start")
    assert take(desk.window, f"start-{suffix}").stat().st_size > SMALLEST_FILE
    desk.add(
        foil_entry("Ni foil, 300 K"),
        foil_entry("Ni foil, 600 K", stretch=1.01),
        foil_entry("NiO powder", stretch=1.16),
    )
    desk.session.edit(with_entry(desk.project, 0, known=foil_known()), "known")
    desk.settle()
    for name in TABS:
        desk.window.show_tab(name)
        desk.settle()
        settled(qtbot, desk.window)
        picture = take(desk.window, f"{name}-{suffix}")
        assert picture.stat().st_size > SMALLEST_FILE
        assert desk.window.size().toTuple() == size


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_errors_empty_states_and_panels(qtbot, tmp_path, scheme):
    desk = open_desk(qtbot, tmp_path, size=(1440, 900), scheme=scheme)
    desk.window.show_tab("analysis")
    desk.session.noticed.emit(
        Notice(
            "ni_comp2_673K.dat could not be opened",
            "ni_comp2_673K.dat, line 118: chi is not a number; remove this row.",
            "error",
            details="File: /data/ni_comp2_673K.dat\nKind: FormatError",
        )
    )
    notice = Notice("Written to /data", "foil.png, foil.csv", "good")
    desk.session.noticed.emit(notice)
    desk.click(desk.window.banners.banners()[0].toggle)
    assert take(desk.window, f"empty-{scheme}").stat().st_size > SMALLEST_FILE
    desk.window.drop_panel.offer("Add 3 spectra to Analysis", (tmp_path / "a.xdi",))
    assert take(desk.window, f"drop-{scheme}").stat().st_size > SMALLEST_FILE


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES, ids=["large", "small"])
def test_training(qtbot, tmp_path, monkeypatch, size, scheme):
    for name in ("train_dialog", "set_dialog"):
        monkeypatch.setattr(
            f"app.training.dialogs.{name}.models_folders",
            lambda: [tmp_path / "a", tmp_path / "b"],
        )
    service = FakeService(
        make_set=fake_making.make_set, train_ensemble=fake_making.train
    )
    desk = open_desk(qtbot, tmp_path, service=service, size=size, scheme=scheme)
    suffix = f"{size[0]}x{size[1]}-{scheme}"
    desk.window.show_tab("training")
    page, work = desk.window.page("training"), desk.session.work
    folder = tmp_path / "ni-melt-set"
    recipe = read_recipe(SYSTEM)
    sampling = replace(recipe.sampling, macrostates=20)
    work.add(
        SetRequest(replace(recipe, sampling=sampling), str(folder), 2),
        TrainRequest(str(folder), str(tmp_path / "b" / "ni-melt"), 10, 2),
        TrainRequest(str(folder), str(tmp_path / "b" / "ni-melt-02"), 10, 2),
    )
    fake_making.allow(folder, 12)
    qtbot.waitUntil(lambda: work.job.progress.done == 12, timeout=20_000)
    screen(qtbot, desk.window, f"training-set-{suffix}")
    fake_making.allow(folder, 20)
    qtbot.waitUntil(lambda: work.queue.running.kind == "ensemble", timeout=20_000)
    fake_making.allow(folder, 31)
    qtbot.waitUntil(lambda: work.job.progress.done == 31, timeout=20_000)
    screen(qtbot, desk.window, f"training-run-{suffix}")
    desk.click(page.run.loss.quantity.buttons[2])
    page.run.members.selectRow(1)
    screen(qtbot, desk.window, f"training-errors-{suffix}")
    work.pause()
    page.look_at(work.queue.tasks[0].key)
    screen(qtbot, desk.window, f"training-made-{suffix}")
    desk.click(page.ensembles.compare)
    page.compare.only.setChecked(False)
    screen(qtbot, desk.window, f"training-compare-{suffix}")
    qtbot.waitUntil(lambda: work.job is None, timeout=20_000)
    desk.leave()


def screen(qtbot, window, name: str) -> None:
    """Take a picture of a window in which nothing is cut off."""
    settled(qtbot, window)
    assert take(window, name).stat().st_size > SMALLEST_FILE


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_dialogs(qtbot, tmp_path, scheme):
    from app.frame.faults import FaultDialog, Faults
    from app.frame.help import HelpDialog
    from app.widgets.export_dialog import ExportDialog

    desk = open_desk(qtbot, tmp_path, scheme=scheme)
    desk.add()
    desk.preferences.folder = str(tmp_path)
    desk.keys("Ctrl+E")
    desk.window.actions_by_name["help"].trigger()
    desk.window.findChild(Faults).report(KeyError("an example"))
    for kind, name in (
        (ExportDialog, "export"),
        (HelpDialog, "help"),
        (FaultDialog, "fault"),
    ):
        dialog = desk.window.findChild(kind)
        assert take(dialog, f"dialog-{name}-{scheme}").stat().st_size > 4_000
        dialog.reject()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_dialogs_of_training(qtbot, tmp_path, scheme):
    from app.training.dialogs.set_dialog import SetDialog
    from app.training.dialogs.train_dialog import TrainDialog
    from app.training.dialogs.tune_dialog import TuneDialog

    desk = open_desk(qtbot, tmp_path, scheme=scheme)
    desk.preferences.folder = str(tmp_path)
    making = desk.window.commands.training
    making.new_set()
    making.train()
    making.tune()
    for kind, name in (
        (SetDialog, "set"),
        (TrainDialog, "train"),
        (TuneDialog, "tune"),
    ):
        dialog = desk.window.findChild(kind)
        settled(qtbot, dialog)
        assert take(dialog, f"dialog-{name}-{scheme}").stat().st_size > 4_000
        dialog.reject()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_states_of_the_analysis(qtbot, tmp_path, scheme):
    from app.analysis.standard.dialog import StandardDialog

    size = SIZES[0] if scheme == "light" else SIZES[1]
    service = FakeService(verdicts={"Ni foil, 600 K": "borderline"})
    desk = open_desk(qtbot, tmp_path, service=service, size=size, scheme=scheme)
    desk.add(with_reduction(foil_entry("Ni foil, 300 K")))
    page = desk.analysis
    changed = with_entry(desk.project, 0, known=foil_known(), standard=STANDARD)
    desk.session.edit(changed, "known")
    desk.settle()
    desk.click(page.compare.compare)
    desk.settle()
    assert "cumulant fit" in spoken_in(page.middle)
    assert (
        take(desk.window, f"analysis-compare-{scheme}").stat().st_size > SMALLEST_FILE
    )
    settled(qtbot, desk.window)
    reveal(page.reduction)
    assert (
        take(desk.window, f"analysis-reduced-{scheme}").stat().st_size > SMALLEST_FILE
    )
    desk.add(foil_entry("Ni foil, 600 K", stretch=1.01), foil_entry("Ni foil, 900 K"))
    assert (
        take(desk.window, f"analysis-borderline-{scheme}").stat().st_size
        > SMALLEST_FILE
    )
    desk.click(buttons_in(page)["Overlay"])
    assert (
        take(desk.window, f"analysis-overlay-{scheme}").stat().st_size > SMALLEST_FILE
    )
    settled(qtbot, desk.window)
    page.correction.standard.learn.click()
    dialog = desk.window.findChild(StandardDialog)
    assert take(dialog, f"dialog-standard-{scheme}").stat().st_size > 4_000
    dialog.reject()
    desk.leave()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES, ids=["large", "small"])
def test_the_joint_fit(qtbot, tmp_path, size, scheme):
    ensemble = foil_ensemble("ni-joint", joint=True)
    service = FakeService(offered=(ensemble,))
    desk = open_desk(qtbot, tmp_path, service=service, size=size, scheme=scheme)
    desk.session.choose_ensemble(ensemble)
    desk.add(foil_entry("Ni foil, 300 K"))
    suffix = f"{size[0]}x{size[1]}-{scheme}"
    screen(qtbot, desk.window, f"joint-{suffix}")
    desk.analysis.middle.shells.show_table(1)
    screen(qtbot, desk.window, f"joint-all-{suffix}")
    desk.session.edit(with_entry(desk.project, 0, e0=2.0, method="networks"), "E0")
    desk.settle()
    desk.analysis.middle.shells.show_table(0)
    screen(qtbot, desk.window, f"joint-networks-{suffix}")
    desk.leave()


def test_no_window_is_narrower_than_the_pictures_looked_at():
    assert SMALLEST[0] >= min(width for width, _ in SIZES)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_new_ensemble(qtbot, tmp_path, scheme):
    desk = open_desk(qtbot, tmp_path, size=(1440, 900), scheme=scheme)
    desk.add(foil_entry("Ni foil, 300 K"))
    desk.window.actions_by_name["new_ensemble"].trigger()
    QApplication.processEvents()
    (dialog,) = desk.window.findChildren(MaterialDialog)
    for kind, field, text in (
        (0, dialog.crystal.material, "ZnO"),
        (1, dialog.first_shell.absorber, "Cr"),
        (2, dialog.absorber, "Ni"),
    ):
        desk.click(dialog.kinds.buttons[kind])
        QTest.keyClicks(field, text)
        settled(qtbot, dialog)
        name = f"new-ensemble-{kind + 1}-{scheme}"
        assert take(dialog, name).stat().st_size > SMALLEST_FILE
    dialog.reject()
