"""The menus: every action of the window with its standard shortcut."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtGui import QAction, QActionGroup, QKeySequence, QUndoStack
from PySide6.QtWidgets import QMainWindow, QMenu

from app.look.theme import Scheme
from app.session.view import TABS
from app.widgets.basics import add_entry

SCHEMES: tuple[tuple[str, Scheme], ...] = (
    ("System", "system"),
    ("Light", "light"),
    ("Dark", "dark"),
)


@dataclass(frozen=True)
class MenuEntry:
    """A menu item; ``name`` identifies it in the window, "" is a separator."""

    name: str
    text: str = ""
    keys: str = ""


LINE = MenuEntry("")
RECENT = "recent"
"""MenuEntry that is a menu of its own, filled when it opens."""

MENUS: dict[str, tuple[MenuEntry, ...]] = {
    "&File": (
        MenuEntry("new", "&New project", "Ctrl+N"),
        MenuEntry("new_ensemble", "New ense&mble…", "Ctrl+Shift+M"),
        MenuEntry("new_system", "Ne&w system…", "Ctrl+Shift+N"),
        MenuEntry("open", "&Open…", "Ctrl+O"),
        MenuEntry("open_folder", "Open a fol&der of spectra…"),
        MenuEntry("open_project", "Open &project folder…", "Ctrl+Shift+O"),
        MenuEntry(RECENT, "Open &recent"),
        MenuEntry("open_system", "Open s&ystem…"),
        MenuEntry("open_ensemble", "Open &ensemble…"),
        MenuEntry("open_example", "Open the e&xample"),
        LINE,
        MenuEntry("save", "&Save project", "Ctrl+S"),
        MenuEntry("save_as", "Save project &as…", "Ctrl+Shift+S"),
        MenuEntry("save_archive", "Export project as one &file…"),
        MenuEntry("save_system", "Sa&ve system as…"),
        LINE,
        MenuEntry("export", "Expor&t…", "Ctrl+E"),
        MenuEntry("export_table", "Export ser&ies…", "Ctrl+Shift+E"),
        LINE,
        MenuEntry("quit", "&Quit", "Ctrl+Q"),
    ),
    "&Edit": (
        MenuEntry("undo", "&Undo", "Ctrl+Z"),
        MenuEntry("redo", "&Redo", "Ctrl+Shift+Z"),
        LINE,
        MenuEntry("copy", "&Copy", "Ctrl+C"),
        MenuEntry("copy_figure", "Copy &figure for print"),
        MenuEntry("copy_methods", "Copy text for the experimental &section"),
        MenuEntry("remove", "Remove spectru&m"),
        LINE,
        MenuEntry("find", "Fin&d a command or field…", "Ctrl+K"),
    ),
    "&View": (
        *(
            MenuEntry(f"tab_{name}", name.capitalize(), f"Ctrl+{number}")
            for number, name in enumerate(TABS, 1)
        ),
        LINE,
        MenuEntry("known", "&Known g(r)…"),
        MenuEntry("next_column", "Next &column", "F6"),
        LINE,
        MenuEntry("larger", "&Larger text", "Ctrl++"),
        MenuEntry("smaller", "S&maller text", "Ctrl+-"),
        MenuEntry("usual_size", "&Reset text size", "Ctrl+0"),
        LINE,
        MenuEntry("log", "L&og panel", "Ctrl+L"),
    ),
    "&Run": (
        MenuEntry("primary", "Run &main action", "Ctrl+Return"),
        MenuEntry("reset_correction", "Reset &correction"),
        MenuEntry("reset_limits", "Reset shell &limits"),
        LINE,
        MenuEntry("cancel", "Ca&ncel the running job", "Ctrl+."),
    ),
    "&Help": (
        MenuEntry("guide", "&User guide", "F1"),
        MenuEntry("help", "&How to read this"),
        MenuEntry("keys", "&Keyboard shortcuts"),
        LINE,
        MenuEntry("about", "&About ONNE"),
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
            action = add_entry(menu, entry.text, slots[entry.name])
            action.setShortcut(QKeySequence(entry.keys))
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
        action = add_entry(submenu, text, partial(choose, scheme))
        action.setCheckable(True)
        action.setChecked(scheme == current)
        group.addAction(action)


def fill_recent(
    menu: QMenu,
    projects: Sequence[Path],
    choose: Callable[[Path], object],
    forget: Callable[[], object],
) -> None:
    """Fill ``menu`` with ``projects``, most recent first."""
    menu.clear()
    for number, path in enumerate(projects, 1):
        text = f"&{number}  {path.stem}    {path.parent}"
        add_entry(menu, text, partial(choose, path))
    if not projects:
        menu.addAction("No recent projects").setEnabled(False)
        return
    menu.addSeparator()
    add_entry(menu, "&Clear list", forget)


def name_steps(undo: QAction, redo: QAction, stack: QUndoStack) -> None:
    """Show the names of the next undo and redo steps in the menu."""
    undo.setText(f"&Undo {stack.undoText()}".rstrip())
    redo.setText(f"&Redo {stack.redoText()}".rstrip())
