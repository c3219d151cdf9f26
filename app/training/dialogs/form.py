"""Form of the dialogs that start long work: title, fields, a note, buttons."""

from collections.abc import Sequence

from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QLayout,
    QPushButton,
    QWidget,
)

from app.widgets.basics import button, label
from app.widgets.fields import SpinBox
from app.widgets.layouts import DIALOG, column_of, row_of

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
    grid = QGridLayout()
    grid.setColumnStretch(1, 1)
    for number, (name, field) in enumerate(rows):
        if name:
            grid.addWidget(label(name, "second"), number, 0)
        if isinstance(field, QWidget):
            grid.addWidget(field, number, 1)
        else:
            grid.addLayout(field, number, 1)
    note.setMinimumHeight(NOTE)
    start.setDefault(True)
    title = label(dialog.windowTitle(), "empty")
    words = label(text, "second", wrap=True)
    buttons = row_of(None, button("Cancel", dialog.reject), start)
    dialog.setLayout(
        column_of(title, words, grid, note, buttons, spacing=8, margins=DIALOG)
    )


def spin_box(name: str, most: int) -> SpinBox:
    """Return the field of a number from 1 to ``most``."""
    spin = SpinBox()
    spin.setRange(1, most)
    spin.setAccessibleName(name)
    return spin
