"""Dialog that assigns datasets of an HDF5 file to k and chi, or energy and mu."""

import math
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from app.look import theme, wording
from app.look.rich_text import safe_tip
from app.widgets.basics import button, closing_row, combo, label
from app.widgets.layouts import DIALOG, column_of
from onne_core.formats.hdf5 import (
    UNSET,
    Dataset,
    Kind,
    Picked,
    problem_of,
    shape_text,
    spectra_in,
)

KINDS: tuple[tuple[Kind, str, str, str], ...] = (
    ("chi", "χ(k)", "k (Å⁻¹)", "χ"),
    ("mu", "μ(E)", "Energy (eV, keV)", "μ"),
    ("itrans", "Transmission: ln(I₀ / I)", "Energy (eV, keV)", "I, transmitted"),
    ("ifluor", "Fluorescence: I / I₀", "Energy (eV, keV)", "I, fluorescence"),
)
"""What can be read: its kind and name, and what abscissa and signal are called."""

ROLES: tuple[str, ...] = ("abscissa", "signal", "i0")
NONE = "not set"
PATH = Qt.ItemDataRole.UserRole


class DatasetDialog(QDialog):
    """Dialog that reports ``chosen`` datasets; those of ``picked`` are proposed."""

    chosen = Signal(object)

    def __init__(
        self,
        paths: Sequence[Path],
        datasets: tuple[Dataset, ...],
        picked: Picked | None,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        name = paths[0].name
        self.setWindowTitle(f"Choose data from {name}")
        self._datasets, self._count = datasets, len(paths)
        self._paths: dict[str, str] = dict.fromkeys(ROLES, "")
        self.tree = self._tree()
        self.kind = combo("Use as")
        self.kind.addItems([text for _, text, _, _ in KINDS])
        self.use: dict[str, QPushButton] = {}
        self._names: dict[str, QLabel] = {}
        self._shown: dict[str, QLabel] = {}
        self._note = label("", "second", wrap=True)
        words = label(self._explained(name), "second", wrap=True)
        self.take = button("Open", self._accept, role="primary")
        below = self._grid(), self._note, closing_row(self, self.take)
        parts = words, (self.tree, 1), *below
        column_of(*parts, within=self, spacing=10, margins=DIALOG)
        self.resize(theme.scaled(640), theme.scaled(560))
        if picked is not None:
            self._propose(picked)
        self.kind.currentIndexChanged.connect(self._refresh)
        self.tree.currentItemChanged.connect(self._refresh)
        self.tree.itemActivated.connect(self._take_next)
        self._refresh()

    @property
    def picked(self) -> Picked:
        """Current choice; paths may be missing."""
        kind = KINDS[self.kind.currentIndex()][0]
        i0 = self._paths["i0"] if kind in ("itrans", "ifluor") else ""
        return Picked(self._paths["abscissa"], self._paths["signal"], kind, i0)

    def item(self, path: str) -> QTreeWidgetItem:
        """Return the row of a dataset."""
        return self._items[path]

    def _propose(self, picked: Picked) -> None:
        self.kind.setCurrentIndex([kind for kind, *_ in KINDS].index(picked.kind))
        self._paths = {role: getattr(picked, role) for role in ROLES}
        if picked.signal in self._items:
            self.tree.setCurrentItem(self._items[picked.signal])

    def _take(self, role: str) -> None:
        """Use the selected dataset in ``role``."""
        item = self.tree.currentItem()
        path = item.data(0, PATH) if item is not None else ""
        if path:
            self._paths[role] = path
            self._refresh()

    def _take_next(self) -> None:
        """Use the selected dataset in the first unassigned role."""
        used = [role for role in ROLES if not self.use[role].isHidden()]
        self._take(next((role for role in used if not self._paths[role]), "signal"))

    def _refresh(self) -> None:
        kind, _, abscissa, signal = KINDS[self.kind.currentIndex()]
        titles = {"abscissa": abscissa, "signal": signal, "i0": "I₀, incident"}
        item = self.tree.currentItem()
        is_dataset = bool(item is not None and item.data(0, PATH))
        for role in ROLES:
            needed = role != "i0" or kind in ("itrans", "ifluor")
            self._names[role].setText(titles[role])
            self.use[role].setAccessibleName(
                f"Use the selected dataset as {titles[role]}"
            )
            self._shown[role].setText(self._paths[role] or NONE)
            self.use[role].setEnabled(is_dataset)
            for widget in (self._names[role], self._shown[role], self.use[role]):
                widget.setVisible(needed)
        problem = problem_of(self.picked, self._datasets)
        self.take.setEnabled(not problem)
        self._note.setText(self._said(problem))

    def _said(self, problem: str) -> str:
        if problem == UNSET:
            return "Select a dataset above, then say what it is."
        if problem:
            return f"{problem[0].upper()}{problem[1:]}."
        spectra = spectra_in(self.picked, self._datasets)
        text = "One spectrum" if spectra == 1 else f"{wording.count(spectra)} spectra"
        if self._count > 1:
            return f"{text} from each of {wording.count(self._count)} files."
        return f"{text}."

    def _accept(self) -> None:
        self.chosen.emit(self.picked)
        self.accept()

    def _explained(self, name: str) -> str:
        count = wording.count(len(self._datasets))
        more = (
            f" The other {self._count - 1} files are read the same way."
            if self._count > 1
            else ""
        )
        return (
            f"{name} contains {count} numeric datasets. Each row of a "
            f"two-dimensional one is a separate spectrum.{more}"
        )

    def _tree(self) -> QTreeWidget:
        tree = _Tree()
        tree.setAccessibleName("Datasets")
        tree.setColumnCount(3)
        tree.setHeaderLabels(["Dataset", "Shape", "First–last value"])
        tree.setUniformRowHeights(True)
        header = tree.header()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self._items: dict[str, QTreeWidgetItem] = {}
        groups: dict[str, QTreeWidgetItem] = {"/": tree.invisibleRootItem()}
        for one in self._datasets:
            group = _group_item(one.group, groups)
            item = QTreeWidgetItem(group, [one.name, shape_text(one.shape), _ends(one)])
            item.setData(0, PATH, one.path)
            item.setToolTip(0, safe_tip(one.path))
            self._items[one.path] = item
        tree.expandAll()
        return tree

    def _grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        grid.addWidget(label("Use as", "second"), 0, 0)
        grid.addWidget(self.kind, 0, 1, 1, 2)
        for line, role in enumerate(ROLES, 1):
            self._names[role] = label("", "second")
            self._shown[role] = label("", wrap=True)
            self.use[role] = button("Use selected", lambda role=role: self._take(role))
            grid.addWidget(self._names[role], line, 0)
            grid.addWidget(self._shown[role], line, 1)
            grid.addWidget(self.use[role], line, 2)
        return grid


class _Tree(QTreeWidget):
    """Tree in which Enter activates a dataset instead of accepting the dialog."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Activate the selected row with Enter."""
        item = self.currentItem()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and item is not None:
            self.itemActivated.emit(item, 0)
            return
        super().keyPressEvent(event)


def _group_item(path: str, groups: dict[str, QTreeWidgetItem]) -> QTreeWidgetItem:
    """Return the row of a group, made if need be, and those of the groups around it."""
    if path not in groups:
        place = PurePosixPath(path)
        groups[path] = QTreeWidgetItem(
            _group_item(str(place.parent), groups), [place.name]
        )
    return groups[path]


def _ends(one: Dataset) -> str:
    """Return the first and the last value with their unit, or nothing."""
    if math.isnan(one.first) and math.isnan(one.last):
        return one.unit
    ends = " to ".join(
        f"{end:.5g}".replace("-", wording.MINUS) for end in (one.first, one.last)
    )
    return f"{ends} {one.unit}".rstrip()
