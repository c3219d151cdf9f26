"""What is wrong with the places of the widgets in a window or dialog, in words."""

from itertools import combinations

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QMainWindow,
    QScrollArea,
    QStackedWidget,
    QWidget,
)

from app.plots.plane import Plane

USED = (QAbstractButton, QAbstractSpinBox, QComboBox, QLineEdit, QAbstractItemView)
"""Widgets that are used, not only looked at."""

GAP = 4
"""Room between icon and text of a button, px."""

SLACK = 1
"""Rounding of places, px."""


def faults_in(root: QWidget) -> list[str]:
    """Return clipped texts, overlaps, widgets beyond their parent or out of reach."""
    seen = [one for one in root.findChildren(QWidget) if _is_laid_out(one, root)]
    found = [f"clipped: {_name(one)}" for one in seen if _is_clipped(one)]
    found += [f"beyond its parent: {_name(one)}" for one in seen if _is_beyond(one)]
    used = [one for one in seen if isinstance(one, USED)]
    found += [f"out of reach: {_name(one)}" for one in used if not _can_reach(one)]
    return [*found, *_overlaps(seen)]


def _is_laid_out(widget: QWidget, root: QWidget) -> bool:
    """Return whether ``widget`` is seen in ``root`` and has its place by a layout."""
    if not widget.isVisibleTo(root) or widget.window() is not root.window():
        return False
    parent = widget.parentWidget()
    while parent is not None and parent is not root:
        # What stands on a plot or in a table has its place by what is drawn there.
        if isinstance(parent, Plane | QAbstractItemView | QComboBox | QAbstractSpinBox):
            return False
        parent = parent.parentWidget()
    return True


def _is_clipped(widget: QWidget) -> bool:
    if isinstance(widget, QLineEdit) and widget.property("role") == "range":
        needed = widget.fontMetrics().horizontalAdvance(widget.text())
        return widget.width() < needed
    if not isinstance(widget, QAbstractButton | QLabel) or not widget.text():
        return False
    if isinstance(widget, QLabel) and widget.wordWrap():
        return widget.height() + SLACK < widget.heightForWidth(widget.width())
    if isinstance(widget, QAbstractButton):
        return _is_cut(widget)
    least = widget.minimumSizeHint()
    is_narrow = widget.width() + SLACK < least.width()
    return is_narrow or widget.height() + SLACK < least.height()


def _is_cut(pressed: QAbstractButton) -> bool:
    """Return whether text and icon need more than all of a button."""
    metrics, icon = pressed.fontMetrics(), pressed.iconSize().width() + GAP
    style = getattr(pressed, "toolButtonStyle", None)
    is_plain = style is not None and style() in (
        Qt.ToolButtonStyle.ToolButtonTextOnly,
        Qt.ToolButtonStyle.ToolButtonIconOnly,
    )
    has_icon = not pressed.icon().isNull() and not is_plain
    text = pressed.text().replace("&", "")
    width = metrics.horizontalAdvance(text) + (icon if has_icon else 0)
    return pressed.width() < width or pressed.height() < metrics.height()


def _is_beyond(widget: QWidget) -> bool:
    parent = widget.parentWidget()
    if parent is None or _is_viewport(parent):
        return False
    wide = parent.rect().adjusted(-SLACK, -SLACK, SLACK, SLACK)
    return not wide.contains(widget.geometry())


def _can_reach(widget: QWidget) -> bool:
    """Return whether ``widget`` is on screen, or comes there when one scrolls."""
    area = widget.parentWidget()
    while area is not None and not area.isWindow():
        if isinstance(area, QScrollArea) and area.widget().isAncestorOf(widget):
            return _scrolls_to(area, widget) and _can_reach(area)
        area = area.parentWidget()
    window = widget.window()
    place = QRect(widget.mapTo(window, QPoint()), widget.size())
    return window.rect().contains(place.adjusted(SLACK, SLACK, -SLACK, -SLACK))


def _scrolls_to(area: QScrollArea, widget: QWidget) -> bool:
    content = area.widget()
    place = QRect(widget.mapTo(content, QPoint()), widget.size())
    right = area.viewport().width() + area.horizontalScrollBar().maximum()
    bottom = area.viewport().height() + area.verticalScrollBar().maximum()
    inside = QRect(0, 0, right + SLACK, bottom + SLACK)
    return inside.contains(place.intersected(content.rect()))


def _overlaps(seen: list[QWidget]) -> list[str]:
    families: dict[QWidget, list[QWidget]] = {}
    for widget in seen:
        parent = widget.parentWidget()
        if parent is not None and not isinstance(
            parent, QMainWindow | QStackedWidget | QAbstractScrollArea
        ):
            families.setdefault(parent, []).append(widget)
    return [
        f"overlap: {_name(a)} and {_name(b)}"
        for children in families.values()
        for a, b in combinations(children, 2)
        if _cross(a.geometry(), b.geometry())
    ]


def _cross(a: QRect, b: QRect) -> bool:
    common = a.intersected(b)
    return common.width() > SLACK and common.height() > SLACK


def _is_viewport(widget: QWidget) -> bool:
    parent = widget.parentWidget()
    return isinstance(parent, QAbstractScrollArea) and parent.viewport() is widget


def _name(widget: QWidget) -> str:
    text = getattr(widget, "text", str)()
    name = widget.accessibleName() or text or widget.objectName()
    parent = widget.parentWidget()
    if not name and parent is not None:
        name = f"in {parent.accessibleName() or type(parent).__name__}"
    place = widget.geometry().getRect()
    return f"{type(widget).__name__} {name!r} {place}"
