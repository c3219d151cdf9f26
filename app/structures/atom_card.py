"""Card of the selected atom, in a free corner of the view."""

import numpy as np
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QFrame, QWidget

from app.look import wording
from app.structures.cluster_facts import Line
from app.structures.drawing.scene import Projected
from app.widgets.basics import label
from app.widgets.layouts import column_of

MARGIN = 10
WIDEST = 250
STAYS = 0.5
"""Atoms that a corner must have less than the present one before the card moves."""


class AtomCard(QFrame):
    """Card with lines about one atom over the view ``parent``."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("role", "popover")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._text = label("", "")
        self._text.setWordWrap(True)
        self._text.setFixedWidth(WIDEST - 20)
        column_of(self._text, within=self, margins=(10, 7, 10, 8))
        self._corner = 0
        self.hide()

    def show_lines(self, lines: list[Line]) -> None:
        """Show ``lines``, the first of them as the heading; none hides the card."""
        self.setVisible(bool(lines))
        if not lines:
            return
        first, *rest = lines
        text = [f"{wording.strong(first.name)} · {first.value}"]
        text += [f"{line.name} {line.value}" for line in rest]
        self._text.setText("<br>".join(text))
        spoken = ", ".join(f"{line.name} {line.value}" for line in lines)
        self.setAccessibleName(f"Selected atom: {spoken}")
        self.adjustSize()

    def place(self, area: QRect, projected: Projected) -> None:
        """Move to the corner of ``area`` in which the fewest atoms lie."""
        corners = _corners(area, self.width(), self.height())
        covered = [_atoms_in(projected, corner) for corner in corners]
        best = int(np.argmin(covered))
        if covered[best] < covered[self._corner] - STAYS:
            self._corner = best
        self.move(corners[self._corner].topLeft())
        self.raise_()


def _corners(area: QRect, width: int, height: int) -> list[QRect]:
    """Return the places of the card: top right first, where the eye looks for it."""
    left, top = area.left() + MARGIN, area.top() + MARGIN
    right = area.right() - MARGIN - width
    bottom = area.bottom() - MARGIN - height
    places = ((right, top), (left, top), (right, bottom), (left, bottom))
    return [QRect(QPoint(x, y), QPoint(x + width, y + height)) for x, y in places]


def _atoms_in(projected: Projected, corner: QRect) -> int:
    """Return the number of atoms that touch ``corner``."""
    low = np.array([corner.left(), corner.top()])
    high = np.array([corner.right(), corner.bottom()])
    nearest = np.clip(projected.centres, low, high)
    away = np.linalg.norm(projected.centres - nearest, axis=1)
    return int((away < projected.radii).sum())
