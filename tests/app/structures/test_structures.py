"""Structures: clusters turned, picked, played, drawn again and written to files."""

from dataclasses import replace
from functools import partial

import ase.io
import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QProgressBar

from app.look import theme
from app.structures import sampler
from app.structures.drawing import sprites
from app.structures.drawing.scene import Looks
from app.structures.drawing.structure_view import HOME
from app.structures.sampler import NAME
from app.structures.samples import SampleRequest, Samples, counted
from app.structures.structure_export import KINDS
from app.training.dialogs.set_dialog import SetDialog
from onne_core.clusters.geometry import angles_at_absorber
from onne_core.jobs import run
from onne_core.pipeline.phases.samples import draw_samples
from onne_core.values.recipe import ClusterRecipe, read_recipe
from onne_core.values.structure import Range, Shell, System
from tests.app.fakes import ROOT, FakeService, answers, open_desk
from tests.app.seen import buttons_in, facts_in, read_in
from tests.app.structures import fake_drawing

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
SHIFT = Qt.KeyboardModifier.ShiftModifier
FOIL = read_recipe(ROOT / "resources" / "systems" / "ni-foil.json")
COUNT = 12


def crowded():
    """Return a recipe that sets about half of its clusters aside, and needs no time."""
    shells = (
        Shell("Cl", Range(2.1, 2.6), Range(0.05, 0.1), Range(4, 6)),
        Shell("Zn", Range(3.2, 4.0), Range(0.1, 0.2), Range(1, 4)),
    )
    system = System("Ni", "K", shells, name="Ni in a melt")
    return replace(FOIL, system=system, clusters=ClusterRecipe(closest_share=0.98))


MELT = crowded()


KNOWN: dict[str, Samples] = {}
"""Clusters drawn by earlier tests of this file, by the digest of their request."""


def drawn(recipe, count: int = COUNT) -> Samples:
    request = SampleRequest(recipe, count, recipe.sampling.seed)
    if request.digest not in KNOWN:
        samples = run(draw_samples(recipe, count=count, seed=request.seed))
        KNOWN[request.digest] = counted(request, samples)
    return KNOWN[request.digest]


