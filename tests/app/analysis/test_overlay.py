"""Several spectra above each other."""

from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QGraphicsSimpleTextItem

from tests.app.fakes import open_desk
from tests.app.foil import foil_entry
from tests.app.seen import buttons_in, lines_in

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def desk(qtbot, tmp_path):
    made = open_desk(qtbot, tmp_path)
    made.add(foil_entry("a"), foil_entry("b", stretch=1.01), foil_entry("c"))
    yield made
    made.leave()


def stacked(desk):
    return desk.analysis.middle.stacked


def row(desk, number: int) -> QPoint:
    spectra = desk.analysis.spectra
    return spectra.visualRect(spectra.model().index(number, 0)).center()


def test_marked_spectra_are_laid_above_each_other(desk):
    spectra = desk.analysis.spectra
    left = Qt.MouseButton.LeftButton
    QTest.mouseClick(spectra.viewport(), left, CTRL, row(desk, 1))
    assert spectra.selection() == (0, 1)
    assert stacked(desk).isVisible()
    assert desk.project.selected == 1
    assert "a, b" in stacked(desk).radial.accessibleDescription()
    lower, upper = stacked(desk).chi.named
    np.testing.assert_allclose(lower.x, desk.project.spectra[0].spectrum.k)
    assert np.abs(upper.values).max() > 0.0
    QTest.mouseClick(
        spectra.viewport(), left, Qt.KeyboardModifier.NoModifier, row(desk, 2)
    )
    assert not stacked(desk).isVisible()
    assert spectra.selection() == (2,)


def test_one_click_shows_all_and_another_goes_back(desk):
    desk.click(buttons_in(desk.analysis)["Overlay"])
    assert desk.analysis.spectra.selection() == (0, 1, 2)
    assert "3 spectra" in lines_in(stacked(desk))
    desk.click(stacked(desk).close_button)
    assert desk.analysis.spectra.selection() == (0,)
    assert desk.analysis.middle.radial.isVisible()


def test_the_offset_parts_the_curves(desk):
    desk.click(buttons_in(desk.analysis)["Overlay"])
    panel = stacked(desk)
    panel.offset.setFocus()
    QTest.keyClick(panel.offset, Qt.Key.Key_Home)
    together = panel.radial.shown.height()
    for _ in range(5):
        QTest.keyClick(panel.offset, Qt.Key.Key_PageUp)
    assert panel.offset.value() == 100
    assert panel.radial.shown.height() == pytest.approx(3.0 * together, rel=1e-6)


@pytest.mark.parametrize("keys", [(), (Qt.Key.Key_Home,)], ids=["apart", "list"])
def test_names_of_many_spectra_do_not_cover_each_other(qtbot, tmp_path, keys):
    desk = open_desk(qtbot, tmp_path)
    desk.add(*(foil_entry(f"scan {i}") for i in range(24)))
    desk.click(buttons_in(desk.analysis)["Overlay"])
    panel = stacked(desk)
    for key in keys:
        QTest.keyClick(panel.offset, key)
    names = [
        item.sceneBoundingRect()
        for item in panel.radial.scene().items()
        if isinstance(item, QGraphicsSimpleTextItem) and item.text().startswith("scan")
    ]
    names.sort(key=lambda rect: rect.top())
    assert len(names) > 3
    assert all(b.top() - a.top() > 0.6 * a.height() for a, b in pairwise(names))


def test_a_new_answer_leaves_the_marks(desk):
    desk.click(buttons_in(desk.analysis)["Overlay"])
    QTest.keyClick(desk.analysis.correction.e0, Qt.Key.Key_Up)
    desk.settle()
    assert desk.analysis.spectra.selection() == (0, 1, 2)
    assert stacked(desk).isVisible()


def test_one_spectrum_has_no_overlay(qtbot, tmp_path):
    desk = open_desk(qtbot, tmp_path)
    desk.add()
    assert "Overlay" not in buttons_in(desk.analysis)
    desk.leave()
