"""What a person sees, or a screen reader says, in a part of the window."""

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget

from app.widgets.facts import Facts


def lines_in(widget: QWidget) -> list[str]:
    """Return the texts of the labels in ``widget``."""
    return [one.text() for one in _shown(widget, QLabel) if one.text()]


def read_in(widget: QWidget) -> str:
    """Return all that there is to read on labels in ``widget``, line by line."""
    return "\n".join(lines_in(widget))


def problems_in(widget: QWidget) -> list[str]:
    """Return the texts of the labels in ``widget`` that say what is wrong."""
    labels = _shown(widget, QLabel)
    return [one.text() for one in labels if one.property("tone") == "problem"]


def spoken_in(widget: QWidget) -> str:
    """Return the accessible names in ``widget``, line by line."""
    names = [one.accessibleName() for one in _shown(widget, QWidget)]
    return "\n".join(name for name in names if name)


def buttons_in(widget: QWidget) -> dict[str, QAbstractButton]:
    """Return the buttons in ``widget`` by their text, or name where they have none."""
    found = _shown(widget, QAbstractButton)
    return {one.text() or one.accessibleName(): one for one in found}


def facts_in(widget: Facts) -> dict[str, str]:
    """Return the values in ``widget`` by their names."""
    # Labels that have just been added show themselves by an event.
    QCoreApplication.sendPostedEvents()
    return dict(line.split(": ", 1) for line in spoken_in(widget).splitlines())


def _shown(widget: QWidget, kind: type) -> list:
    """Return the widgets of one ``kind`` that are seen where ``widget`` is."""
    return [one for one in widget.findChildren(kind) if one.isVisibleTo(widget)]
