"""Form of the dialogs that start long work: title, fields, a note, buttons."""

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.widgets.basics import button, icon_button, label

NOTE = 34
"""Height of a note of two lines, px."""

Row = tuple[str, QWidget | QLayout]


def lay_out(
    dialog: QDialog,
    text: str,
    rows: Sequence[Row],
    *,
    note: QWidget,
    start: QPushButton,
) -> None:
    """Lay out ``dialog``: its title and ``text``, named fields, the note, buttons."""
    layout = QVBoxLayout(dialog)
    layout.setContentsMargins(20, 18, 20, 16)
    layout.setSpacing(8)
    layout.addWidget(label(dialog.windowTitle(), "empty"))
    layout.addWidget(label(text, "second", wrap=True))
    grid = QGridLayout()
    grid.setColumnStretch(1, 1)
    for number, (name, field) in enumerate(rows):
        grid.addWidget(label(name, "second"), number, 0)
        if isinstance(field, QWidget):
            grid.addWidget(field, number, 1)
        else:
            grid.addLayout(field, number, 1)
    note.setMinimumHeight(NOTE)
    start.setDefault(True)
    buttons = QHBoxLayout()
    buttons.addStretch(1)
    buttons.addWidget(button("Cancel", dialog.reject))
    buttons.addWidget(start)
    layout.addLayout(grid)
    layout.addWidget(note)
    layout.addLayout(buttons)


def with_chooser(field: QWidget, name: str, ask: Callable[[], object]) -> QHBoxLayout:
    """Return ``field`` with a button called ``name`` that asks for a file or folder."""
    row = QHBoxLayout()
    row.addWidget(field, 1)
    row.addWidget(icon_button("open", name, ask))
    return row
