"""Commands and fields are found by the words of the field, and reached by Return."""

import pytest
from PySide6.QtCore import Qt

from app.frame.find_words import WORDS, Findable, found
from app.frame.finder import Finder, targets_of
from app.frame.help import READING
from app.session.view import TABS
from app.widgets.number_field import NumberField
from tests.app.fakes import open_desk


def rows(finder: Finder) -> list[str]:
    return [
        finder.rows.topLevelItem(i).text(0)
        for i in range(finder.rows.topLevelItemCount())
    ]


def opened(desk) -> Finder:
    desk.keys("Ctrl+K")
    (finder,) = [d for d in desk.window.findChildren(Finder) if d.isVisible()]
    return finder


@pytest.fixture
def desk(qtbot, tmp_path):
    result = open_desk(qtbot, tmp_path)
    for name in TABS:
        result.window.builder.page(name)
    return result


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("rbkg", "rbkg"),
        ("autobk", "rbkg"),
        ("kw", "k-weight of the background: 2"),
        ("glitch", "Deglitch…"),
        ("average", "Merge"),
        ("e0", "E0"),
        ("hotkeys", "Keyboard shortcuts"),
        ("undo", "Undo"),
        ("dark", "Dark"),
    ],
)
def test_the_words_of_the_field_find_it(desk, typed: str, wanted: str) -> None:
    finder = opened(desk)
    finder.query.setText(typed)
    assert wanted in rows(finder)[:4]


def test_return_goes_to_a_field_of_another_tab(desk, qtbot) -> None:
    desk.window.show_tab("series")
    finder = opened(desk)
    qtbot.keyClicks(finder.query, "rbkg")
    qtbot.keyClick(finder.query, Qt.Key.Key_Return)
    assert desk.window.current == "data"
    focus = desk.window.focusWidget()
    assert isinstance(focus, NumberField)
    assert focus.accessibleName() == "rbkg"
    assert focus.lineEdit().hasSelectedText()


def test_a_command_runs_and_what_cannot_is_grey(desk, qtbot) -> None:
    finder = opened(desk)
    finder.query.setText("redo")
    assert "not now" in finder.rows.topLevelItem(0).text(1)
    qtbot.keyClick(finder.query, Qt.Key.Key_Return)
    assert finder.isVisible()
    finder.query.setText("larger text")
    qtbot.keyClick(finder.query, Qt.Key.Key_Return)
    assert desk.preferences.text_size > 1.0


def test_arrows_move_in_the_list_while_one_types(desk, qtbot) -> None:
    finder = opened(desk)
    finder.query.setText("open")
    qtbot.keyClick(finder.query, Qt.Key.Key_Down)
    assert finder.rows.indexOfTopLevelItem(finder.rows.currentItem()) == 1
    finder.query.setText("no such thing")
    assert finder.nothing.text() == "Nothing is called no such thing."


def test_every_word_stands_for_something_in_the_window(desk) -> None:
    desk.add()
    opened(desk)
    window = desk.window
    items = [t.findable for t in targets_of(window.menus, window._pages, print)]
    texts = [f"{item.text} {item.place}".casefold() for item in items]
    missing = [part for _, part in WORDS if not any(part in text for text in texts)]
    assert not missing


def test_the_best_match_comes_first() -> None:
    items = [
        Findable("Save project as…", "File", index=0),
        Findable("Export…", "File", index=1),
        Findable("Export series…", "File", is_enabled=False, index=2),
        Findable("Known g(r)…", "View, export", index=3),
    ]
    assert [item.index for item in found("export", items)] == [1, 2, 3]
    assert found("export zebra", items) == []


def test_every_tab_has_a_reading_of_its_own(desk) -> None:
    assert {*TABS, "start"} == set(READING)
    assert len(set(READING.values())) == len(READING)
