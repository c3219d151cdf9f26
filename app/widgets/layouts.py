"""Rows and columns of what stands beside or below each other."""

from typing import TypeVar

from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLayout, QVBoxLayout, QWidget

Part = QWidget | QLayout
Item = Part | tuple[Part, int] | None
"""A part, a part with its share of the room that is left, or None for empty room."""

Margins = tuple[int, int, int, int]
Box = TypeVar("Box", bound=QBoxLayout)

DIALOG = (20, 18, 20, 16)
"""Margins of a dialog, px."""


def row_of(
    *items: Item,
    within: QWidget | None = None,
    spacing: int = -1,
    margins: Margins = (0, 0, 0, 0),
) -> QHBoxLayout:
    """Return ``items`` beside each other; ``within`` a widget they fill all of it.

    A ``spacing`` of -1 px is that of the style.
    """
    return _laid_out(QHBoxLayout(), items, within, spacing, margins)


def column_of(
    *items: Item,
    within: QWidget | None = None,
    spacing: int = -1,
    margins: Margins = (0, 0, 0, 0),
) -> QVBoxLayout:
    """Return ``items`` below each other; else as :func:`row_of`."""
    return _laid_out(QVBoxLayout(), items, within, spacing, margins)


def fill(layout: Box, *items: Item) -> Box:
    """Put ``items`` into ``layout``, after what stands there, and return it."""
    for item in items:
        part, share = item if isinstance(item, tuple) else (item, 0)
        if part is None:
            layout.addStretch(1)
        elif isinstance(part, QWidget):
            layout.addWidget(part, share)
        else:
            layout.addLayout(part, share)
    return layout


def _laid_out(
    box: Box,
    items: tuple[Item, ...],
    within: QWidget | None,
    spacing: int,
    margins: Margins,
) -> Box:
    if within is not None:
        within.setLayout(box)
    box.setContentsMargins(*margins)
    box.setSpacing(spacing)
    return fill(box, *items)
