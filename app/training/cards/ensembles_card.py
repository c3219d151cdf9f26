"""Finished ensembles: their origin and their actions."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QMenu

from app.look import wording
from app.session.service import EnsembleInfo
from app.training.cards.row_list import Entry, RowList
from app.training.commands import TrainingCommands
from app.training.ensemble_commands import EnsembleCommands
from app.widgets.basics import Card, add_entry, button, icon_button, label
from app.widgets.layouts import fill, row_of
from onne_core.locations import models_folders

MOST_ROWS = 8


class EnsemblesCard(Card):
    """List of ensembles with a menu for each; its signals carry the ensemble."""

    chosen = Signal(object)
    compare_wanted = Signal(object)

    def __init__(
        self,
        commands: EnsembleCommands,
        training: TrainingCommands,
        choose: Callable[[EnsembleInfo], object],
    ) -> None:
        super().__init__("Ensembles")
        self._commands, self._training, self._choose = commands, training, choose
        self._ensembles: tuple[EnsembleInfo, ...] = ()
        self._used: EnsembleInfo | None = None
        self.list = RowList("Ensembles")
        self._empty = label("None yet.", "second", wrap=True)
        self._more = icon_button("more", "More actions", self._ask_more)
        self.header.addWidget(self._more)
        self.compare = button("Compare two…", self._compare, icon="compare")
        self.import_button = button("Import…", commands.import_ensemble, icon="take")
        buttons = row_of(self.compare, self.import_button, None, spacing=6)
        fill(self.body, self.list, self._empty, buttons)
        self.list.chosen.connect(lambda key: self.chosen.emit(self._info(key)))
        self.list.removal_wanted.connect(self._remove)
        self.list.menu_wanted.connect(self._show_menu)

    def show_ensembles(
        self,
        ensembles: tuple[EnsembleInfo, ...],
        used: EnsembleInfo | None,
        marked: str,
    ) -> None:
        """Show ``ensembles``; ``used`` is in use, ``marked`` is selected."""
        self._ensembles, self._used = ensembles, used
        entries = tuple(_entry(info, is_used=info is used) for info in ensembles)
        self.list.show_entries(entries, marked, MOST_ROWS)
        self.list.setVisible(bool(ensembles))
        self._empty.setVisible(not ensembles)
        self._more.setEnabled(bool(ensembles))
        self.compare.setEnabled(len(ensembles) > 1)

    def menu_of(self, info: EnsembleInfo) -> QMenu:
        """Return the menu of ``info``."""
        menu = QMenu(self)
        is_own, commands, training = is_users(info), self._commands, self._training
        compare = self.compare_wanted.emit
        for text, can, action, value in (
            ("Use in Analysis", info is not self._used, self._choose, info),
            ("Compare with…", len(self._ensembles) > 1, compare, info),
            ("Fine-tune…", not info.card.tuning, training.tune, info),
            ("Export as zip file…", True, commands.export, info),
            ("Show folder", True, training.show_folder, info.folder),
            ("Rename…", is_own, commands.rename, info),
            ("Remove\tDel", is_own, commands.remove, info),
        ):
            add_entry(menu, text, partial(action, value), can=can)
        return menu

    def _info(self, key: str) -> EnsembleInfo | None:
        return next((i for i in self._ensembles if key_of(i) == key), None)

    def _compare(self) -> None:
        self.compare_wanted.emit(self._info(self.list.key))

    def _remove(self, key: str) -> None:
        info = self._info(key)
        if info is not None and is_users(info):
            self._commands.remove(info)

    def _ask_more(self) -> None:
        below = self._more.mapToGlobal(self._more.rect().bottomLeft())
        self._show_menu(self.list.key or key_of(self._ensembles[0]), below)

    def _show_menu(self, key: str, at: QPoint) -> None:
        info = self._info(key)
        if info is not None:
            self.menu_of(info).popup(at)


def key_of(info: EnsembleInfo) -> str:
    """Return the key of an ensemble in the list."""
    return str(info.folder)


def is_users(info: EnsembleInfo) -> bool:
    """Return whether it is the user's own and can be renamed and removed."""
    return info.folder.parent == models_folders()[-1]


def _entry(info: EnsembleInfo, *, is_used: bool) -> Entry:
    parent = info.folder.parent
    supplied, own = models_folders()[0], models_folders()[-1]
    where = {supplied: " · built-in", own: ""}.get(parent, f" · in {parent.name}")
    spectra = wording.count(info.card.items)
    return Entry(
        key=key_of(info),
        icon="inside",
        title=info.name,
        note=f"{info.members} × {spectra} spectra{where}",
        role="accent" if is_used else "inside",
        state="in use" if is_used else "",
        tip=f"{info.folder}" + (" (in use in Analysis)" if is_used else ""),
    )
