"""The document: one immutable project, its undo stack, and one signal."""

from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from onne_core.values.project import Project, SpectrumEntry
from onne_core.values.recipe import Recipe

AS_OPENED = {
    "e0": None,
    "e0_std": None,
    "s02": None,
    "limits": {},
    "standard": None,
    "method": "joint",
    "sample": "unknown",
    "ensemble": "",
    "absorber": "",
}
"""What the user may set of a spectrum, as it is where nothing was set."""

MERGEABLE = 1
"""Command number of edits that may melt into the one before."""


class Document(QObject):
    """Owner of one :class:`Project`; emits ``changed(old, new)`` on replacement.

    ``project`` is the current value; undo is the old one. ``path`` is the folder it was
    saved to or loaded from, ``None`` while there is none. Others only read them.
    """

    changed = Signal(object, object)
    path_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.project = Project()
        self.path: Path | None = None
        self._kept: list[Recipe] = []
        self._exported: Project | None = None
        self.undo_stack = QUndoStack(self)

    @property
    def is_modified(self) -> bool:
        """True if something would be lost by closing."""
        return not self.undo_stack.isClean()

    @property
    def has_unsaved_work(self) -> bool:
        """True if closing would lose more than one opened file with its answer."""
        project, recipe = self.project, self.project.recipe
        if self.path is None and project is self._exported:
            return False
        is_collected = len(project.spectra) > 1
        decided = any(_is_decided(entry) for entry in project.spectra)
        decided = decided or (recipe is not None and recipe not in self._kept)
        return self.is_modified and (self.path is not None or is_collected or decided)

    def note_kept(self, recipe: Recipe) -> None:
        """Note that ``recipe`` is saved in a file of its own."""
        self._kept.append(recipe)

    def note_exported(self, project: Project) -> None:
        """Note that all of ``project`` is in a file that was exported."""
        self._exported = project

    def edit(self, project: Project, text: str, *, merge: str = "") -> None:
        """Replace the value in one undo step named ``text``.

        Steps that follow each other with the same ``merge`` key become one.
        """
        if project is not self.project:
            self.undo_stack.push(_Edit(self, project, text, merge))

    def select(self, project: Project) -> None:
        """Replace the value without an undo step, for a change of selection."""
        self._replace(project)

    def open(self, project: Project, path: Path | None) -> None:
        """Replace the value and forget the steps that led to the old one."""
        self.undo_stack.clear()
        self._replace(project)
        self.path = path
        self.path_changed.emit()

    def recover(self, project: Project, path: Path | None) -> None:
        """Replace the value by work not saved to ``path``."""
        self.open(project, path)
        self.undo_stack.resetClean()

    def saved_to(self, path: Path, *, is_current: bool = True) -> None:
        """Note that this value, current or earlier, is saved in ``path``."""
        self.path = path
        if is_current:
            self.undo_stack.setClean()
        self.path_changed.emit()

    def _replace(self, project: Project) -> None:
        old, self.project = self.project, project
        if old is not project:
            self.changed.emit(old, project)


def _is_decided(entry: SpectrumEntry) -> bool:
    """Return whether the user has set anything of a spectrum."""
    made = entry.reduction
    is_reduced = made is not None and (
        made.settings != made.first or made.operations != made.proposed
    )
    return is_reduced or any(
        getattr(entry, name) != before for name, before in AS_OPENED.items()
    )


class _Edit(QUndoCommand):
    """One replacement of the value."""

    def __init__(
        self, document: Document, project: Project, text: str, merge: str
    ) -> None:
        super().__init__(text)
        self._document = document
        self._old, self._new = document.project, project
        self._merge = merge

    def redo(self) -> None:
        """Put the new value in place."""
        self._document._replace(self._new)

    def undo(self) -> None:
        """Put the old value back."""
        self._document._replace(self._old)

    def id(self) -> int:
        """Return the number that lets Qt try to merge."""
        return MERGEABLE if self._merge else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        """Take over the value of ``other`` if it belongs to the same step."""
        if not isinstance(other, _Edit) or other._merge != self._merge:
            return False
        self._new = other._new
        return True
