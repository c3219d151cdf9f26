"""The Shells tab as a person uses it: fields, grips, menus, the periodic table."""

from dataclasses import replace
from weakref import proxy

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.shells.editor.element_picker import ElementPicker
from onne_core.values.recipe import read_recipe
from onne_core.values.structure import Range
from tests.app.fakes import ROOT, SYSTEM, FakeService, answers, open_desk
from tests.app.seen import lines_in, problems_in, read_in

MELT = ROOT / "resources" / "systems" / "ni-molten-chloride.json"


@pytest.fixture
def desk(qtbot, tmp_path):
    made = open_desk(qtbot, tmp_path)
    yield made
    made.leave()


@pytest.fixture
def page(desk):
    desk.window.opening.open_recipe(MELT)
    # pytest keeps fixtures longer than Qt keeps windows.
    return proxy(desk.window.page("shells"))


def type_into(field, text: str) -> None:
    """Replace the text of a line as a user does, and press Enter."""
    field.setFocus()
    field.selectAll()
    if text.isascii():
        QTest.keyClicks(field, text)
    else:  # what is on no key is pasted
        QApplication.clipboard().setText(text)
        QTest.keyClick(field, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(field, Qt.Key.Key_Return)


def distance(page, shell: int):
    return page.editor.rows[shell].ranges["distance"].text


def shells(desk):
    return desk.project.system.shells


def problem_of(page, shell: int) -> str:
    return "\n".join(problems_in(page.editor.rows[shell]))


def choose(desk, page, shell: int, action: str) -> None:
    menu = page.editor.rows[shell].more.menu()
    next(a for a in menu.actions() if a.objectName() == action).trigger()


def picker_of(window) -> ElementPicker:
    (picker,) = window.findChildren(ElementPicker)
    return picker


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("2.2-2.6", (2.2, 2.6)),
        ("2,2 2,6", (2.2, 2.6)),
        ("2.2 to 2.60 Å", (2.2, 2.6)),
        ("2.4", (2.4, 2.4)),
    ],
)
def test_a_range_is_typed_and_undone_in_one_step(desk, page, text, ends):
    before = desk.project.digest
    type_into(distance(page, 0), text)
    assert shells(desk)[0].distance == Range(*ends)
    assert page.plot.picture.shells[0].ranges["distance"] == Range(*ends)
    desk.keys("Ctrl+Z")
    assert desk.project.digest == before
    assert distance(page, 0).text() == "2.10–2.55"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2.2-13", "13 is too large. Allowed: 0.8 to 12 Å."),
        ("0.2-2", "0.2 is too small. Allowed: 0.8 to 12 Å."),
        ("2.6-2.2", "Enter the lower end first: 2.6 is above 2.2."),
        ("near", "Enter two numbers"),
        ("", "Enter two numbers"),
        ("1e3-2e3", "Enter two numbers"),
        ("-2-3", "Enter two numbers"),
        ("nan-inf", "Enter two numbers"),
    ],
)
def test_a_wrong_range_says_so_beside_the_field_and_changes_nothing(
    desk, page, text, words
):
    before = desk.project.digest
    field = distance(page, 1)
    type_into(field, text) if text else (field.setFocus(), field.selectAll())
    if not text:
        QTest.keyClick(field, Qt.Key.Key_Delete)
        QTest.keyClick(field, Qt.Key.Key_Return)
    assert words in problem_of(page, 1)
    assert "Mean distance" in problem_of(page, 1)
    assert desk.project.digest == before
    assert field.text() == text
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert field.text() == "2.45–3.05"
    assert problem_of(page, 1) == ""


