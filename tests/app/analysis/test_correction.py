"""The Correction card: E0 and S0^2 with uncertainties, the standard, the window."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.analysis.standard.dialog import StandardDialog
from onne_core.values.project import with_entry
from tests.app.fake_analysis import STANDARD
from tests.app.fakes import answers, open_desk
from tests.app.foil import E0, E0_STD, foil_entry
from tests.app.seen import buttons_in, lines_in, read_in


@pytest.fixture
def desk(qtbot, tmp_path):
    made = open_desk(qtbot, tmp_path)
    made.add(foil_entry("a"), foil_entry("b", stretch=1.01))
    yield made
    made.leave()


def card(desk):
    return desk.analysis.correction


def test_the_uncertainty_of_e0_is_set_and_reset(desk):
    assert card(desk).e0_std.value() == pytest.approx(E0_STD)
    QTest.keyClick(card(desk).e0_std, Qt.Key.Key_Up)
    desk.settle()
    assert desk.project.entry.e0_std == pytest.approx(E0_STD + 0.1)
    settings = desk.session.view().prediction.settings
    assert settings.e0_shift_std == pytest.approx(E0_STD + 0.1)
    desk.click(buttons_in(card(desk))["Reset to automatic"])
    desk.settle()
    assert desk.project.entry.e0_std is None


def test_e0_is_said_as_a_sum_of_the_files_and_the_shift(desk):
    shown = desk.project.entry.spectrum.e0
    said = f"<i>E</i>₀ = {shown:.1f} + {E0:.1f} = {shown + E0:.1f} eV"
    assert said in lines_in(card(desk))
    card(desk).e0.setValue(-3.5)
    desk.settle()
    said = f"<i>E</i>₀ = {shown:.1f} − 3.5 = {shown - 3.5:.1f} eV"
    assert said in lines_in(card(desk))


def test_window_and_weight_are_for_the_plots_and_one_step_each(desk):
    chi, asked = desk.analysis.middle.chi, len(desk.service.asked)
    QTest.keyClick(card(desk).k_min, Qt.Key.Key_Up)
    QTest.keyClick(card(desk).k_min, Qt.Key.Key_Up)
    assert desk.project.window == (4.0, 14.0)
    steps = desk.session.document.undo_stack.count()
    desk.click(card(desk).weight.buttons[3])
    assert desk.project.k_weight == 3
    assert "k³" in chi.axis("left").labelText.replace("<i>", "").replace("</i>", "")
    assert desk.session.document.undo_stack.count() == steps + 1
    assert len(desk.service.asked) == asked
    desk.click(buttons_in(card(desk))["As trained"])
    assert (desk.project.window, desk.project.k_weight) == (None, None)
    desk.keys("Ctrl+Z")
    assert desk.project.window == (4.0, 14.0)


def test_the_ends_of_the_window_never_meet(desk):
    field = card(desk).k_min
    field.selectAll()
    QTest.keyClicks(field, "16")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert desk.project.window == (16.0, 17.0)


def test_a_standard_is_loaded_for_the_selected_spectrum(desk, tmp_path, monkeypatch):
    path = tmp_path / "cu.standard.json"
    path.write_text("{}")
    with answers(monkeypatch, file=path):
        desk.click(card(desk).standard.load)
        desk.settle()
    first, second = desk.project.spectra
    assert first.standard.source == str(path)
    assert second.standard is None
    panel = card(desk).standard
    assert "Cu foil: Cu K in fcc, a = 3.6149 Å, 10 K" in lines_in(panel)
    assert "cu.standard.json · 54 % of the theory error remains" in lines_in(panel)
    desk.click(panel.spread)
    desk.settle()
    assert desk.project.spectra[1].standard == first.standard
    assert not panel.spread.isVisible()
    desk.click(buttons_in(panel)["Remove standard"])
    desk.settle()
    assert desk.project.spectra[0].standard is None
    desk.keys("Ctrl+Z")
    desk.settle()
    assert desk.project.spectra[0].standard == first.standard


def test_a_standard_goes_to_all_marked_spectra(desk, tmp_path, monkeypatch):
    path = tmp_path / "cu.standard.json"
    path.write_text("{}")
    QTest.keyClick(
        desk.analysis.spectra, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier
    )
    assert desk.analysis.spectra.selection() == (0, 1)
    with answers(monkeypatch, file=path):
        desk.click(card(desk).standard.load)
        desk.settle()
    assert [entry.standard is not None for entry in desk.project.spectra] == [True] * 2


def test_a_file_that_is_no_standard_is_refused(desk, tmp_path, monkeypatch):
    with answers(monkeypatch, file=tmp_path / "absent.json"):
        desk.click(card(desk).standard.load)
        desk.settle()
    assert desk.project.entry.standard is None
    assert "no such file" in desk.window.banners.banners()[0].notice.text


def test_a_standard_is_learnt_from_a_spectrum(desk):
    desk.click(card(desk).standard.learn)
    dialog = desk.window.findChild(StandardDialog)
    assert dialog.absorber.text() == "Ni"
    dialog.constant.setValue(3.5238)
    dialog.temperature.setValue(300.0)
    desk.click(dialog.learn)
    desk.settle()
    assert desk.project.entry.standard.title == "Ni K in fcc:3.5238, 300 K"
    assert "learnt here" in read_in(card(desk).standard)
    assert desk.window.banners.banners()[0].notice.title == "Standard learnt"


def test_the_dialog_says_what_is_missing(desk):
    desk.click(card(desk).standard.learn)
    dialog = desk.window.findChild(StandardDialog)
    desk.click(dialog.kind.buttons[2])
    assert "Choose a structure file" in read_in(dialog)
    assert not dialog.learn.isEnabled()
    desk.click(dialog.kind.buttons[0])
    assert dialog.learn.isEnabled()
    dialog.absorber.clear()
    assert not dialog.learn.isEnabled()
    dialog.reject()


def test_the_scale_of_the_standards_beamline_is_chosen(desk):
    changed = with_entry(desk.project, 0, standard=STANDARD)
    desk.session.edit(changed, "standard")
    desk.settle()
    scale = card(desk).standard.scale
    scale.setFocus()
    QTest.keyClick(scale, Qt.Key.Key_Down)
    desk.settle()
    assert desk.project.entry.standard.scale == pytest.approx(1.001)
    assert np.isclose(desk.service.asked[-1].entry.standard.scale, 1.001)
