"""Shells, Structures, Training and Series: real values, read and exported."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest

from app.export_dialog import ExportDialog
from app.stages import Samples
from onne_core.digest import digest
from onne_core.pipeline.references import sample_clusters
from onne_core.recipe import read_recipe
from tests.app.fakes import SYSTEM, FakeService, open_desk

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def desk(qtbot, tmp_path):
    made = open_desk(qtbot, tmp_path)
    yield made
    made.leave()


def texts(table) -> list[list[str]]:
    return [list(row) for row in table.table_model.rows]


@pytest.fixture(scope="module")
def samples() -> Samples:
    recipe = read_recipe(SYSTEM)
    clusters = sample_clusters(recipe, count=3, seed=recipe.sampling.seed)
    return Samples(clusters, 3 - len(clusters), digest(recipe))


def open_structures(desk, samples):
    desk.session._samples = samples
    desk.window.show_tab("structures")
    return desk.window.page("structures")


def test_shells_shows_the_ranges_of_the_ensemble(desk):
    desk.keys("Ctrl+1")
    page = desk.window.page("shells")
    rows = texts(page.table)
    assert len(rows) == 5
    assert rows[0][:4] == ["Ni–Ni 1", "2.467–2.517", "0.030–0.155", "11–13"]
    assert rows[4][4] == "no, it only scatters"
    assert page.source.text() == "From ensemble ni-foil."
    assert not page._close.isVisible()


def test_a_chosen_row_lifts_its_curves(desk):
    desk.keys("Ctrl+1")
    page = desk.window.page("shells")
    plain = page.plot.curves
    page.table.selectRow(1)
    assert page.plot.curves < plain
    desk.window.refresh()
    assert page.table.currentIndex().row() == 1


def test_an_opened_system_replaces_that_of_the_ensemble_until_closed(desk):
    desk.window.opening.open_recipe(SYSTEM)
    page = desk.window.page("shells")
    assert page.source.text() == "From the file that was opened."
    desk.click(page._close)
    assert desk.project.recipe is None
    assert page.source.text() == "From ensemble ni-foil."


def test_without_anything_every_page_says_what_to_do(qtbot, tmp_path):
    desk = open_desk(qtbot, tmp_path, service=FakeService(offered=()))
    for name in ("shells", "structures", "training", "series"):
        desk.window.show_tab(name)
        assert desk.window.page(name)._stack.currentIndex() == 1, name
    desk.window.show_tab("analysis")
    assert desk.analysis.middle_stack.currentIndex() == 1


def test_structures_are_assembled_in_the_background(desk):
    desk.keys("Ctrl+2")
    page = desk.window.page("structures")
    assert page._stack.currentIndex() == 1
    assert desk.session.jobs.running[0].name == desk.session.DRAWING
    desk.settle()
    assert page._stack.currentIndex() == 0
    assert page._counter.text() == "Cluster 1 of 24"
    assert 60 <= len(texts(page.neighbours)) <= 78


def test_neighbours_are_listed_by_distance(desk, samples):
    structures = open_structures(desk, samples)
    rows = texts(structures.neighbours)
    lengths = [float(row[1]) for row in rows]
    assert lengths == sorted(lengths)
    assert lengths[0] == pytest.approx(samples.clusters[0].lengths.min(), abs=5e-4)
    assert rows[0][2] == "Ni–Ni 1"


def test_a_clicked_atom_is_the_chosen_row(desk, samples):
    structures = open_structures(desk, samples)
    view = structures.structure
    cluster = samples.clusters[0]
    depth = cluster.positions @ view._turn.T
    front = int(np.argmax(depth[:, 2]))
    desk.click(view, view.position_of(front).toPoint())
    assert structures._picked == front
    order = np.argsort(cluster.lengths, kind="stable")
    assert structures.neighbours.currentIndex().row() == list(order).index(front)
    assert "Ni–Ni" in dict(structures.atom._facts)["Shell"]


def test_a_chosen_row_is_the_picked_atom(desk, samples):
    structures = open_structures(desk, samples)
    structures.neighbours.selectRow(3)
    order = np.argsort(samples.clusters[0].lengths, kind="stable")
    assert structures._picked == order[3]


def test_dragging_rotates_and_the_wheel_zooms(desk, samples):
    structures = open_structures(desk, samples)
    view = structures.structure
    before, corner = view._turn.copy(), QPoint(8, 8)
    QTest.mousePress(view, LEFT, pos=corner)
    QTest.mouseMove(view, corner + QPoint(60, 20))
    QTest.mouseRelease(view, LEFT, pos=corner + QPoint(60, 20))
    assert not np.allclose(view._turn, before)
    assert np.allclose(view._turn @ view._turn.T, np.eye(3))
    zoom = view._zoom
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
    assert view._zoom > zoom
    QTest.keyClick(view, Qt.Key.Key_Home)
    assert np.allclose(view._turn, before)


def test_keys_turn_zoom_and_pick(desk, samples):
    structures = open_structures(desk, samples)
    view = structures.structure
    before, zoom = view._turn.copy(), view._zoom
    QTest.keyClick(view, Qt.Key.Key_Left)
    QTest.keyClick(view, Qt.Key.Key_Minus)
    assert not np.allclose(view._turn, before)
    assert view._zoom < zoom
    order = np.argsort(samples.clusters[0].lengths, kind="stable")
    QTest.keyClick(view, Qt.Key.Key_PageDown)
    QTest.keyClick(view, Qt.Key.Key_PageDown)
    assert structures._picked == order[1]
    QTest.keyClick(view, Qt.Key.Key_PageUp)
    assert structures._picked == order[0]


def test_the_slider_goes_through_the_samples(desk, samples):
    structures = open_structures(desk, samples)
    QTest.keyClick(structures.slider, Qt.Key.Key_Right)
    assert structures._counter.text() == "Cluster 2 of 3"
    shortest = float(texts(structures.neighbours)[0][1])
    assert shortest == pytest.approx(samples.clusters[1].lengths.min(), abs=5e-4)


def test_training_shows_the_card(desk):
    desk.keys("Ctrl+3")
    page = desk.window.page("training")
    card = page.ensemble
    facts = dict(card.facts._facts)
    assert facts["Spectra"] == "12\N{THIN SPACE}000"
    assert facts["Window"] == "3.0–14.0 Å⁻¹"
    assert facts["Size"].endswith("MB")
    assert texts(card.coverage)[0] == ["Ni–Ni 1", "g(r)", "70 %", "96 %"]
    assert len(texts(card.members)) == 10
    assert "Ni–Ni closer" in card.rejected.text()
    card.members.selectRow(4)
    assert "10 members" in card.loss.plot.accessibleDescription()


def test_export_writes_the_chosen_files(desk, tmp_path):
    desk.add()
    desk.preferences.folder = str(tmp_path)
    desk.click(desk.analysis._export)
    dialog = desk.window.findChild(ExportDialog)
    dialog.name.setText("foil")
    dialog.boxes["svg"].setChecked(False)
    assert "foil.png" in dialog._files.text()
    desk.click(dialog.export)
    desk.settle()
    names = {path.name for path in tmp_path.glob("foil.*")}
    assert names == {"foil.png", "foil.chi.csv", "foil.csv", "foil.json"}
    (banner,) = desk.window.banners.banners()
    assert banner.notice.title == f"Written to {tmp_path}"


def test_export_needs_a_folder_a_name_and_a_kind(desk, tmp_path):
    desk.add()
    desk.preferences.folder = str(tmp_path)
    desk.keys("Ctrl+E")
    dialog = desk.window.findChild(ExportDialog)
    for change, words in (
        (lambda: dialog.folder.setText(str(tmp_path / "no")), "does not exist"),
        (lambda: dialog.name.setText("a/b"), "without slashes"),
        (lambda: [b.setChecked(False) for b in dialog.boxes.values()], "at least one"),
    ):
        change()
        assert words in dialog._files.text()
        assert not dialog.export.isEnabled()
        dialog.folder.setText(str(tmp_path))
        dialog.name.setText("foil")
    dialog.reject()
