"""From raw scans to an exported answer by clicks, back to the start, and reopened."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.data.column_dialog import ColumnDialog
from app.widgets import dialogs
from app.widgets.export_dialog import ExportDialog
from onne_core.values.treatment import Deglitch, Shift
from tests.app.data.scans import GLITCH, data_page, quiet, raw_scan
from tests.app.fakes import open_desk
from tests.core.reduction.scans import ENERGY


@pytest.fixture
def desk(qtbot, tmp_path):
    made = open_desk(qtbot, tmp_path)
    yield made
    made.leave()


def files(tmp_path):
    shifts = (0.0, 0.4, -0.3)
    return [
        raw_scan(tmp_path / f"raw_{i}.dat", i, shift=shift, glitch=0.06 * (i == 0))
        for i, shift in enumerate(shifts)
    ]


def dialog_of(desk) -> ColumnDialog:
    desk.qtbot.waitUntil(
        lambda: desk.window.findChild(ColumnDialog) is not None, timeout=60_000
    )
    return desk.window.findChild(ColumnDialog)


def read_raw(desk, paths) -> None:
    """Open raw files, give their columns roles in the dialog, and read them."""
    desk.window.commands.drop(paths)
    dialog = dialog_of(desk)
    assert not dialog.read.isEnabled()
    assert "transmitted intensity" in dialog.note.text()
    for number, role in ((2, "i0"), (3, "itrans"), (4, "reference")):
        dialog.give(number, role)
    assert dialog.formula.text() == "μ(E) = ln(mcs1 / mcs2)"
    desk.click(dialog.read)
    count = len(paths)
    desk.qtbot.waitUntil(lambda: len(desk.project.spectra) == count, timeout=60_000)
    quiet(desk)


def test_from_raw_scans_to_the_same_numbers_again(desk, tmp_path, monkeypatch):
    read_raw(desk, files(tmp_path))
    start = desk.project.digest
    desk.session.select(0)
    desk.keys("Ctrl+1")
    quiet(desk)
    page = data_page(desk)
    stack = desk.session.document.undo_stack
    first = stack.index()

    page.groups.setFocus()
    QTest.keyClick(page.groups, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    desk.click(page.tools_card.align)
    quiet(desk)
    shifts = [entry.reduction.operations for entry in desk.project.spectra]
    assert shifts[0] == ()
    assert [one.by for (one,) in shifts[1:]] == pytest.approx([-0.4, 0.3], abs=0.02)
    assert all(isinstance(one, Shift) for (one,) in shifts[1:])

    desk.click(page.tools_card.merge)
    quiet(desk)
    merged = desk.project.entry
    assert merged.name == "raw_0, merge of 3"
    assert merged.spectrum.noise is not None

    page.groups.mark_none()
    desk.click(page.tools_card.deglitch)
    quiet(desk)
    if ENERGY[GLITCH] not in page.tools_in_use.glitches:
        plot = page.middle.mu
        at = plot.to_pixel(float(ENERGY[GLITCH]), 0.6).toPoint()
        QTest.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=at)
    desk.click(page.middle.panel.apply)
    quiet(desk)
    (removed,) = desk.project.entry.reduction.operations
    assert isinstance(removed, Deglitch)
    assert np.isclose(removed.energies, ENERGY[GLITCH], atol=4.0).any()

    desk.click(page.use)
    quiet(desk)
    assert desk.window.current == "analysis"
    prediction = desk.session.view().prediction
    assert prediction is not None
    assert prediction.spectrum is desk.project.entry.spectrum
    folder = tmp_path / "results"
    folder.mkdir()
    desk.keys("Ctrl+E")
    dialog = desk.window.findChild(ExportDialog)
    dialog.folder.setText(str(folder))
    dialog.name.setText("story")
    desk.click(dialog.export)
    quiet(desk)
    assert {"story.csv", "story.json"} <= {path.name for path in folder.iterdir()}

    end = desk.project.digest
    place = tmp_path / "story.onne"
    monkeypatch.setattr(dialogs.FileDialogs, "place", lambda *_, **__: place)
    desk.keys("Ctrl+S")
    quiet(desk)
    while stack.index() > first:
        stack.undo()
    assert desk.project.digest == start
    while stack.canRedo():
        stack.redo()
    quiet(desk)
    assert desk.project.digest == end

    desk.session.document.open(desk.project, None)
    desk.window.commands.open_place(place)
    quiet(desk)
    assert desk.project.digest == end
    assert desk.project.entry is not merged


def test_columns_are_remembered_for_files_like_them(desk, tmp_path):
    paths = files(tmp_path)
    read_raw(desk, paths[:1])
    desk.window.commands.drop(paths[1:])
    desk.qtbot.waitUntil(lambda: len(desk.project.spectra) == 3, timeout=60_000)
    quiet(desk)
    assert desk.window.findChild(ColumnDialog) is None
    assert desk.project.spectra[2].reduction.absorption.reference is not None


def test_a_cancelled_dialog_changes_nothing(desk, tmp_path):
    before = desk.project
    desk.window.commands.drop(files(tmp_path))
    dialog = dialog_of(desk)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    quiet(desk)
    assert desk.project is before


def test_other_columns_replace_those_of_a_group(desk, tmp_path):
    read_raw(desk, files(tmp_path)[:1])
    desk.keys("Ctrl+1")
    quiet(desk)
    page = data_page(desk)
    before = desk.project.entry
    desk.click(page.scan.columns)
    dialog = dialog_of(desk)
    assert dialog.columns.signals == (3,)
    dialog.give(3, "ignore")
    dialog.give(4, "itrans")
    desk.click(dialog.read)
    desk.qtbot.waitUntil(lambda: desk.project.entry is not before, timeout=60_000)
    quiet(desk)
    assert desk.session.document.undo_stack.undoText() == "Columns of raw_0.dat"
    after = desk.project.entry.reduction.absorption
    assert after.mu[-1] > before.reduction.absorption.mu[-1]
    assert after.reference is None


def test_roles_that_only_one_column_can_have_move(desk, tmp_path):
    desk.window.commands.drop(files(tmp_path)[:1])
    dialog = dialog_of(desk)
    dialog.give(2, "i0")
    dialog.give(3, "i0")
    assert dialog.columns.i0 == 3
    dialog.give(4, "ifluor")
    assert dialog.columns.kind == "fluorescence"
    assert dialog.plot.named
    place = QPoint(dialog.unit.buttons[1].rect().center())
    desk.click(dialog.unit.buttons[1], place)
    assert "no energy in keV" in dialog.note.text()
    assert not dialog.read.isEnabled()
    dialog.reject()
