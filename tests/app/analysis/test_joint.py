"""The joint fit in the window: choice of the answer, E0 by its evidence, S0^2."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from app.analysis.export_request import settings_of, table_of
from app.analysis.pictures import amplitude_picture
from app.analysis.plots.amplitude_plot import ellipse, radius
from app.analysis.plots.evidence_plot import smooth_evidence
from app.analysis.shells_card import NO_BETTER, NO_JOINT
from app.look import wording
from app.project.differences import compared
from app.session.service import Question
from app.work.series_stages import prepared, prepared_many
from onne_core import storage
from onne_core.errors import OnneError
from onne_core.results.amplitude import amplitude
from onne_core.values.prediction import MeasurementSettings
from onne_core.values.project import Project, with_entry, with_spectra
from tests.app.fake_analysis import STANDARD
from tests.app.fakes import FakeService, foil_ensemble, foil_joint, open_desk
from tests.app.foil import E0, foil_entry
from tests.app.seen import buttons_in, lines_in, read_in, spoken_in

LEFT = Qt.MouseButton.LeftButton
SHIFT = Qt.KeyboardModifier.ShiftModifier
JOINT, NETWORKS, ALL = range(3)
OURS = foil_ensemble("ni-joint", joint=True)


@pytest.fixture
def desk(qtbot, tmp_path):
    service = FakeService(offered=(OURS, foil_ensemble()))
    made = open_desk(qtbot, tmp_path, service=service)
    made.session.choose_ensemble(OURS)
    made.add()
    yield made
    made.leave()


def shells_of(desk):
    return desk.analysis.middle.shells


def steps(desk) -> int:
    return desk.session.document.undo_stack.count()


def choose(desk, index: int) -> None:
    desk.click(shells_of(desk).switch.buttons[index])
    desk.settle()


def legend(desk) -> str:
    return spoken_in(desk.analysis.middle)


def drag(desk, change: float, *, release: bool = True) -> None:
    """Drag the grip of E0 by ``change`` eV in three moves."""
    plot = desk.analysis.correction.evidence
    grip = plot.grip
    start = grip.handle().center().toPoint()
    way = plot.to_pixel(1.0, 0.0).x() - plot.to_pixel(0.0, 0.0).x()
    first = grip.mapToParent(start)
    last = first + QPoint(round(way * change), 0)
    QTest.mousePress(grip, LEFT, pos=start)
    for share in (0.4, 0.8, 1.0):
        between = first * (1 - share) + last * share
        QTest.mouseMove(grip, grip.mapFromParent(between))
        QGuiApplication.processEvents()
    if release:
        QTest.mouseRelease(grip, LEFT, pos=grip.mapFromParent(last))
    desk.settle()


def test_the_joint_fit_answers_unless_the_networks_are_chosen(desk):
    assert shells_of(desk).switch.index == JOINT
    assert "joint, 68 % / 95 %" in legend(desk)
    assert "Answer: joint fit" in desk.analysis.middle.radial.accessibleDescription()
    before = steps(desk)
    choose(desk, NETWORKS)
    assert desk.project.entry.method == "networks"
    assert desk.session.view().prediction.joint is None
    assert "networks, 68 % / 95 %" in legend(desk)
    assert "networks alone" in desk.analysis.middle.radial.accessibleDescription()
    assert steps(desk) == before + 1
    assert desk.session.document.undo_stack.undoText() == "Answer: networks alone"
    choose(desk, NETWORKS)
    assert steps(desk) == before + 1
    desk.keys("Ctrl+Z")
    desk.settle()
    assert shells_of(desk).switch.index == JOINT
    assert desk.session.view().prediction.joint is not None


def test_the_choice_belongs_to_its_spectrum(desk):
    desk.add(foil_entry("b", stretch=1.01))
    choose(desk, NETWORKS)
    desk.session.select(0)
    desk.settle()
    assert shells_of(desk).switch.index == JOINT
    assert [entry.method for entry in desk.project.spectra] == ["joint", "networks"]


def test_without_a_joint_fit_the_choice_says_why(desk):
    desk.session.choose_ensemble(foil_ensemble())
    desk.settle()
    first, second, third = shells_of(desk).switch.buttons
    assert not first.isEnabled()
    assert first.toolTip() == NO_JOINT
    assert second.isChecked()
    assert not third.isEnabled()
    assert "Compare" in third.toolTip()
    assert desk.project.entry.method == "joint"
    assert not desk.analysis.correction.evidence.isVisible()
    assert not shells_of(desk).amplitude.isVisible()


def test_an_ensemble_whose_networks_are_better_says_so(desk):
    info = foil_ensemble("ni-better")
    card = replace(info.card, joint={"used": False})
    desk.session.choose_ensemble(replace(info, card=card))
    desk.settle()
    assert shells_of(desk).switch.buttons[JOINT].toolTip() == NO_BETTER


@pytest.mark.parametrize("method", [JOINT, NETWORKS])
def test_all_methods_hold_both_answers(desk, method):
    choose(desk, method)
    choose(desk, ALL)
    rows = shells_of(desk).methods.rows
    own = [(row.method, row.cells[-1]) for row in rows if row.shell == "Ni-Ni 1"]
    both = [("joint fit", "0.009"), ("networks", "0.010")]
    assert own == (both if method == JOINT else both[::-1])
    desk.click(desk.analysis.compare.compare)
    desk.settle()
    rows = shells_of(desk).methods.rows
    own = [row.method for row in rows if row.shell == "Ni-Ni 1"]
    assert own[:3] == [*(name for name, _ in own_order(method)), "fit of Ni–Ni 1"]
    assert shells_of(desk).stack.currentIndex() == 1
    choose(desk, NETWORKS)
    assert shells_of(desk).stack.currentIndex() == 0


def own_order(method: int) -> list[tuple[str, int]]:
    names = [("joint fit", JOINT), ("networks", NETWORKS)]
    return names if method == JOINT else names[::-1]


def test_the_other_answer_is_asked_once_and_laid_over(desk):
    asked = [question.entry.method for question in desk.service.asked]
    assert asked == ["joint", "networks"]
    choose(desk, NETWORKS)
    choose(desk, JOINT)
    assert len(desk.service.asked) == 2
    box = desk.analysis.compare.beside
    assert box.text() == "Networks alone, R-factor 0.010"
    desk.click(box, QPoint(10, box.height() // 2))
    names = [curve.name for curve in desk.analysis.middle.radial.named]
    assert "networks alone" in names


@pytest.mark.parametrize(
    ("r_factor", "name", "words"),
    [
        (0.009, "inside", "explains the spectrum: R-factor 0.009"),
        (0.02, "inside", "explains the spectrum: R-factor 0.020"),
        (0.03, "borderline", "explains most of the spectrum: R-factor 0.030"),
        (0.051, "outside", "does not explain the spectrum: R-factor 0.051"),
        (1e-4, "inside", "explains the spectrum: R-factor < 0.001"),
    ],
)
def test_the_heading_says_whether_the_spectrum_is_explained(
    desk, r_factor, name, words
):
    back = desk.session.view().prediction.back
    shown = shells_of(desk).explained
    shown.show_back(replace(back, r_factor_r=r_factor))
    assert wording.explained(r_factor)[0] == name
    assert shown.accessibleName().replace("\N{THIN SPACE}", " ") == words
    shown.show_back(None)
    assert shown.isHidden()


def test_the_evidence_of_e0_is_shown_with_its_source(desk):
    card = desk.analysis.correction
    assert card.evidence.isVisible()
    assert "Automatic: joint fit of all shells" in lines_in(card)
    assert "joint fit 0.90 ± 0.08" in read_in(card)
    assert card.evidence.grip.accessibleName() == "E0 shift"
    assert "5.2 ± 0.6 eV" in card.evidence.accessibleDescription()
    choose(desk, NETWORKS)
    assert not card.evidence.isVisible()


def test_dragging_the_grip_sets_e0_in_one_undo_step(desk):
    card, before = desk.analysis.correction, steps(desk)
    drag(desk, 1.5)
    assert desk.project.entry.e0 == pytest.approx(E0 + 1.5, abs=0.15)
    assert steps(desk) == before + 1
    assert card.e0.value() == desk.project.entry.e0
    between = wording.number(0.5 * (E0 + desk.project.entry.e0), 1)
    assert f"Set by hand; joint fit {between} ± 0.6 eV" in read_in(card)
    desk.click(buttons_in(card)["Reset to automatic"])
    desk.settle()
    assert desk.project.entry.e0 is None
    assert card.e0.value() == pytest.approx(E0)


def test_the_curve_stands_still_while_the_grip_moves(desk):
    plot = desk.analysis.correction.evidence
    joint, shown = plot.picture.joint, plot.shown
    drag(desk, -1.0, release=False)
    assert plot.picture.joint is joint
    assert plot.shown == shown
    assert plot.picture.by_hand == pytest.approx(E0 - 1.0, abs=0.15)
    assert desk.project.entry.e0 is None
    QTest.keyClick(plot.grip, Qt.Key.Key_Escape)
    desk.settle()
    QTest.mouseRelease(plot.grip, LEFT)
    assert desk.project.entry.e0 is None
    assert plot.picture.by_hand is None


def test_a_click_on_the_grip_sets_nothing_and_a_double_click_resets(desk):
    grip = desk.analysis.correction.evidence.grip
    before = steps(desk)
    at = grip.handle().center().toPoint()
    QTest.mouseClick(grip, LEFT, pos=at)
    assert steps(desk) == before
    drag(desk, 1.0)
    QTest.mouseDClick(grip, LEFT, pos=at)
    desk.settle()
    assert desk.project.entry.e0 is None
    assert steps(desk) == before + 2


def test_arrows_move_e0_and_melt_into_one_step(desk):
    grip, before = desk.analysis.correction.evidence.grip, steps(desk)
    QTest.keyClick(grip, Qt.Key.Key_Left)
    QTest.keyClick(grip, Qt.Key.Key_Left)
    assert desk.project.entry.e0 == pytest.approx(E0 - 0.2)
    QTest.keyClick(grip, Qt.Key.Key_Right, SHIFT)
    assert desk.project.entry.e0 == pytest.approx(E0 + 0.8)
    assert steps(desk) == before + 1
    desk.settle()


def test_e0_stays_within_what_can_be_set(desk):
    desk.session.edit(with_entry(desk.project, 0, e0=19.9), "E0")
    desk.settle()
    grip = desk.analysis.correction.evidence.grip
    QTest.keyClick(grip, Qt.Key.Key_Right, SHIFT)
    desk.settle()
    assert desk.project.entry.e0 == 20.0


def test_an_uncertainty_set_by_hand_belongs_to_the_e0_on_screen(desk):
    QTest.keyClick(desk.analysis.correction.e0_std, Qt.Key.Key_Up)
    desk.settle()
    assert desk.project.entry.e0 == pytest.approx(E0)
    assert desk.project.entry.e0_std == pytest.approx(0.7)


def test_s02_against_cn_follows_the_selected_shell(desk):
    plot = shells_of(desk).amplitude
    assert plot.isVisible()
    assert "CN of Ni-Ni 1" in plot.accessibleDescription()
    assert "S0² 0.90 ± 0.08" in plot.accessibleDescription()
    shells_of(desk).chosen.emit(1)
    assert "CN of Ni-Ni 2" in plot.accessibleDescription()
    choose(desk, ALL)
    assert not plot.isVisible()


def test_in_a_narrow_window_the_table_keeps_its_room(desk):
    desk.window.resize(1280, 800)
    QGuiApplication.processEvents()
    assert not shells_of(desk).amplitude.isVisible()
    assert shells_of(desk).table.isVisible()
    assert not shells_of(desk).note.isVisible()


def test_the_ellipse_holds_its_share_of_the_covariance(desk):
    """Points of it are at one Mahalanobis distance."""
    prediction = desk.session.view().prediction
    picture = amplitude_picture(prediction, 0)
    number, s02 = picture.coordination, picture.s02
    assert (picture.correlation, picture.word) == (-0.6, "first-shell fit")
    off = picture.correlation * number.std * s02.std
    covariance = np.array([[number.std**2, off], [off, s02.std**2]])
    points = np.array(ellipse(picture, 0.68)) - [[number.value], [s02.value]]
    distances = np.einsum("ip,ij,jp->p", points, np.linalg.inv(covariance), points)
    assert distances == pytest.approx(radius(0.68) ** 2)
    assert 1.0 - np.exp(-0.5 * radius(0.95) ** 2) == pytest.approx(0.95)


def test_a_fixed_cn_has_no_ellipse(desk):
    prediction = desk.session.view().prediction
    first, *others = prediction.shells
    number = replace(first.coordination_number, fixed=True)
    first = replace(first, coordination_number=number)
    changed = replace(prediction, shells=(first, *others))
    assert amplitude_picture(changed, 0) is None
    assert amplitude_picture(changed, 1) is not None


def test_a_gaussian_evidence_stays_one():
    joint = foil_joint(None)
    x, y = smooth_evidence(joint.shifts, joint.evidence)
    expected = np.exp(-0.5 * ((x - joint.e0_shift) / joint.e0_shift_std) ** 2)
    assert y == pytest.approx(expected / expected.max(), abs=2e-3)


def test_tables_and_report_name_the_method(desk):
    shells_of(desk).copy()
    copied = QGuiApplication.clipboard().text().splitlines()
    assert copied[0].endswith("\tmethod")
    assert copied[1].endswith("\tjoint fit")
    view = desk.session.view()
    names = {row[3] for row in table_of(view)[1:]}
    assert names == {"joint fit", "networks"}
    assert settings_of(view.entry) == ()


def test_the_choice_is_saved_and_told_apart(tmp_path):
    project = with_spectra(Project(), (foil_entry(),))
    other = with_entry(project, 0, method="networks")
    storage.save(other, tmp_path / "a.onne")
    assert storage.load(tmp_path / "a.onne").entry.method == "networks"
    (difference,) = compared(project, other)
    assert difference.what == "Ni foil: answer"
    assert (difference.before, difference.after) == ("joint fit", "networks alone")
    questions = [Question(one.entry, OURS) for one in (project, other)]
    assert questions[0].digest != questions[1].digest
    assert questions[0].subject != questions[1].subject


class Prepares:
    """Settings as an ensemble makes them; counts how often it is asked."""

    def __init__(self) -> None:
        self.batches: list[int] = []

    knows_crystal = False

    def settings_for_many(self, spectra, given, samples):
        self.batches.append(len(spectra))
        if len(spectra) and min(one.k[-1] for one in spectra) < 6.0:
            raise OnneError("too short")
        return tuple(MeasurementSettings(e0 or 0.0) for e0, _ in given)


def test_a_series_is_prepared_at_once_with_the_methods_of_its_spectra():
    entries = (foil_entry("a"), replace(foil_entry("b"), method="networks", e0=2.0))
    ensemble = Prepares()
    found = prepared_many(entries, ensemble)
    assert ensemble.batches == [2]
    assert [settings.method for _, settings in found] == ["joint", "networks"]
    assert [settings.e0_shift for _, settings in found] == [0.0, 2.0]
    assert prepared(entries[1], ensemble) == found[1]


def test_one_bad_spectrum_of_a_series_spoils_no_other():
    good = foil_entry("a")
    short = replace(good.spectrum, k=good.spectrum.k[:50], chi=good.spectrum.chi[:50])
    damaged = replace(STANDARD, text="{}")
    entries = (good, replace(good, spectrum=short), replace(good, standard=damaged))
    (_, settings), reason, refused = prepared_many(entries, Prepares())
    assert settings.method == "joint"
    assert reason == "too short"
    assert isinstance(refused, str)


def test_the_product_of_number_and_s02_is_said_beside_the_number(desk):
    prediction = desk.session.view().prediction
    found = amplitude(prediction, 0)
    number = prediction.shells[0].coordination_number
    assert found.value == pytest.approx(0.9 * number.value)
    assert found.std / found.value < 0.08 / 0.9  # they are anticorrelated
    value, std = wording.value_and_std(found)
    said = f"N <i>S</i>₀² {value} ± {std}, corr. −0.60"
    assert said in lines_in(shells_of(desk))
    (row, *_) = [row for row in table_of(desk.session.view()) if "joint fit" in row]
    assert row[6] == f"{found.value:.6g}"
