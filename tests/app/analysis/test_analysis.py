"""The Analysis tab: what is shown, and what clicks, drags and keys do."""

import math

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from app.analysis.plots.limit_grip import LimitGrip
from app.analysis.shell_table import ShellTable
from app.session.notice import Notice
from onne_core.values.project import with_entry, with_spectra
from tests.app.fakes import (
    FakeService,
    open_desk,
    refusing,
)
from tests.app.foil import CUTS, E0, S02, S02_STD, foil_entry, foil_known
from tests.app.seen import buttons_in, lines_in, read_in, spoken_in

LEFT = Qt.MouseButton.LeftButton
RESET = "Reset to automatic"


@pytest.fixture
def desk(qtbot, tmp_path):
    made = open_desk(qtbot, tmp_path)
    made.add()
    yield made
    made.leave()


def shown_limits(desk) -> tuple[float, float]:
    return desk.analysis.middle.radial.picture.shell.limits


def cell(table: ShellTable, row: int, column: int) -> str:
    return table.model().index(row, column).data()


def drag(desk, grip: LimitGrip, angstrom: float, *, release: bool = True) -> None:
    """Drag ``grip`` by ``angstrom`` with the mouse, in three moves."""
    plot = desk.analysis.middle.radial
    side = {"lower": 0, "upper": 1}[grip.side]
    here = grip.mapFromParent(plot.to_pixel(shown_limits(desk)[side], 0.0).toPoint())
    start = QPoint(here.x(), grip.height() // 2)
    way = plot.to_pixel(1.0, 0.0).x() - plot.to_pixel(0.0, 0.0).x()
    QTest.mousePress(grip, LEFT, pos=start)
    end_on_plot = grip.mapToParent(start) + QPoint(round(way * angstrom), 0)
    for share in (0.4, 0.8, 1.0):
        between = grip.mapToParent(start) * (1 - share) + end_on_plot * share
        QTest.mouseMove(grip, grip.mapFromParent(between))
        QGuiApplication.processEvents()
    if release:
        QTest.mouseRelease(grip, LEFT, pos=grip.mapFromParent(end_on_plot))
    desk.settle()


def test_a_spectrum_is_answered_and_every_part_of_the_answer_is_shown(desk):
    page = desk.analysis
    table = page.middle.shells.table
    assert table.model().rowCount() == 4
    assert "2.488 ± 0.004 Å" in cell(table, 0, 2)
    assert "fixed by training" in cell(table, 0, 1)
    assert "Verdict: Inside" in spoken_in(page.verdict)
    assert page.correction.e0.value() == pytest.approx(E0)
    assert page.correction.s02.value() == pytest.approx(S02)
    assert "Ni-Ni 1 at 2.49" in page.middle.radial.accessibleDescription()
    assert "3 to 14" in page.middle.chi.accessibleDescription()
    assert "R-factor of 0.028" in page.middle.chi.accessibleDescription()
    assert "from g(r)" in spoken_in(page.middle)
    assert "no phase shift" in page.middle.magnitude.accessibleDescription()
    assert "Prediction" in desk.window.status.left.text()


def test_the_eye_finds_what_set_each_shell(desk):
    model = desk.analysis.middle.shells.table.model()
    words = [model.index(row, 5).data() for row in range(4)]
    ratios = [
        ((0.12 + 0.05 * i) * v / 0.0055) ** 2
        for i, v in enumerate((0.0064, 0.0089, 0.0095, 0.0093))
    ]
    expected = ["data" if r < 0.2 else "both" if r <= 0.7 else "prior" for r in ratios]
    assert words == expected


def test_clicking_a_row_gives_that_shell_the_grips(desk):
    table = desk.analysis.middle.shells.table
    row = table.visualRect(table.model().index(2, 0)).center()
    desk.click(table.viewport(), row)
    assert shown_limits(desk) == (CUTS[2], CUTS[3])
    assert table.currentIndex().row() == 2


def test_clicking_a_peak_selects_its_row(desk):
    plot = desk.analysis.middle.radial
    desk.click(plot.viewport(), plot.to_pixel(3.52, 5.0).toPoint())
    assert desk.analysis.middle.shells.table.currentIndex().row() == 1


def test_dragging_a_grip_moves_the_limit_in_one_undo_step(desk):
    grip = desk.analysis.middle.radial.grips[1]
    before = desk.session.document.undo_stack.count()
    drag(desk, grip, 0.2)
    limits = desk.project.entry.limits["Ni-Ni 1"]
    assert limits == pytest.approx((CUTS[0], CUTS[1] + 0.2), abs=0.02)
    assert desk.session.document.undo_stack.count() == before + 1
    table = desk.analysis.middle.shells.table
    assert f"{limits[1]:.2f} Å" in cell(table, 0, 0)
    desk.keys("Ctrl+Z")
    desk.settle()
    assert desk.project.entry.limits == {}
    assert shown_limits(desk) == (CUTS[0], CUTS[1])


def test_the_table_follows_while_the_grip_is_dragged(desk):
    grip = desk.analysis.middle.radial.grips[1]
    before = cell(desk.analysis.middle.shells.table, 0, 0)
    drag(desk, grip, 0.3, release=False)
    assert cell(desk.analysis.middle.shells.table, 0, 0) != before
    assert desk.project.entry.limits == {}
    QTest.mouseRelease(grip, LEFT)


def test_escape_during_a_drag_restores(desk):
    grip = desk.analysis.middle.radial.grips[0]
    drag(desk, grip, -0.15, release=False)
    assert shown_limits(desk)[0] < CUTS[0] - 0.1
    QTest.keyClick(grip, Qt.Key.Key_Escape)
    desk.settle()
    assert shown_limits(desk) == (CUTS[0], CUTS[1])
    assert desk.project.entry.limits == {}
    QTest.mouseRelease(grip, LEFT)
    assert desk.project.entry.limits == {}


def test_limits_never_cross(desk):
    grip = desk.analysis.middle.radial.grips[1]
    drag(desk, grip, -2.0)
    lower, upper = desk.project.entry.limits["Ni-Ni 1"]
    assert upper == pytest.approx(lower + 0.1)


def test_arrow_keys_move_a_limit_and_melt_into_one_step(desk):
    grip = desk.analysis.middle.radial.grips[0]
    before = desk.session.document.undo_stack.count()
    QTest.keyClick(grip, Qt.Key.Key_Right)
    QTest.keyClick(grip, Qt.Key.Key_Right)
    QTest.keyClick(grip, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert desk.project.entry.limits["Ni-Ni 1"][0] == pytest.approx(CUTS[0] + 0.12)
    assert desk.session.document.undo_stack.count() == before + 1
    assert grip.accessibleName() == "Lower limit of Ni–Ni 1"
    desk.settle()


def test_stepping_e0_moves_the_curve_and_reset_returns_to_automatic(desk):
    page = desk.analysis
    before = desk.session.view().prediction.corrected.chi
    steps = desk.session.document.undo_stack.count()
    for _ in range(3):
        QTest.keyClick(page.correction.e0, Qt.Key.Key_Up)
    desk.settle()
    assert desk.project.entry.e0 == pytest.approx(E0 + 0.3)
    assert desk.session.document.undo_stack.count() == steps + 1
    assert not np.allclose(desk.session.view().prediction.corrected.chi, before)
    assert "Set by hand" in lines_in(page.correction)
    desk.click(buttons_in(page.correction)[RESET])
    desk.settle()
    assert desk.project.entry.e0 is None
    assert page.correction.e0.value() == pytest.approx(E0)
    assert RESET not in buttons_in(page.correction)


def test_s02_is_a_value_with_its_uncertainty(desk):
    card = desk.analysis.correction
    QTest.keyClick(card.s02, Qt.Key.Key_Down)
    QTest.keyClick(card.s02_std, Qt.Key.Key_Up)
    desk.settle()
    expected = (S02 - 0.01, S02_STD + 0.01)
    assert desk.project.entry.s02 == pytest.approx(expected)


def test_a_typed_number_counts_when_it_is_finished(desk):
    field = desk.analysis.correction.e0
    field.selectAll()
    QTest.keyClicks(field, "-3.5")
    assert desk.project.entry.e0 is None
    QTest.keyClick(field, Qt.Key.Key_Return)
    desk.settle()
    assert desk.project.entry.e0 == pytest.approx(-3.5)
    assert field.text() == "−3.5 eV"


def test_members_are_drawn_on_demand(desk):
    page = desk.analysis
    curves = page.middle.radial.curves
    desk.click(page.compare.members, QPoint(10, page.compare.members.height() // 2))
    assert page.middle.radial.curves == curves + 10


def test_a_known_distribution_can_be_laid_over_and_removed(desk):
    page = desk.analysis
    plain = page.middle.radial.curves
    desk.session.edit(
        desk.session.document.project.__class__(
            spectra=(foil_entry(),), selected=0, ensemble="ni-foil"
        ),
        "start again",
    )
    from onne_core.values.project import with_entry

    desk.session.edit(with_entry(desk.project, 0, known=foil_known()), "known")
    desk.settle()
    assert page.middle.radial.curves == plain + 1
    assert "truth.gr.csv" in lines_in(page.compare)
    desk.click(buttons_in(page.compare)["Remove known g(r)"])
    assert desk.project.entry.known is None
    assert page.middle.radial.curves == plain


def test_a_known_distribution_of_other_pairs_is_said_so(desk):
    from onne_core.values.project import with_entry

    changed = with_entry(desk.project, 0, known=foil_known("Ni-O"))
    desk.session.edit(changed, "known")
    assert "Contains only Ni-O" in read_in(desk.analysis.compare)


def test_table_and_figure_go_to_the_clipboard(qtbot, desk):
    page = desk.analysis
    desk.activate()
    page.middle.shells.table.setFocus()
    qtbot.waitUntil(page.middle.shells.table.hasFocus)
    desk.keys("Ctrl+C")
    lines = QGuiApplication.clipboard().text().split("\n")
    assert len(lines) == 5
    assert lines[1].split("\t")[0] == "Ni-Ni 1"
    assert "fixed" in lines[1]
    desk.click(buttons_in(page.tools)["Copy figure"])
    desk.settle()
    # As wide as the exported figure of two columns at 300 dots per inch.
    assert QGuiApplication.clipboard().image().width() == 2102
    assert "Copied the figure" in spoken_in(desk.window.banners)


def test_a_plot_offers_its_data_and_a_spectrum_its_actions(qtbot, desk):
    chi = desk.analysis.middle.chi
    middle = chi.rect().center()
    reason = QContextMenuEvent.Reason.Mouse
    event = QContextMenuEvent(reason, middle, chi.mapToGlobal(middle))
    chi.contextMenuEvent(event)
    (menu,) = chi.findChildren(QMenu)
    {action.text(): action for action in menu.actions()}["Copy data"].trigger()
    menu.close()
    first, *rows = QGuiApplication.clipboard().text().splitlines()
    assert first.split("\t")[0] == "k (Å⁻¹)"
    assert len(rows) > 100
    assert all(len(row.split("\t")) == len(first.split("\t")) for row in rows)
    desk.analysis.spectra.menu_wanted.emit(QPoint(40, 40))
    (menu,) = [m for m in desk.window.findChildren(QMenu) if m.isVisible()]
    texts = [action.text().replace("&", "") for action in menu.actions()]
    assert "Copy text for the experimental section" in texts
    menu.close()


def test_the_text_for_a_paper_says_what_was_done(desk):
    desk.window.actions_by_name["copy_methods"].trigger()
    text = QGuiApplication.clipboard().text()
    prediction = desk.session.view().prediction
    assert prediction.ensemble_name in text
    assert prediction.ensemble_digest[:12] in text
    for shell in prediction.shells:
        assert f"{shell.label}: N = " in text
    assert "Phys. Rev. B 109, 104201 (2024)" in text


def test_several_spectra_are_listed_with_their_verdicts(qtbot, tmp_path):
    service = FakeService(verdicts={"b": "borderline", "c": "outside"})
    desk = open_desk(qtbot, tmp_path, service=service)
    desk.add(foil_entry("a"), foil_entry("b", stretch=1.01), foil_entry("c", stretch=2))
    model = desk.analysis.spectra.model()
    role = Qt.ItemDataRole.AccessibleTextRole
    spoken = [model.index(row, 0).data(role) for row in range(3)]
    assert [text.split(", ")[1] for text in spoken] == [
        "Inside",
        "Borderline",
        "Outside",
    ]
    row = desk.analysis.spectra.visualRect(model.index(1, 0)).center()
    desk.click(desk.analysis.spectra.viewport(), row)
    assert desk.project.selected == 1
    assert "Verdict: Borderline" in spoken_in(desk.analysis.verdict)


def test_failed_checks_come_with_words_and_the_rest_on_demand(desk):
    card = desk.analysis.verdict
    assert "Well within the training range: the bands hold." in read_in(card)
    assert "Passed: " not in spoken_in(card)
    desk.click(buttons_in(card)["5 checks passed"])
    desk.qtbot.waitUntil(lambda: spoken_in(card).count("Passed: ") == 5)
    desk.click(buttons_in(card)["Hide 5 checks passed"])
    assert "Passed: " not in spoken_in(card)


def test_the_menu_of_the_shells_resets_their_limits(desk):
    limits = {"Ni-Ni 1": (2.2, 2.9)}
    desk.session.edit(with_entry(desk.project, 0, limits=limits), "Limits")
    card = desk.analysis.middle.shells
    place = card.rect().center()
    reason = QContextMenuEvent.Reason.Mouse
    card.contextMenuEvent(QContextMenuEvent(reason, place, card.mapToGlobal(place)))
    (menu,) = card.findChildren(QMenu)
    entries = {entry.text(): entry for entry in menu.actions()}
    entries["Copy table"].trigger()
    assert QGuiApplication.clipboard().text().startswith("shell\t")
    entries["Reset shell limits"].trigger()
    menu.close()
    assert desk.project.entry.limits == {}
    desk.settle()


def test_removing_a_spectrum_can_be_undone(desk):
    page = desk.analysis
    page.spectra.setFocus()
    QTest.keyClick(page.spectra, Qt.Key.Key_Delete)
    assert desk.project.spectra == ()
    assert page.middle_stack.currentIndex() == 1
    desk.click(desk.window.tabs.undo)
    assert len(desk.project.spectra) == 1
    assert page.middle_stack.currentIndex() == 0
    assert page.middle.shells.table.model().rowCount() == 4


def test_choosing_another_ensemble_asks_it(desk):
    page = desk.analysis
    page.picker.combo.setFocus()
    QTest.keyClick(page.picker.combo, Qt.Key.Key_Down)
    desk.settle()
    assert desk.project.ensemble == "ni-oxide"
    assert desk.service.asked[-1].ensemble.name == "ni-oxide"
    assert "68 % bands contain 70 %" in read_in(page.picker)


def test_an_answer_that_cannot_be_given_says_why(qtbot, tmp_path):
    desk = open_desk(qtbot, tmp_path, service=refusing())
    desk.add()
    assert "ends at k = 6" in read_in(desk.analysis.middle)
    assert "ends at k = 6" in read_in(desk.analysis.verdict)
    assert not buttons_in(desk.analysis.tools)["Export…"].isEnabled()


def test_a_fault_while_answering_opens_the_dialog(qtbot, tmp_path):
    from app.frame.faults import FaultDialog, Faults

    service = FakeService(problem=ZeroDivisionError("bug"))
    desk = open_desk(qtbot, tmp_path, service=service)
    faults = desk.window.findChild(Faults)
    faults.install()
    desk.add()
    faults.remove()
    dialog = desk.window.findChild(FaultDialog)
    assert "ZeroDivisionError: bug" in dialog.traceback.toPlainText()
    dialog.accept()


def test_old_curves_stay_until_the_new_answer_comes(desk):
    desk.service.gate.clear()
    QTest.keyClick(desk.analysis.correction.e0, Qt.Key.Key_Up)
    view = desk.session.view()
    assert view.prediction is not None
    assert not view.outcome.is_current
    assert desk.window.status.left.text() == "Updating the prediction…"
    desk.service.gate.set()
    desk.settle()
    assert desk.session.view().outcome.is_current


def test_without_an_ensemble_the_page_says_what_to_do(qtbot, tmp_path):
    desk = open_desk(qtbot, tmp_path, service=FakeService(offered=()))
    desk.add()
    assert "under Training" in read_in(desk.analysis.middle)
    assert "No ensemble found" in read_in(desk.analysis.picker)
    assert math.isclose(desk.analysis.middle.chi.body.box.viewRange()[0][0], 0.0)


def test_numbers_of_an_outside_spectrum_are_called_no_measurement(desk):
    desk.service.verdicts["b"] = "outside"
    desk.add(foil_entry("a"), foil_entry("b", stretch=1.1))
    note = desk.analysis.middle.shells.note
    assert "not measurements" not in note.text()
    desk.session.select(2)
    desk.settle()
    assert "not measurements" in note.text()
    assert note.property("tone") == "problem"


def test_in_a_low_window_the_middle_scrolls_and_the_plots_stay_readable(
    qtbot, tmp_path
):
    desk = open_desk(qtbot, tmp_path, size=(1280, 800))
    desk.add()
    bar = desk.analysis.middle_stack.currentWidget().verticalScrollBar()
    assert bar.maximum() == 0
    desk.window.resize(1280, 700)
    desk.session.noticed.emit(Notice("Not opened", "Line 118.", "error"))
    middle = desk.analysis.middle
    qtbot.waitUntil(lambda: bar.maximum() > 0, timeout=5_000)
    assert middle.radial.height() > 150
    assert middle.chi.height() > 110
    bar.setValue(bar.maximum())
    assert not middle.shells.visibleRegion().isEmpty()
    assert desk.window.height() == 700
    desk.leave()


def test_only_the_first_answer_waits_for_the_networks(qtbot, tmp_path):
    service = FakeService()
    desk = open_desk(qtbot, tmp_path, service=service)
    service.gate.clear()
    desk.window.show_tab("analysis")
    project = with_spectra(
        desk.project, (foil_entry("a"), foil_entry("b", stretch=1.1))
    )
    desk.session.edit(project, "Open")
    assert "Loading the networks" in read_in(desk.analysis.middle)
    service.gate.set()
    desk.settle()
    assert "Loading the networks" not in read_in(desk.analysis.middle)
    service.gate.clear()
    desk.session.edit(with_spectra(desk.project, (foil_entry("c", stretch=1.05),)), "O")
    assert "Predicting g(r)…" in lines_in(desk.analysis.middle)
    service.gate.set()
    desk.settle()
    desk.leave()
