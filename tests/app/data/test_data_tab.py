"""The Data tab by clicks, drags and keys: parameters, tools, undo, plain errors."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton

from app.data.cards.history_card import said
from app.data.plots.mu_plot import MuPicture, allowed
from onne_core.reduction.steps import edge_of, started
from onne_core.values.treatment import Deglitch, Shift, Truncate
from tests.app.data.scans import group as group_of
from tests.app.data.scans import open_groups, quiet
from tests.app.fakes import open_desk
from tests.app.foil import foil_entry
from tests.core.reduction.scans import ENERGY, mu_of, noisy
from tests.core.reduction.scans import edge_of as rise


@pytest.fixture
def desk(qtbot, tmp_path):
    made = open_desk(qtbot, tmp_path)
    yield made
    made.leave()


def reduction(desk, index=0):
    return desk.project.spectra[index].reduction


def undo(desk) -> None:
    desk.session.document.undo_stack.undo()
    quiet(desk)


def drag(plot, grip, to: float) -> None:
    """Drag a grip to an abscissa of the plot."""
    start = grip.handle().center().toPoint()
    x = plot.to_pixel(to, 0.0).x()
    end = QPoint(round(x - grip.x()), start.y())
    QTest.mousePress(grip, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(grip, end)
    QTest.mouseRelease(grip, Qt.MouseButton.LeftButton, pos=end)


def test_the_tab_comes_first_and_shows_mu_with_its_curves(desk):
    page = open_groups(desk, group_of())
    assert desk.window.current == "data"
    picture = page.middle.mu.picture
    assert picture.background is not None
    assert {curve.name for curve in page.middle.mu.named} == {
        "data",
        "pre-edge",
        "post-edge",
        "background",
    }
    assert page.normalisation.ends["norm1"].value() == 150.0
    assert "steepest point; table: Ni K" in page.normalisation._why.text()
    assert "36 choices" in page.normalisation._spread.text()


def test_a_number_changes_chi_in_one_step_of_undo(desk):
    page = open_groups(desk, group_of())
    before = desk.project.digest
    asked = len(desk.service.asked)
    page.background.rbkg.setValue(1.4)
    quiet(desk)
    assert reduction(desk).settings.rbkg == 1.4
    assert desk.session.document.undo_stack.undoText() == "Set rbkg"
    assert len(desk.service.asked) > asked
    assert page.background.reset.isVisible()
    undo(desk)
    assert desk.project.digest == before


def test_quick_changes_add_up(desk):
    page = open_groups(desk, group_of())
    page.normalisation.ends["norm1"].setValue(120.0)
    page.normalisation.ends["pre2"].setValue(-40.0)
    page.background.rbkg.setValue(1.1)
    page.background.rbkg.setValue(1.2)
    quiet(desk)
    settings = reduction(desk).settings
    assert (settings.norm1, settings.pre2, settings.rbkg) == (120.0, -40.0, 1.2)


def test_e0_is_dragged_and_the_curves_follow(desk):
    page = open_groups(desk, group_of())
    plot = page.middle.mu
    start = plot.picture.edge.e0
    grip = plot.grips["e0"]
    at = grip.handle().center().toPoint()
    QTest.mousePress(grip, Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseMove(grip, at + QPoint(6, 0))
    assert plot.picture.edge.e0 > start + 2.0
    assert reduction(desk).settings.e0 == start
    QTest.mouseRelease(grip, Qt.MouseButton.LeftButton, pos=at + QPoint(6, 0))
    quiet(desk)
    assert reduction(desk).settings.e0 > start + 2.0
    assert page.normalisation.e0.value() == pytest.approx(reduction(desk).settings.e0)
    assert "Set by hand" in page.normalisation._why.text()
    desk.click(page.normalisation.reset)
    quiet(desk)
    assert reduction(desk).settings.e0 == start


def test_escape_during_a_drag_restores(desk):
    page = open_groups(desk, group_of())
    plot, before = page.middle.mu, desk.project
    grip = plot.grips["norm1"]
    at = grip.handle().center().toPoint()
    QTest.mousePress(grip, Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseMove(grip, at + QPoint(60, 0))
    assert plot.picture.edge.ranges.norm1 > 160.0
    QTest.keyClick(grip, Qt.Key.Key_Escape)
    quiet(desk)
    assert plot.picture.edge.ranges.norm1 == 150.0
    assert desk.project is before


def test_arrow_keys_move_a_grip(desk):
    page = open_groups(desk, group_of())
    grip = page.middle.mu.grips["e0"]
    before = reduction(desk).settings.e0
    QTest.keyClick(grip, Qt.Key.Key_Right)
    QTest.keyClick(grip, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    quiet(desk)
    assert reduction(desk).settings.e0 == pytest.approx(before + 1.1, abs=0.06)


def test_ends_of_ranges_neither_cross_nor_pass_the_edge():
    scan, edge = edge_of(group_of().reduction)
    picture = MuPicture(scan, scan, edge)
    assert allowed(picture, "pre2", edge.e0 + 300.0) == -5.0
    assert allowed(picture, "norm1", 1e5) == pytest.approx(
        edge.ranges.norm2 - 10.0, abs=0.1
    )
    assert allowed(picture, "e0", 0.0) > scan.energy[0]
    assert allowed(picture, "end", 0.0) > edge.e0 + 150.0


def test_the_end_of_the_data_is_dragged(desk):
    page = open_groups(desk, group_of())
    plot = page.middle.mu
    drag(plot, plot.grips["end"], 9000.0)
    quiet(desk)
    (cut,) = reduction(desk).operations
    assert cut.upper == pytest.approx(9000.0, abs=4.0)
    assert plot.picture.scan.energy[-1] < 9001.0
    (take_back,) = page.history.findChildren(QToolButton)
    desk.click(take_back)
    quiet(desk)
    assert reduction(desk).operations == ()


def test_rbkg_is_dragged_on_the_transform(desk):
    page = open_groups(desk, group_of())
    plot = page.middle.magnitude
    drag(plot, plot.grip, 1.5)
    quiet(desk)
    assert reduction(desk).settings.rbkg == pytest.approx(1.5, abs=0.03)


def test_a_setting_that_cannot_be_is_said_and_taken_back(desk):
    page = open_groups(desk, group_of())
    page.normalisation.ends["norm1"].setValue(5000.0)
    quiet(desk)
    assert "two ends that rise" in page.middle.panel.text.text()
    assert page.normalisation.ends["norm1"].value() == 150.0
    desk.click(page.middle.panel.other)
    assert page.middle.panel.isHidden()


def test_the_edge_step_can_be_fixed(desk):
    page = open_groups(desk, group_of())
    before = desk.project.spectra[0].spectrum.chi
    desk.click(page.normalisation.fix)
    page.normalisation.step.setValue(2.0)
    quiet(desk)
    assert reduction(desk).settings.step == 2.0
    chi = desk.project.spectra[0].spectrum.chi
    assert np.abs(chi).max() < 0.8 * np.abs(before).max()


def test_marks_by_clicks_and_keys(desk):
    page = open_groups(desk, group_of("a"), group_of("b"), group_of("c"))
    box = page.groups.visualRect(page.groups.groups.index(1))
    QTest.mouseClick(
        page.groups.viewport(),
        Qt.MouseButton.LeftButton,
        pos=QPoint(box.left() + 20, box.center().y()),
    )
    assert page.groups.groups.marked == (1,)
    assert desk.project.selected == 0
    assert "b, which is marked" in page.tools_card._on.text()
    QTest.keyClick(page.groups, Qt.Key.Key_Space)
    assert page.groups.groups.marked == (0, 1)
    assert page.tools_card.merge.text() == "Merge marked (2)"
    QTest.keyClick(page.groups, Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)
    assert page.groups.groups.marked == (2,)
    assert not page.tools_card.merge.isEnabled()


def test_marked_groups_are_aligned_in_one_step(desk):
    page = open_groups(
        desk, group_of("a"), group_of("b", shift=0.5), group_of("c", shift=-0.3)
    )
    page.groups.mark_all()
    desk.click(page.tools_card.align)
    quiet(desk)
    shifts = [reduction(desk, i).operations for i in range(3)]
    assert shifts[0] == ()
    assert shifts[1][0].by == pytest.approx(-0.5, abs=0.02)
    assert shifts[2][0].by == pytest.approx(0.3, abs=0.02)
    assert shifts[1][0].to == "a"
    assert desk.session.document.undo_stack.undoText() == "Align to a"
    undo(desk)
    assert reduction(desk, 1).operations == ()


def test_groups_of_different_edges_are_not_merged(desk):
    far = replace(group_of("far"), name="far")
    moved = replace(
        far.reduction.absorption, energy=ENERGY + 646.0, element="Cu", name="far"
    )
    removal, made = started(moved)
    far = replace(far, spectrum=removal.spectrum, reduction=made)
    page = open_groups(desk, group_of("near"), far)
    page.groups.mark_all()
    desk.click(page.tools_card.merge)
    quiet(desk)
    assert len(desk.project.spectra) == 2
    assert "the edge of far is at" in page.middle.panel.text.text()


def test_glitches_are_proposed_and_clicked(desk):
    mu = mu_of(ENERGY)
    mu[250] += 0.1
    page = open_groups(desk, group_of(mu=mu))
    desk.click(page.tools_card.deglitch)
    quiet(desk)
    assert page.tools_in_use.glitches == (ENERGY[250],)
    plot = page.middle.mu
    at = plot.to_pixel(float(ENERGY[300]), float(mu[300])).toPoint()
    QTest.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert len(page.tools_in_use.glitches) == 2
    desk.click(page.middle.panel.apply)
    quiet(desk)
    (removed,) = reduction(desk).operations
    assert isinstance(removed, Deglitch)
    assert ENERGY[250] in removed.energies
    assert len(removed.energies) == 2


def test_a_second_edge_is_cut_and_can_be_kept(desk):
    mu = mu_of(ENERGY) + 0.13 * rise(ENERGY, 8979.0)
    page = open_groups(desk, group_of(mu=mu))
    assert "Second edge, Cu K" in page.middle.panel.text.text()
    assert reduction(desk).operations[0].edge == "Cu K"
    desk.click(page.middle.panel.apply)
    quiet(desk)
    assert reduction(desk).operations == ()
    assert page.middle.panel.isHidden()


def test_calibration_moves_e0_to_the_table(desk):
    page = open_groups(desk, group_of(shift=2.0))
    desk.click(page.tools_card.calibrate)
    assert page.middle.panel.first.value() == pytest.approx(8333.0, abs=1.0)
    desk.click(page.middle.panel.apply)
    quiet(desk)
    (shift,) = reduction(desk).operations
    assert isinstance(shift, Shift)
    assert page.normalisation.e0.value() == pytest.approx(8333.0, abs=1.0)


def test_the_scan_is_truncated(desk):
    page = open_groups(desk, group_of())
    desk.click(page.tools_card.truncate)
    page.middle.panel.second.setValue(9100.0)
    desk.click(page.middle.panel.apply)
    quiet(desk)
    assert reduction(desk).operations == (Truncate(None, 9100.0),)


def test_a_scan_that_is_not_dense_is_not_rebinned(desk):
    page = open_groups(desk, group_of())
    desk.click(page.tools_card.rebin)
    quiet(desk)
    assert "not denser" in page.middle.panel.text.text()


def test_chi_is_said_to_be_no_mu(desk):
    page = open_groups(desk, foil_entry())
    assert "is χ(k), not μ(E)" in page.middle.nothing.text()
    assert page.middle.nothing.isVisible()
    assert not page.tools_card.deglitch.isEnabled()
    assert not page.normalisation.isVisible()


def test_derivative_and_normalised_show_the_marked_groups(desk):
    page = open_groups(desk, group_of("a"), group_of("b", shift=0.5))
    page.groups.mark_all()
    for index in (1, 2):
        desk.click(page.middle.mode.buttons[index])
        assert {curve.name for curve in page.middle.mu.named} == {"b", "data"}


def test_the_e0_shift_of_analysis_is_explained(desk):
    page = open_groups(desk, replace(group_of(), e0=9.1))
    assert "8 333.0 + 9.1 = 8 342.1 eV" in page.normalisation._why.text().replace(
        "\N{THIN SPACE}", " "
    )


def test_noise_of_a_merge_is_drawn_and_kept(desk):
    groups = [group_of(f"scan {i}", mu=noisy(i, 2e-3).mu.copy()) for i in range(3)]
    page = open_groups(desk, *groups)
    page.groups.mark_all()
    desk.click(page.tools_card.merge)
    quiet(desk)
    assert desk.project.selected == 3
    assert desk.project.entry.spectrum.noise is not None
    assert "Merge of 3 scans" in page.scan._text.text()
    assert page.entry.name == "scan 0, merge of 3"


def test_self_absorption_is_corrected_and_taken_back(desk):
    page = open_groups(desk, group_of())
    before = desk.project.digest
    panel = page.middle.panel
    desk.click(page.tools_card.absorbed)
    assert panel.formula.isVisible()
    assert panel.first.suffix() == "°"
    desk.click(panel.apply)
    assert "Give the formula" in panel.text.text()
    panel.formula.setText("(NiO)0.1(SiO2)0.9")
    panel.second.setValue(30.0)
    desk.click(panel.apply)
    quiet(desk)
    (operation,) = reduction(desk).operations
    assert (operation.angle_in, operation.angle_out) == (45.0, 30.0)
    assert "Corrected for self-absorption" in said(operation)
    desk.click(page.tools_card.truncate)
    assert not panel.formula.isVisible()
    assert panel.first.suffix() == " eV"
    undo(desk)
    assert desk.project.digest == before
    panel.formula.setText("Fe2O3")
    desk.click(page.tools_card.absorbed)
    panel.formula.setText("Fe2O3")
    desk.click(panel.apply)
    quiet(desk)
    assert "no element of Fe2O3 has an edge" in panel.text.text()
