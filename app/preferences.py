"""What the window remembers between starts, in an INI file."""

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from app.theme import Scheme

MOST_RECENT = 8

FIRST_ENSEMBLE = "ni-foil"


class Preferences:
    """Typed access to the settings; INI files return text unless the type is given."""

    def __init__(self, path: Path | None = None) -> None:
        self._settings = (
            QSettings(str(path), QSettings.Format.IniFormat)
            if path is not None
            else QSettings(
                QSettings.Format.IniFormat, QSettings.Scope.UserScope, "onne", "onne"
            )
        )

    @property
    def scheme(self) -> Scheme:
        """The colour scheme; "system" follows the desktop."""
        value = self._settings.value("scheme", "system", type=str)
        return "light" if value == "light" else "dark" if value == "dark" else "system"

    @scheme.setter
    def scheme(self, value: Scheme) -> None:
        self._settings.setValue("scheme", value)

    @property
    def folder(self) -> str:
        """Folder in which the last file was chosen."""
        return str(self._settings.value("folder", "", type=str))

    @folder.setter
    def folder(self, value: str) -> None:
        self._settings.setValue("folder", value)

    @property
    def ensemble(self) -> str:
        """Name of the ensemble chosen last; at first that of the bundled example."""
        return str(self._settings.value("ensemble", FIRST_ENSEMBLE, type=str))

    @ensemble.setter
    def ensemble(self, value: str) -> None:
        self._settings.setValue("ensemble", value)

    @property
    def recent(self) -> tuple[Path, ...]:
        """Project folders, the last one first."""
        text = str(self._settings.value("recent", "", type=str))
        return tuple(Path(line) for line in text.split("\n") if line)

    def remember(self, project: Path) -> None:
        """Put ``project`` first among the recent ones."""
        others = [path for path in self.recent if path != project]
        self._write_recent([project, *others][:MOST_RECENT])

    def forget(self, project: Path) -> None:
        """Take ``project`` off the recent ones."""
        self._write_recent([path for path in self.recent if path != project])

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

    def _write_recent(self, paths: list[Path]) -> None:
        # One text, since an INI list of one item would come back as text.
        self._settings.setValue("recent", "\n".join(str(path) for path in paths))
