"""The menus: every action of the window with its standard shortcut."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtGui import QAction, QActionGroup, QKeySequence, QUndoStack
from PySide6.QtWidgets import QMainWindow, QMenu

from app.look.theme import Scheme
from app.session.view import TABS

SCHEMES: tuple[tuple[str, Scheme], ...] = (
    ("System", "system"),
    ("Light", "light"),
    ("Dark", "dark"),
)


@dataclass(frozen=True)
class Entry:
    """A menu item; ``name`` identifies it in the window, "" is a separator."""

    name: str
    text: str = ""
    keys: str = ""


LINE = Entry("")
RECENT = "recent"
"""Entry that is a menu of its own, filled when it opens."""

MENUS: dict[str, tuple[Entry, ...]] = {
    "&File": (
        Entry("new", "&New project", "Ctrl+N"),
        Entry("new_system", "Ne&w system…", "Ctrl+Shift+N"),
        Entry("open", "&Open…", "Ctrl+O"),
        Entry("open_folder", "Open a fol&der of spectra…"),
        Entry("open_project", "Open &project folder…", "Ctrl+Shift+O"),
        Entry(RECENT, "Open &recent"),
        Entry("open_system", "Open s&ystem…"),
        Entry("open_ensemble", "Open &ensemble…"),
        Entry("open_example", "Open the e&xample"),
        LINE,
        Entry("save", "&Save project", "Ctrl+S"),
        Entry("save_as", "Save project &as…", "Ctrl+Shift+S"),
        Entry("save_archive", "Export project as one &file…"),
        Entry("save_system", "Sa&ve system as…"),
        LINE,
        Entry("export", "Expor&t…", "Ctrl+E"),
        Entry("export_table", "Export ser&ies…", "Ctrl+Shift+E"),
        LINE,
        Entry("quit", "&Quit", "Ctrl+Q"),
    ),
    "&Edit": (
        Entry("undo", "&Undo", "Ctrl+Z"),
        Entry("redo", "&Redo", "Ctrl+Shift+Z"),
        LINE,
        Entry("copy", "&Copy", "Ctrl+C"),
        Entry("remove", "Remove spectru&m"),
    ),
    "&View": (
        *(
            Entry(f"tab_{name}", name.capitalize(), f"Ctrl+{number}")
            for number, name in enumerate(TABS, 1)
        ),
        LINE,
        Entry("known", "&Known g(r)…"),
        Entry("next_column", "Next &column", "F6"),
        LINE,
        Entry("larger", "&Larger text", "Ctrl++"),
        Entry("smaller", "S&maller text", "Ctrl+-"),
        Entry("usual_size", "&Reset text size", "Ctrl+0"),
        LINE,
        Entry("log", "L&og panel", "Ctrl+L"),
    ),
    "&Run": (
        Entry("primary", "Run &main action", "Ctrl+Return"),
        Entry("reset_correction", "Reset &correction"),
        Entry("reset_limits", "Reset shell &limits"),
        LINE,
        Entry("cancel", "Ca&ncel the running job", "Ctrl+."),
    ),
    "&Help": (
        Entry("guide", "&User guide", "F1"),
        Entry("help", "&How to read this"),
        Entry("keys", "&Keyboard shortcuts"),
        LINE,
        Entry("about", "&About ONNE"),
    ),
}


def build_menus(
    window: QMainWindow, slots: dict[str, Callable[[], object]]
) -> tuple[dict[str, QAction], dict[str, QMenu]]:
    """Fill the menu bar of ``window``; return its actions by name, menus by title."""
    actions: dict[str, QAction] = {}
    menus: dict[str, QMenu] = {}
    for title, entries in MENUS.items():
        menu = menus[title] = window.menuBar().addMenu(title)
        for entry in entries:
            if not entry.name:
                menu.addSeparator()
                continue
            if entry.name == RECENT:
                menus[RECENT] = menu.addMenu(entry.text)
                continue
            action = QAction(entry.text, window)
            if entry.keys:
                action.setShortcut(QKeySequence(entry.keys))
            slot = slots[entry.name]
            action.triggered.connect(lambda _checked=False, slot=slot: slot())
            menu.addAction(action)
            actions[entry.name] = action
    return actions, menus


def add_appearance(
    menu: QMenu, current: Scheme, choose: Callable[[Scheme], object]
) -> None:
    """Add the choice of system, light or dark colours."""
    group = QActionGroup(menu)
    menu.addSeparator()
    submenu = menu.addMenu("&Appearance")
    for text, scheme in SCHEMES:
        action = submenu.addAction(text)
        action.setCheckable(True)
        action.setChecked(scheme == current)
        action.triggered.connect(partial(_chosen, choose, scheme))
        group.addAction(action)


def _chosen(
    choose: Callable[[Scheme], object], scheme: Scheme, _checked: bool = False
) -> None:
    choose(scheme)


def fill_recent(
    menu: QMenu,
    projects: Sequence[Path],
    choose: Callable[[Path], object],
    forget: Callable[[], object],
) -> None:
    """Fill ``menu`` with ``projects``, most recent first."""
    menu.clear()
    for number, path in enumerate(projects, 1):
        action = menu.addAction(f"&{number}  {path.stem}    {path.parent}")
        action.triggered.connect(partial(_picked, choose, path))
    if not projects:
        menu.addAction("No recent projects").setEnabled(False)
        return
    menu.addSeparator()
    menu.addAction("&Clear list").triggered.connect(lambda _checked=False: forget())


def name_steps(undo: QAction, redo: QAction, stack: QUndoStack) -> None:
    """Show the names of the next undo and redo steps in the menu."""
    undo.setText(f"&Undo {stack.undoText()}".rstrip())
    redo.setText(f"&Redo {stack.redoText()}".rstrip())


def _picked(
    choose: Callable[[Path], object], path: Path, _checked: bool = False
) -> None:
    choose(path)
