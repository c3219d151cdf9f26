"""Rows and columns of what stands beside or below each other."""

from typing import TypeVar

from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLayout, QVBoxLayout, QWidget

Part = QWidget | QLayout
Item = Part | tuple[Part, int] | None
"""A part, a part with its share of the room that is left, or None for empty room."""

Box = TypeVar("Box", bound=QBoxLayout)

DIALOG = (20, 18, 20, 16)
"""Margins of a dialog, px."""


def row(*items: Item, spacing: int = -1) -> QHBoxLayout:
    """Return ``items`` beside each other; a ``spacing`` of -1 px is the usual one."""
    layout = QHBoxLayout()
    layout.setSpacing(spacing)
    layout.setContentsMargins(0, 0, 0, 0)
    return fill(layout, *items)


def column(
    *items: Item, spacing: int = -1, margins: tuple[int, int, int, int] = (0, 0, 0, 0)
) -> QVBoxLayout:
    """Return ``items`` below each other; a ``spacing`` of -1 px is the usual one."""
    layout = QVBoxLayout()
    layout.setSpacing(spacing)
    layout.setContentsMargins(*margins)
    return fill(layout, *items)


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