def test_arrows_move_a_range_and_are_undone_together(desk, page):
    before = desk.project.digest
    field = distance(page, 2)
    field.setFocus()
    for _ in range(3):
        QTest.keyClick(field, Qt.Key.Key_Up)
    QTest.keyClick(field, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert shells(desk)[2].distance == Range(3.13, 4.53)
    desk.keys("Ctrl+Z")
    assert desk.project.digest == before


def drag(page, kind: str, by: int, *, drop: bool = True) -> None:
    """Drag a grip by so many px."""
    grip = page.plot.grips[kind]
    start = grip.handle().center().toPoint()
    pressed_at = grip.mapTo(page.plot, start)
    QTest.mousePress(grip, Qt.MouseButton.LeftButton, pos=start)
    for part in (0.3, 0.6, 1.0):
        # The grip has moved meanwhile: the mouse is where it is on the plot.
        aim = page.plot.mapToGlobal(pressed_at + QPoint(round(by * part), 0))
        QTest.mouseMove(grip, grip.mapFromGlobal(aim))
    if drop:
        QTest.mouseRelease(grip, Qt.MouseButton.LeftButton)


def per_px(page) -> float:
    left, right = page.plot.to_pixel(2.0, 0.0), page.plot.to_pixel(3.0, 0.0)
    return 1.0 / (right.x() - left.x())


@pytest.mark.parametrize(
    ("kind", "quantity", "moved"),
    [
        ("lower", "distance", (1, 0)),
        ("upper", "distance", (0, 1)),
        ("both", "distance", (1, 1)),
        ("deviation", "deviation", (1, 1)),
    ],
)
def test_a_grip_moves_its_ends_live_in_one_undo_step(desk, page, kind, quantity, moved):
    page.look_at(2)
    before, old = desk.project.digest, getattr(shells(desk)[2], quantity)
    steps = desk.session.document.undo_stack.count()
    drag(page, kind, 20, drop=False)
    field = page.editor.rows[2].ranges[quantity].text
    live = field.text()
    assert desk.project.digest == before
    QTest.mouseRelease(page.plot.grips[kind], Qt.MouseButton.LeftButton)
    new = getattr(shells(desk)[2], quantity)
    by = 20 * per_px(page)
    assert new.lower - old.lower == pytest.approx(moved[0] * by, abs=0.006)
    assert new.upper - old.upper == pytest.approx(moved[1] * by, abs=0.006)
    assert field.text() == live
    assert desk.session.document.undo_stack.count() == steps + 1
    desk.keys("Ctrl+Z")
    assert desk.project.digest == before


def test_escape_during_a_drag_restores(desk, page):
    page.look_at(2)
    before, text = desk.project.digest, distance(page, 2).text()
    drag(page, "both", 40, drop=False)
    assert distance(page, 2).text() != text
    QTest.keyClick(page.plot.grips["both"], Qt.Key.Key_Escape)
    assert distance(page, 2).text() == text
    assert desk.project.digest == before
    assert desk.session.project is desk.session.document.project
    type_into(distance(page, 2), "3.3-4.6")
    assert shells(desk)[2].distance == Range(3.3, 4.6)


def test_grips_answer_to_arrow_keys_and_never_cross(desk, page):
    page.look_at(0)
    grip = page.plot.grips["lower"]
    grip.setFocus()
    QTest.keyClick(grip, Qt.Key.Key_Right)
    assert shells(desk)[0].distance == Range(2.11, 2.55)
    for _ in range(9):
        QTest.keyClick(grip, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert shells(desk)[0].distance == Range(2.55, 2.55)
    sigma = page.plot.grips["deviation"]
    sigma.setFocus()
    for _ in range(9):
        QTest.keyClick(sigma, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert shells(desk)[0].deviation == Range(0.001, 0.151)


def test_a_click_on_a_curve_or_a_row_selects_the_shell(desk, page):
    page.look_at(0)
    at = page.plot.to_pixel(3.9, 0.5).toPoint()
    desk.click(page.plot.viewport(), at)
    assert page.plot.picture.selected == 2
    desk.click(page.editor.rows[4].name)
    assert page.plot.picture.selected == 4


def test_shells_are_added_duplicated_moved_and_removed(desk, page):
    desk.activate()
    before = desk.project.digest
    page.look_at(2)
    desk.click(page.editor.add)
    assert [s.element for s in shells(desk)][2:4] == ["Zn", "Zn"]
    assert shells(desk)[3].distance == Range(4.1, 5.5)
    assert page.plot.picture.selected == 3
    desk.click(page.editor.duplicate)
    assert shells(desk)[4] == shells(desk)[3]
    choose(desk, page, 4, "remove")
    choose(desk, page, 3, "up")
    assert shells(desk)[2].distance == Range(4.1, 5.5)
    row = page.editor.rows[2]
    row.name.setFocus()
    QTest.keyClick(row.name, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert shells(desk)[3].distance == Range(4.1, 5.5)
    page.editor.rows[3].name.setFocus()
    QTest.keyClick(page.editor.rows[3].name, Qt.Key.Key_Delete)
    assert len(shells(desk)) == 7
    while desk.session.document.undo_stack.index() > 1:
        desk.keys("Ctrl+Z")
    assert desk.project.digest == before


def test_the_last_shell_stays(desk, page):
    while len(shells(desk)) > 1:
        choose(desk, page, 1, "remove")
    menu = page.editor.rows[0].more.menu()
    remove = next(a for a in menu.actions() if a.objectName() == "remove")
    assert not remove.isEnabled()
    # Only a reported shell may be the last one.
    desk.click(page.editor.rows[0].reported)
    assert "report at least one" in problem_of(page, 0).lower()
    assert shells(desk)[0].reported
    assert page.editor.rows[0].reported.isChecked()


def test_heads_join_shells_of_one_element_only(desk, page):
    type_into(page.editor.rows[2].head, "Ni-Cl 1")
    assert "join" in problem_of(page, 2)
    assert shells(desk)[2].head == ""
    type_into(page.editor.rows[1].head, "tail")
    assert shells(desk)[1].head == "tail"
    assert page.editor.rows[1].name.text() == "tail"


def test_an_element_is_found_by_its_name_and_added(desk, page):
    desk.click(page.system.add)
    picker = picker_of(page)
    QTest.keyClicks(picker.search, "brom")
    assert picker.marked == "Br"
    QTest.keyClick(picker.search, Qt.Key.Key_Return)
    assert shells(desk)[-1].element == "Br"
    assert set(page.system.chips) == {"Cl", "Zn", "K", "Br"}
    assert page.plot.picture.selected == 7


def test_the_table_of_elements_is_walked_by_arrows(desk, page):
    desk.click(page.system.chips["Zn"])
    picker = picker_of(page)
    assert picker.marked == "Zn"
    picker.cells["Zn"].setFocus()
    QTest.keyClick(picker.cells["Zn"], Qt.Key.Key_Down)
    assert picker.marked == "Cd"
    QTest.keyClick(picker.cells["Cd"], Qt.Key.Key_Escape)
    assert "Zn" in page.system.chips


def test_the_absorber_brings_its_usual_edge(desk, page):
    desk.click(page.system.absorber)
    picker = picker_of(page)
    desk.click(picker.cells["U"])
    desk.click(picker.take)
    assert desk.project.system.absorber == "U"
    assert desk.project.system.edge == "L3"
    assert page.system.edge.currentText().startswith("L3, 17")


def test_a_pure_metal_stays_one(desk):
    desk.window.opening.open_recipe(SYSTEM)
    page = desk.window.page("shells")
    desk.click(page.system.absorber)
    picker = picker_of(page)
    QTest.keyClicks(picker.search, "Cu")
    QTest.keyClick(picker.search, Qt.Key.Key_Return)
    assert {s.element for s in shells(desk)} == {"Cu"}


def test_the_first_edit_makes_the_ensembles_system_the_projects_own(desk):
    desk.keys("Ctrl+2")
    page = desk.window.page("shells")
    assert desk.project.recipe is None
    assert "ensemble ni-foil" in page.source.text()
    type_into(distance(page, 0), "2.40-2.60")
    assert shells(desk)[0].distance == Range(2.4, 2.6)
    assert "belongs to the project" in page.source.text()
    desk.keys("Ctrl+Z")
    assert desk.project.recipe is None
    assert distance(page, 0).text() == "2.467–2.517"


def test_common_ranges_window_and_weight(desk):
    desk.window.opening.open_recipe(SYSTEM)
    page = desk.window.page("shells")
    type_into(page.structure.ranges["distance_scale"].field.text, "0.9-1.1")
    type_into(page.structure.ranges["coordination_scale"].field.text, "0.3-1")
    type_into(page.structure.ranges["jitter"].field.text, "0.2-0.5")
    type_into(page.system.k_window.field.text, "2.5-15")
    page.system.weight.setValue(3)
    type_into(page.system.name, "foil 2")
    system = desk.project.system
    assert (system.distance_scale, system.coordination_scale) == (
        Range(0.9, 1.1),
        Range(0.3, 1.0),
    )
    assert system.angles.jitter == (0.2, 0.5)
    training = desk.project.recipe.training
    assert (training.k_min, training.k_max, training.k_weight) == (2.5, 15.0, 3)
    assert system.name == "foil 2"
    type_into(page.system.k_window.field.text, "3")
    assert "the lower end must come first" in read_in(page.system.k_window)
    assert desk.project.recipe.training.k_max == 15.0


def test_directions_free_of_a_lattice_or_of_a_file(desk, monkeypatch, tmp_path):
    desk.window.opening.open_recipe(SYSTEM)
    page = desk.window.page("shells")

    def activate(text: str) -> None:
        index = page.structure.template.findText(text)
        page.structure.template.setCurrentIndex(index)
        page.structure.template.activated.emit(index)

    activate("Free (genetic algorithm)")
    assert desk.project.system.angles.template is None
    assert not page.structure.more.isVisible()
    activate("bcc")
    assert desk.project.system.angles.template == "bcc"
    path = tmp_path / "NiO.cif"
    with answers(monkeypatch, file=path):
        activate("From a structure file…")
    assert desk.project.system.angles.template == str(path)
    assert page.structure.template.currentText() == "NiO.cif"


def test_a_new_system_is_two_elements_away(qtbot, tmp_path):
    desk = open_desk(qtbot, tmp_path, service=FakeService(offered=()))
    desk.click(desk.window.page("start").new_system)
    picker = picker_of(desk.window)
    QTest.keyClicks(picker.search, "Fe")
    QTest.keyClick(picker.search, Qt.Key.Key_Return)
    assert picker.accessibleName() == "Nearest neighbour of Fe"
    QTest.keyClicks(picker.search, "O")
    QTest.keyClick(picker.search, Qt.Key.Key_Return)
    assert desk.window.current == "shells"
    system = desk.project.system
    assert (system.absorber, system.edge, system.shells[0].element) == ("Fe", "K", "O")
    assert system.shells[0].distance == Range(1.83, 2.13)
    assert desk.session.document.has_unsaved_work
    desk.leave()


def test_a_saved_system_is_read_back(desk, page, monkeypatch, tmp_path):
    type_into(distance(page, 0), "2.2-2.5")
    assert desk.session.document.has_unsaved_work
    with answers(monkeypatch, place=tmp_path / "mine"):
        desk.window.actions_by_name["save_system"].trigger()
    assert not desk.session.document.has_unsaved_work
    assert read_recipe(tmp_path / "mine.json") == desk.project.recipe


def test_build_structures_goes_to_structures(desk, page):
    desk.click(page.primary)
    assert desk.window.current == "structures"
    desk.settle()


def test_the_table_is_copied_as_text(desk, page):
    page.editor.copy()
    lines = QApplication.clipboard().text().splitlines()
    assert lines[0].startswith("Shell\tMean distance (Å)")
    assert lines[1] == "Ni–Cl 1\t2.10–2.55\t0.05–0.20\t1–6\t0.0\tyes\tNi-Cl 1"


def test_two_hundred_steps_back_and_forth_give_the_same_document(desk, page):
    digests = [desk.project.digest]
    for i in range(100):
        shell = i % 7
        type_into(distance(page, shell), f"{3 + 0.01 * i:.2f}-{3.6 + 0.01 * i:.2f}")
        digests.append(desk.project.digest)
    assert len(set(digests)) == len(digests)
    for wanted in reversed(digests[:-1]):
        desk.keys("Ctrl+Z")
        assert desk.project.digest == wanted
    for wanted in digests[1:]:
        desk.keys("Ctrl+Shift+Z")
        assert desk.project.digest == wanted


def test_everything_has_a_name_for_those_who_hear_it(desk, page):
    row = page.editor.rows[0]
    assert distance(page, 0).accessibleName() == "Mean distance of Ni–Cl 1"
    for widget in (
        row.name,
        row.reported,
        row.head,
        row.more,
        *page.plot.grips.values(),
    ):
        assert widget.accessibleName(), widget
    for widget in (page.system.name, page.system.absorber, page.system.edge):
        assert widget.accessibleName(), widget


def test_a_preview_that_is_interrupted_leaves_nothing(desk, page):
    page.look_at(2)
    drag(page, "upper", 30, drop=False)
    other = replace(desk.project, recipe=read_recipe(SYSTEM))
    desk.session.edit(other, "Open")
    QTest.mouseRelease(page.plot.grips["upper"], Qt.MouseButton.LeftButton)
    assert desk.project.system.name == "Ni foil"
    type_into(distance(page, 0), "2.40-2.60")
    assert desk.project.system.name == "Ni foil"
    assert shells(desk)[0].distance == Range(2.4, 2.6)


def test_skewness_bends_the_curves_live_and_is_undone(desk, page):
    before = desk.project.digest
    straight = page.plot.picture.shells[2].middle
    field = page.editor.rows[2].ranges["skewness"].text
    assert field.accessibleName() == "Skewness of Ni–Zn 1"
    assert field.text() == "0.0"
    type_into(field, "0.3 to 0.8")
    assert shells(desk)[2].skewness == Range(0.3, 0.8)
    bent = page.plot.picture.shells[2].middle
    assert bent.argmax() < straight.argmax()
    type_into(field, "1.5")
    assert "1.5 is too large. Allowed: −1 to 1." in problem_of(page, 2)
    QTest.keyClick(field, Qt.Key.Key_Escape)
    desk.keys("Ctrl+Z")
    assert desk.project.digest == before


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("-0.2 to 0.4", (-0.2, 0.4)),
        ("−0.2–0.4", (-0.2, 0.4)),
        ("-0.2-0.4", (-0.2, 0.4)),
        ("-0.2 -0.1", (-0.2, -0.1)),
        ("-0.2 - 0.1", (-0.2, 0.1)),
        ("-0,2 - -0,1", (-0.2, -0.1)),
        ("-0.2", (-0.2, -0.2)),
    ],
)
def test_skewness_may_be_negative(desk, page, text, ends):
    field = page.editor.rows[0].ranges["skewness"].text
    type_into(field, text)
    assert shells(desk)[0].skewness == Range(*ends)
    written = field.text()
    type_into(field, "0")
    type_into(field, written)
    assert shells(desk)[0].skewness == Range(*ends)


def test_motion_and_gaps_of_a_crystal(desk):
    desk.window.opening.open_recipe(SYSTEM)
    desk.window.show_tab("shells")
    card = desk.window.page("shells").structure
    before = desk.project.digest
    assert not card.together.isVisible()
    assert "Correlated motion" in read_in(card.more)
    desk.click(card.more.toggle)
    assert card.together.isVisible()
    type_into(card.ranges["motion"].field.text, "0.6-0.9")
    assert desk.project.system.angles.motion == (0.6, 0.9)
    desk.click(card.together, QPoint(8, card.together.height() // 2))
    angles = desk.project.system.angles
    assert (angles.motion, angles.jitter) == (None, (0.4, 0.9))
    assert not card.ranges["motion"].isEnabled()
    for name, text, share in (
        ("template_share", "80", 0.8),
        ("sided_share", "45", 0.45),
    ):
        type_into(card.shares[name].lineEdit(), text)
        assert getattr(desk.project.system.angles, name) == share
    desk.click(card.more.toggle)
    summary = "Independent motion; 20 % free angles; 45 % with vacancies on one side."
    assert summary in lines_in(card.more)
    type_into(card.ranges["sigma_scale"].field.text, "0.5-1.5")
    type_into(card.ranges["inverse_diameter"].field.text, "0-0.05")
    assert desk.project.system.sigma_scale == Range(0.5, 1.5)
    assert desk.project.system.inverse_diameter == Range(0.0, 0.05)
    for _ in range(6):
        desk.keys("Ctrl+Z")
    assert desk.project.digest == before
