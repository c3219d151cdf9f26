"""Settings remembered between starts, in an INI file."""

import json
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from app.look.theme import Scheme
from onne_core.codec import Codec
from onne_core.errors import OnneError
from onne_core.formats.column_choice import Columns

MOST_RECENT = 8
MOST_SETS = 12
MOST_TABS = 40

SMALLEST_TEXT, LARGEST_TEXT = 0.5, 4.0
"""Ends of the text size, 1 as designed."""

FIRST_ENSEMBLE = "ni-foil"

FIGURE_WIDTHS = ("one", "two", "slide")
"""Widths of exported figures: columns of a journal, or a slide."""


class Preferences:
    """Typed access to the settings; INI files return text unless the type is given."""

    def __init__(self, path: Path | None = None) -> None:
        form = QSettings.Format.IniFormat
        if path is None:
            usual = QSettings(form, QSettings.Scope.UserScope, "onne", "onne")
            path = Path(usual.fileName())
        self.set_aside = _set_aside(path)
        """Where a damaged file was put, for the user to be told."""
        self._settings = QSettings(str(path), form)

    @property
    def scheme(self) -> Scheme:
        """Colour scheme; "system" follows the desktop."""
        value = self._settings.value("scheme", "system", type=str)
        return "light" if value == "light" else "dark" if value == "dark" else "system"

    @scheme.setter
    def scheme(self, value: Scheme) -> None:
        self._settings.setValue("scheme", value)

    @property
    def text_size(self) -> float | None:
        """Size of text and controls, 1 as designed; ``None`` if never chosen."""
        text = str(self._settings.value("text_size", "", type=str))
        try:
            size = float(text)
        except ValueError:
            return None
        # Whoever edits the file must not end with a window that shows nothing.
        return size if SMALLEST_TEXT <= size <= LARGEST_TEXT else None

    @text_size.setter
    def text_size(self, value: float) -> None:
        self._settings.setValue("text_size", f"{value:g}")

    def tab_of(self, project: Path) -> str:
        """Return the last tab used with ``project``, "" if unknown."""
        return dict(self._tabs()).get(str(project), "")

    def remember_tab(self, project: Path, tab: str) -> None:
        """Remember ``tab`` as the last tab used with ``project``."""
        others = [item for item in self._tabs() if item[0] != str(project)]
        kept = [(str(project), tab), *others][:MOST_TABS]
        # One text, as with the recent projects.
        lines = (f"{name}\t{place}" for place, name in kept)
        self._settings.setValue("tabs", "\n".join(lines))

    def _tabs(self) -> list[tuple[str, str]]:
        text = str(self._settings.value("tabs", "", type=str))
        pairs = (line.partition("\t") for line in text.split("\n"))
        return [(place, name) for name, _, place in pairs if place]

    @property
    def folder(self) -> str:
        """Folder of the last chosen file."""
        return str(self._settings.value("folder", "", type=str))

    @folder.setter
    def folder(self, value: str) -> None:
        self._settings.setValue("folder", value)

    @property
    def figure_width(self) -> str:
        """Width of the last exported figure: one or two columns, or a slide."""
        found = str(self._settings.value("figure_width", FIGURE_WIDTHS[1], type=str))
        return found if found in FIGURE_WIDTHS else FIGURE_WIDTHS[1]

    @figure_width.setter
    def figure_width(self, value: str) -> None:
        self._settings.setValue("figure_width", value)

    @property
    def ensemble(self) -> str:
        """Name of the last chosen ensemble; initially that of the bundled example."""
        return str(self._settings.value("ensemble", FIRST_ENSEMBLE, type=str))

    @ensemble.setter
    def ensemble(self, value: str) -> None:
        self._settings.setValue("ensemble", value)

    @property
    def recent(self) -> tuple[Path, ...]:
        """Project folders, most recent first."""
        return self._paths("recent")

    def remember(self, project: Path) -> None:
        """Put ``project`` first among the recent projects."""
        self._put_first("recent", project, MOST_RECENT)

    def forget(self, project: Path) -> None:
        """Remove ``project`` from the recent projects."""
        self._write("recent", [path for path in self.recent if path != project])

    @property
    def sets(self) -> tuple[Path, ...]:
        """Folders of training sets made or used, most recent first."""
        return self._paths("sets")

    def remember_set(self, folder: Path) -> None:
        """Put ``folder`` first among the training sets."""
        self._put_first("sets", folder, MOST_SETS)

    def columns(self, layout: str) -> Columns | None:
        """Return the columns that are remembered for files of a ``layout``."""
        text = str(self._settings.value(f"columns/{layout}", "", type=str))
        try:
            return Codec().value(Columns, json.loads(text)) if text else None
        except (ValueError, OnneError):
            return None

    def remember_columns(self, layout: str, columns: Columns) -> None:
        """Remember ``columns`` for files of a ``layout``."""
        text = json.dumps(Codec().encode(columns))
        self._settings.setValue(f"columns/{layout}", text)

    def state(self, name: str) -> QByteArray:
        """Return the stored geometry or splitter positions under ``name``."""
        return QByteArray.fromBase64(
            str(self._settings.value(f"state/{name}", "", type=str)).encode()
        )

    def set_state(self, name: str, state: QByteArray) -> None:
        """Store a geometry or splitter positions under ``name``."""
        self._settings.setValue(
            f"state/{name}", bytes(state.toBase64().data()).decode()
        )

    def _paths(self, name: str) -> tuple[Path, ...]:
        text = str(self._settings.value(name, "", type=str))
        return tuple(Path(line) for line in text.split("\n") if line)

    def _put_first(self, name: str, first: Path, most: int) -> None:
        others = [path for path in self._paths(name) if path != first]
        self._write(name, [first, *others][:most])

    def _write(self, name: str, paths: list[Path]) -> None:
        # One text, since an INI list of one item would come back as text.
        self._settings.setValue(name, "\n".join(str(path) for path in paths))


def _set_aside(path: Path) -> Path | None:
    """Rename the settings at ``path`` if they are damaged; return their new name."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    if _is_sound(content):
        return None
    aside = path.with_name(f"{path.name}.damaged")
    try:
        path.replace(aside)
    except OSError:
        return None
    return aside


def _is_sound(content: bytes) -> bool:
    """Return whether ``content`` could have been written by QSettings."""
    try:
        lines = content.decode("utf-8").splitlines()
    except UnicodeDecodeError:
        return False
    return all(
        line.isprintable()
        and (not line or line.startswith(";") or "=" in line or _is_section(line))
        for line in (line.strip() for line in lines)
    )


def _is_section(line: str) -> bool:
    return line.startswith("[") and line.endswith("]")