@pytest.fixture
def desk(qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr(sampler, "USUAL", COUNT)
    made = open_desk(qtbot, tmp_path)
    yield made
    made.leave()


def shown(desk, recipe=MELT):
    """Show clusters of ``recipe`` as if they had been drawn in the background."""
    made = desk.window.commands.structures.sampler
    samples = drawn(recipe)
    made.known.keep(samples.request.digest, samples)
    desk.session.edit(replace(desk.project, recipe=recipe), "Open system")
    desk.window.show_tab("structures")
    page = desk.window.page("structures")
    assert page.samples is samples
    return page


def export_of(page) -> QAbstractButton:
    return buttons_in(page.tools)["Export"]


def texts(table) -> list[list[str]]:
    return [list(row) for row in table.table_model.rows]


def front_atom(page) -> int:
    """Return the neighbour nearest to the eye."""
    return int(np.argmax((page.cluster.positions @ page.structure.camera.turn.T)[:, 2]))


def test_clusters_are_assembled_in_the_background(desk):
    desk.keys("Ctrl+3")
    page = desk.window.page("structures")
    assert page.busy.isVisible()
    assert desk.session.jobs.running[0].name == NAME
    assert not export_of(page).isEnabled()
    desk.settle()
    assert page.samples.request.count == COUNT
    assert page.bar.total.text() == f"of {COUNT}"
    assert desk.window.tabs.tabs["structures"].text() == "Structures ✓"


def test_without_a_system_the_page_says_what_to_do(qtbot, tmp_path):
    desk = open_desk(qtbot, tmp_path, service=FakeService(offered=()))
    desk.window.show_tab("structures")
    page = desk.window.page("structures")
    assert page.nothing.open.isVisible()
    assert not page.nothing.again.isVisible()
    assert not page.primary.isEnabled()


def test_neighbours_are_listed_by_distance(desk):
    page = shown(desk)
    rows = texts(page.neighbours)
    lengths = [float(row[1]) for row in rows]
    assert lengths == sorted(lengths)
    assert lengths[0] == pytest.approx(page.cluster.lengths.min(), abs=5e-4)
    assert rows[0][2] == "Ni–Cl"


def position_of(view, atom):
    """Return where neighbour ``atom`` lies in the widget."""
    return QPointF(*view.projected().centres[atom + 1])


def test_a_clicked_atom_shows_its_card_and_its_row(desk):
    page = shown(desk)
    atom = front_atom(page)
    desk.click(page.structure, position_of(page.structure, atom).toPoint())
    assert page.picked == atom
    order = np.argsort(page.cluster.lengths, kind="stable").tolist()
    assert page.neighbours.currentIndex().row() == order.index(atom)
    card = page.middle.atom_card
    assert card.isVisible()
    length = f"{page.cluster.lengths[atom]:.3f} Å"
    assert length in card.accessibleName()


def test_the_card_lies_where_no_atom_is(desk):
    page = shown(desk)
    card, view = page.middle.atom_card, page.structure
    for atom in range(len(page.cluster.elements)):
        page.pick(atom)
        left = card.geometry().center().x() < view.width() / 2
        low = card.geometry().center().y() > view.height() / 2
        assert view.rect().contains(card.geometry())
        picked = position_of(view, atom)
        right_corner = (picked.x() < view.width() / 2, picked.y() > view.height() / 2)
        covered = card.geometry().contains(picked.toPoint())
        assert not covered or (left, low) == right_corner


def test_a_chosen_row_is_the_picked_atom_and_esc_lets_it_go(desk):
    page = shown(desk)
    page.neighbours.selectRow(3)
    order = np.argsort(page.cluster.lengths, kind="stable")
    assert page.picked == order[3]
    QTest.keyClick(page.structure, Qt.Key.Key_Escape)
    assert page.picked is None
    assert not page.middle.atom_card.isVisible()


def test_tab_goes_through_the_atoms_and_then_leaves(desk):
    page = shown(desk)
    view, order = page.structure, np.argsort(page.cluster.lengths, kind="stable")
    desk.activate()
    view.setFocus()
    for atom in order:
        QTest.keyClick(view, Qt.Key.Key_Tab)
        assert page.picked == atom
        assert view.hasFocus()
    QTest.keyClick(view, Qt.Key.Key_Tab)
    assert page.picked is None
    assert not view.hasFocus()


def test_dragging_rotates_moves_and_the_wheel_zooms(desk):
    view = shown(desk).structure
    corner = QPoint(8, 8)
    QTest.mousePress(view, LEFT, pos=corner)
    QTest.mouseMove(view, corner + QPoint(60, 20))
    QTest.mouseRelease(view, LEFT, pos=corner + QPoint(60, 20))
    turn = view.camera.turn
    assert not np.allclose(turn, HOME.turn)
    assert np.allclose(turn @ turn.T, np.eye(3))
    QTest.mousePress(view, RIGHT, pos=corner)
    QTest.mouseMove(view, corner + QPoint(30, 10))
    QTest.mouseRelease(view, RIGHT, pos=corner + QPoint(30, 10))
    assert view.camera.shift == (30.0, 10.0)
    assert np.array_equal(view.camera.turn, turn)
    wheel = QWheelEvent(
        QPointF(50, 50),
        view.mapToGlobal(QPointF(50, 50)),
        QPoint(0, 0),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    view.wheelEvent(wheel)
    assert view.camera.zoom > 1.0
    QTest.keyClick(view, Qt.Key.Key_Home)
    assert view.camera is HOME


def test_keys_turn_move_zoom_and_pick(desk):
    page = shown(desk)
    view = page.structure
    QTest.keyClick(view, Qt.Key.Key_Left)
    QTest.keyClick(view, Qt.Key.Key_Minus)
    assert not np.allclose(view.camera.turn, HOME.turn)
    assert view.camera.zoom < 1.0
    QTest.keyClick(view, Qt.Key.Key_Right, SHIFT)
    assert view.camera.shift[0] > 0.0
    order = np.argsort(page.cluster.lengths, kind="stable")
    QTest.keyClick(view, Qt.Key.Key_PageDown)
    QTest.keyClick(view, Qt.Key.Key_PageDown)
    assert page.picked == order[1]
    QTest.keyClick(view, Qt.Key.Key_PageUp)
    assert page.picked == order[0]


def test_a_double_click_centres_an_atom_and_then_returns(desk):
    page = shown(desk)
    view, atom = page.structure, front_atom(page)
    QTest.mouseDClick(view, LEFT, pos=position_of(view, atom).toPoint())
    middle = view.rect().center()
    at = position_of(view, atom)
    assert abs(at.x() - middle.x()) < 2.0
    assert abs(at.y() - middle.y()) < 2.0
    QTest.mouseDClick(view, LEFT, pos=QPoint(4, 4))
    assert view.camera is HOME


def test_switches_change_the_picture(desk):
    page = shown(desk)
    view = page.structure
    for name, switch in page.middle.switches.items():
        before = view.grab().toImage()
        desk.click(switch)
        assert getattr(view.looks, name) is not getattr(Looks(), name)
        assert view.grab().toImage() != before, name


def test_the_absorber_never_fades(desk):
    page = shown(desk)
    page.structure.centre_on(int(np.argmax(page.cluster.lengths)))
    projected = page.structure.projected()
    from app.structures.drawing.scene_painter import levels_of

    levels, _ = levels_of(page.structure.shot().scene, projected, Looks())
    assert levels[0] == sprites.LEVELS
    assert min(levels[1:]) < sprites.LEVELS


def test_slider_number_and_play_go_through_the_clusters(desk):
    page = shown(desk)
    QTest.keyClick(page.bar.slider, Qt.Key.Key_Right)
    assert page.index == page.samples.usable[1]
    shortest = float(texts(page.neighbours)[0][1])
    assert shortest == pytest.approx(page.cluster.lengths.min(), abs=5e-4)
    page.bar.number.setValue(1)
    assert page.index == page.samples.usable[0]
    desk.click(page.bar.play)
    assert page.bar._timer.isActive()
    desk.qtbot.waitUntil(lambda: page.index == page.samples.usable[2], timeout=5_000)
    desk.window.show_tab("start")
    assert not page.bar._timer.isActive()


def test_clusters_set_aside_are_counted_and_can_be_looked_at(desk):
    page = shown(desk)
    samples = page.samples
    assert samples.aside, "the recipe of this test must set some aside"
    assert str(len(samples.aside)) in page.left.reasons.text()
    assert "closer than" in page.left.reasons.text()
    desk.click(page.left.look)
    assert page.index == samples.aside[0]
    assert "Rejected: " in read_in(page.middle)
    first, second = page.structure.shot().scene.marked
    places = np.vstack([np.zeros(3), page.cluster.positions])
    gap = np.linalg.norm(places[first] - places[second])
    assert gap < float(samples.samples[page.index].reason.split()[-2])
    desk.click(page.left.look)
    assert page.index == samples.usable[0]


def test_statistics_follow_the_samples(desk):
    page = shown(desk)
    plots = page.statistics
    assert plots.evolution.isVisible()
    found = angles_at_absorber(page.cluster, np.flatnonzero(page.cluster.shells == 0))
    assert page.samples.angles["Ni-Cl"].sum() > found.size
    total = sum(page.samples.counted["Ni-Cl"]) * 0.05
    usable = [page.samples.samples[i].cluster for i in page.samples.usable]
    mean = np.mean([cluster.elements.count("Cl") for cluster in usable])
    assert total == pytest.approx(mean)
    assert plots.shell.count() == 2
    plots.shell.setCurrentIndex(1)
    plots.shell.activated.emit(1)
    assert "Ni-Zn" in plots.angles.accessibleDescription()


def test_a_template_has_no_genetic_algorithm_and_no_card_of_it(desk):
    page = shown(desk, FOIL)
    assert not page.statistics.evolution.isVisible()
    assert "Genetic algorithm" not in read_in(page.statistics)
    assert facts_in(page.left.facts)["Angles"] == "template fcc"


def test_regenerating_with_another_seed_keeps_what_is_shown_until_it_is_done(
    desk, monkeypatch
):
    page = shown(desk)
    before = page.samples
    monkeypatch.setattr(
        desk.window.commands.structures.sampler, "_stage", fake_drawing.draw_never
    )
    page.bar.seed.setValue(7)
    desk.click(page.bar.again)
    (bar,) = page.middle.findChildren(QProgressBar)
    desk.qtbot.waitUntil(lambda: bar.value() == 1, timeout=120_000)
    assert page.samples is before
    assert bar.isVisible()
    desk.click(page.middle.cancel)
    desk.settle()
    assert "Cancelled." in read_in(page.middle)
    assert page.samples is before
    stage = partial(fake_drawing.give, drawn(MELT, 4))
    monkeypatch.setattr(desk.window.commands.structures.sampler, "_stage", stage)
    page.bar.count.setValue(4)
    desk.click(page.bar.again)
    desk.settle()
    assert len(page.samples.samples) == 4
    assert page.bar.seed.value() == 7
    assert desk.session.document.undo_stack.count() == 1, "only the opened system"


def test_undo_brings_the_clusters_of_before_back_without_drawing(desk):
    page = shown(desk)
    first = page.samples
    shown(desk, FOIL)
    assert page.samples is drawn(FOIL)
    desk.keys("Ctrl+Z")
    assert page.samples is first
    assert not desk.session.jobs.running


def test_build_training_set_goes_to_training_with_this_system(desk):
    page = shown(desk)
    desk.click(page.primary)
    assert desk.window.current == "training"
    dialog = desk.window.findChild(SetDialog)
    assert dialog.plan.system.recipe == MELT
    dialog.reject()


@pytest.mark.parametrize("kind", KINDS)
def test_every_export_can_be_read_again(desk, tmp_path, monkeypatch, kind):
    page = shown(desk)
    path = tmp_path / f"out{KINDS[kind][1]}"
    with answers(monkeypatch, place=path):
        page.export_wanted.emit(kind)
    desk.qtbot.waitUntil(lambda: bool(desk.window.banners.banners()), timeout=20_000)
    assert [item.name for item in tmp_path.glob("*out*")] == [path.name]
    if kind == "png":
        image = QImage(str(path))
        assert image.width() == 3 * page.structure.width()
    elif kind == "svg":
        text = path.read_text()
        assert "<svg" in text
        assert "Ni in a melt" in text
        assert text.count("radialGradient") >= len(page.cluster.elements)
    else:
        frames = ase.io.read(path, index=":")
        many = len(page.samples.usable) if kind == "all" else 1
        assert len(frames) == many
        distances = frames[0].get_distances(0, list(range(1, len(frames[0]))))
        assert distances == pytest.approx(page.cluster.lengths, abs=1e-4)


def test_a_place_that_cannot_be_written_is_said(desk, tmp_path, monkeypatch):
    page = shown(desk)
    blocked = tmp_path / "file"
    blocked.write_text("")
    with answers(monkeypatch, place=blocked / "a.xyz"):
        page.export_wanted.emit("xyz")
    desk.qtbot.waitUntil(lambda: bool(desk.window.banners.banners()), timeout=20_000)
    assert (
        "a.xyz could not be written"
        in desk.window.banners.banners()[0].accessibleName()
    )


def test_file_export_offers_the_menu_of_the_page(desk):
    page = shown(desk)
    desk.keys("Ctrl+E")
    menu = export_of(page).menu()
    assert menu.isVisible()
    assert [action.text() for action in menu.actions()] == [
        f"{title}…" for title, _ in KINDS.values()
    ]
    menu.close()


def test_the_picture_is_copied(desk):
    page = shown(desk)
    page.structure.setFocus()
    page.structure.copy()
    image = QGuiApplication.clipboard().image()
    assert image.width() == 3 * page.structure.width()


def test_kept_pictures_look_like_drawn_ones(desk):
    """The quick way may differ by the rounding to whole pixels, not in kind."""
    view = shown(desk).structure
    from PySide6.QtGui import QColor, QPainter

    from app.structures.drawing.scene_painter import paint

    def painted(*, quick: bool) -> np.ndarray:
        image = QImage(view.size(), QImage.Format.Format_RGB32)
        image.fill(QColor(theme.current().surface))
        painter = QPainter(image)
        paint(
            painter, view.shot().scene, view.projected(), looks=view.looks, quick=quick
        )
        painter.end()
        pixels = np.frombuffer(image.constBits(), np.uint8)
        return pixels.reshape(view.height(), -1, 4)[..., :3].astype(float)

    quick, fine = painted(quick=True), painted(quick=False)
    blank = np.abs(fine - fine[0, 0]).mean()
    assert np.abs(quick - fine).mean() < 0.15 * blank
