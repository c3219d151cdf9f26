"""chi(k) taken anew from mu(E): what made it, beside what was imported."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from onne_core import storage
from tests.app.fake_analysis import with_reduction
from tests.app.fakes import open_desk
from tests.app.foil import foil_entry
from tests.app.seen import buttons_in, read_in


@pytest.fixture
def desk(qtbot, tmp_path):
    made = open_desk(qtbot, tmp_path)
    made.add(with_reduction(foil_entry()))
    yield made
    made.leave()


def card(desk):
    return desk.analysis.reduction


def imported_is_drawn(desk) -> bool:
    names = [curve.name for curve in desk.analysis.middle.chi.named]
    return "as imported" in names


def test_what_made_chi_is_shown(desk):
    assert card(desk).e0.value() == pytest.approx(8333.0)
    assert card(desk).rbkg.value() == pytest.approx(1.0)
    assert "as imported" in read_in(card(desk))
    assert not imported_is_drawn(desk)


def test_other_values_make_another_chi_beside_the_imported_one(desk):
    before = desk.project.entry.spectrum.chi
    QTest.keyClick(card(desk).rbkg, Qt.Key.Key_Up)
    desk.settle()
    entry = desk.project.entry
    np.testing.assert_allclose(entry.spectrum.chi, 1.05 * before)
    assert entry.reduction.settings.rbkg == pytest.approx(1.05)
    assert imported_is_drawn(desk)
    assert "rbkg 1.00 Å" in read_in(card(desk))
    desk.click(buttons_in(card(desk))["As imported"])
    desk.settle()
    assert desk.project.entry.spectrum.chi is before
    assert not imported_is_drawn(desk)
    desk.keys("Ctrl+Z")
    desk.settle()
    np.testing.assert_allclose(desk.project.entry.spectrum.chi, 1.05 * before)


def test_values_that_do_not_suit_are_refused_in_words(desk):
    card(desk).rbkg.setValue(2.8)
    desk.settle()
    assert "lower rbkg" in desk.window.banners.banners()[0].notice.text
    assert card(desk).rbkg.value() == pytest.approx(1.0)


def test_the_reduction_is_saved_with_the_project(desk, tmp_path):
    storage.save(desk.project, tmp_path / "a.onne")
    loaded = storage.load(tmp_path / "a.onne")
    assert loaded.digest == desk.project.digest
    np.testing.assert_array_equal(
        loaded.spectra[0].reduction.absorption.mu,
        desk.project.spectra[0].reduction.absorption.mu,
    )


def test_files_of_chi_have_no_background_to_remove(qtbot, tmp_path):
    desk = open_desk(qtbot, tmp_path)
    desk.add()
    assert not card(desk).isVisible()
    desk.leave()
