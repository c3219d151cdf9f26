"""Names from files are text, whatever tags they hold."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QAbstractListModel, Qt
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QAbstractItemView, QLabel, QWidget

from app.look.rich_text import safe, safe_tip
from app.session.view import TABS
from app.widgets.basics import Label, label
from tests.app.fakes import FakeService, open_desk
from tests.app.foil import foil_entry

HOSTILE = '<img src="picture.png"><h1>Ni</h1>'


def shown(text: str) -> str:
    """What Qt shows of a text that may be rich."""
    document = QTextDocument()
    document.setHtml(text)
    return document.toPlainText()


@pytest.mark.parametrize(
    "text",
    [HOSTILE, "<IMG SRC=x>", "<a href='http://x'>Ni</a>", "<b onclick=x>", "a < b > c"],
)
def test_other_tags_are_shown_as_they_are_written(text: str) -> None:
    assert shown(safe(text)) == text
    assert shown(safe_tip(text)) == text


def test_the_tags_of_the_program_stay() -> None:
    own = '<i>E</i>₀ of <span style="font-weight:600">Ni</span><br>8333 eV'
    assert safe(own) == own
    mixed = safe(f"<i>E</i>₀ of {HOSTILE}")
    assert mixed.startswith("<i>E</i>₀ of &lt;img")
    assert shown(mixed) == f"E₀ of {HOSTILE}"
    assert safe_tip("two\nlines") == "two\nlines"


def test_a_label_can_be_used_again(qtbot) -> None:
    made = label("")
    qtbot.addWidget(made)
    assert isinstance(made, Label)
    made.setText(HOSTILE)
    assert shown(made.text()) == HOSTILE
    made.setText("plain & simple")
    assert made.text() == "plain & simple"


@pytest.fixture
def desk(qtbot, tmp_path):
    made = open_desk(qtbot, tmp_path, service=FakeService())
    yield made
    made.leave()


def test_no_widget_of_any_tab_loads_a_picture_named_by_a_file(desk, tmp_path) -> None:
    """Every label and every tooltip of the window, with hostile names everywhere."""
    picture = tmp_path / "picture.png"
    desk.window.grab().save(str(picture))
    name = f'<img src="{picture}">'
    entry = replace(foil_entry(name), source=f"/data/{name}.chi")
    desk.add(entry, foil_entry("second", stretch=1.01))
    for tab in TABS:
        desk.window.show_tab(tab)
        desk.settle()
        texts = [*_labels(desk.window), *_tips(desk.window)]
        pictures = [text for text in texts if "\ufffc" in shown(text)]
        assert not pictures
    assert any(name in shown(text) for text in _tips(desk.window.page("analysis")))


def _labels(root: QWidget) -> list[str]:
    rich = [w for w in root.findChildren(QLabel) if w.textFormat().name != "PlainText"]
    return [widget.text() for widget in rich]


def _tips(root: QWidget) -> list[str]:
    tips = [widget.toolTip() for widget in root.findChildren(QWidget)]
    for view in root.findChildren(QAbstractItemView):
        model = view.model()
        if not type(model).__module__.startswith("app."):
            continue  # a choice's own
        is_list = isinstance(model, QAbstractListModel)
        for row in range(min(model.rowCount(), 20)):
            for column in range(1 if is_list else model.columnCount()):
                index = model.index(row, column)
                tips.append(str(model.data(index, Qt.ItemDataRole.ToolTipRole) or ""))
    return tips


def test_the_folder_of_a_file_is_text_too() -> None:
    assert shown(safe_tip(str(Path("/data") / HOSTILE))) == f"/data/{HOSTILE}"
