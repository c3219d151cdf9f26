"""What is laid over the prediction: the members, a known g(r)."""

from pathlib import Path

from PySide6.QtCore import QRectF, QSignalBlocker, QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QWidget

from app.view import View
from app.widgets.basics import Card, button, icon_button, label
from app.widgets.legend import SWATCH, Key, paint_swatch


class Swatch(QWidget):
    """One stroke of a legend."""

    def __init__(self, key: Key) -> None:
        super().__init__()
        self._key = key
        self.setFixedSize(QSize(round(SWATCH), 16))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw the stroke."""
        painter = QPainter(self)
        paint_swatch(painter, self._key, QRectF(0, 3, SWATCH, 10))
        painter.end()


class CompareCard(Card):
    """Two switches; adding and removing the known g(r)."""

    switched = Signal()
    known_wanted = Signal()
    known_removed = Signal()

    def __init__(self) -> None:
        super().__init__("Compare")
        self.members = QCheckBox("Members")
        self.known = QCheckBox("Known g(r)")
        self.known.setChecked(True)
        self._file = label("", "small", wrap=True)
        self._add = button(
            "Known g(r)…", self.known_wanted.emit, role="link", icon="plus"
        )
        self._remove = icon_button(
            "close", "Remove the known g(r)", self.known_removed.emit
        )
        self._members_row = _row(self.members, Swatch(Key("", "line", "series")))
        self._known_row = _row(self.known, self._remove, Swatch(Key("", "dashed")))
        for widget in (self._members_row, self._known_row, self._file, self._add):
            self.body.addWidget(widget)
        self.body.setSpacing(4)
        self.members.toggled.connect(self.switched)
        self.known.toggled.connect(self.switched)

    def show_view(self, view: View) -> None:
        """Offer what ``view`` has."""
        entry, prediction = view.entry, view.prediction
        known = entry.known if entry else None
        self._members_row.setVisible(prediction is not None)
        if prediction is not None:
            self.members.setText(f"Members ({prediction.members})")
        self._known_row.setVisible(known is not None)
        self._file.setVisible(known is not None)
        self._add.setVisible(known is None)
        if known is not None:
            self._file.setText(Path(known.source).name)
            if prediction and not set(known.distribution.partials) & set(
                prediction.pairs
            ):
                pairs = ", ".join(known.distribution.partials)
                self._file.setText(f"Holds only {pairs}: no pair of this prediction.")

    def show_known(self) -> None:
        """Switch the known g(r) on, as after adding one."""
        with QSignalBlocker(self.known):
            self.known.setChecked(True)


def _row(*widgets: QWidget) -> QWidget:
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(widgets[0])
    layout.addStretch(1)
    for widget in widgets[1:]:
        layout.addWidget(widget)
    return row
