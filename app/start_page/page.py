"""The start page: three ways to begin, a drop hint, recent projects."""

from datetime import datetime
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QWidget,
)

from app.session.page import Page, scrolled_down
from app.session.view import View
from app.start_page.pictures import ClusterPicture, CurvesPicture, SpectrumPicture
from app.widgets.basics import Card, button, clear, label, plain_label
from app.widgets.layouts import column_of, row_of
from onne_core.storage import PROJECT_FILE, is_project

WIDTH = 1180


class StartPage(Page):
    """Page shown before anything is open."""

    recent_wanted = Signal(object)
    forget_wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__("Start")
        self._recent_shown: tuple[Path, ...] | None = None
        self.open = button("Open a spectrum…", role="primary", icon="open")
        self.primary = self.open
        self.example = button("Open the example", icon="play")
        self.new_ensemble = button("New ensemble…", icon="training")
        self.new_system = button("New system…", role="link")
        self.system = button("Open a system…", role="link")
        self.project = button("Open project…", icon="open")
        content = QWidget()
        content.setMaximumWidth(WIDTH)
        title = label("What would you like to do?", "start")
        parts = title, self._tiles(), _drop_hint(), self._recent(), None
        content.setLayout(column_of(*parts, spacing=14))
        outer = row_of(None, (content, 20), None)
        outer.setContentsMargins(40, 22, 40, 16)
        whole = QWidget()
        whole.setLayout(outer)
        self.setLayout(column_of(scrolled_down(whole)))

    def show_view(self, view: View) -> None:
        """Ignore ``view``: the start page shows no project."""

    def show_recent(self, projects: tuple[Path, ...]) -> None:
        """List ``projects``, most recent first; missing ones are marked."""
        if projects == self._recent_shown:
            return
        self._recent_shown = projects
        clear(self._rows)
        if not projects:
            self._rows.addWidget(label("Saved projects appear here.", "second"))
        for path in projects:
            self._rows.addWidget(self._row(path))

    def columns(self) -> tuple[QWidget, ...]:
        """Return where F6 goes."""
        return (self.open, self.example, self.new_ensemble)

    def _tiles(self) -> QHBoxLayout:
        tiles = (
            (
                SpectrumPicture(),
                "Read <i>g</i>(<i>r</i>) from a spectrum",
                "Use a trained ensemble on a measured spectrum. See the uncertainty "
                "and whether your sample lies inside the training range.",
                self.open,
                "a few seconds",
            ),
            (
                ClusterPicture(),
                "Explore the example",
                "A simulated Ni foil at 300 K, analysed and compared with its true "
                "<i>g</i>(<i>r</i>). Change anything you like.",
                self.example,
                "no preparation",
            ),
            (
                CurvesPicture(),
                "Train for your material",
                "Choose a crystal, a first shell or structures. See the shells that "
                "follow, then train networks in the background.",
                self.new_ensemble,
                "minutes to hours",
            ),
        )
        made = row_of(spacing=14)
        for picture, title, text, action, note in tiles:
            more = (self.new_system,) if action is self.new_ensemble else ()
            made.addWidget(_tile(picture, title, text, action, note, *more), 1)
        return made

    def _recent(self) -> Card:
        self._rows = column_of(spacing=0)
        return Card("Recent projects", self._rows, beside=(self.system, self.project))

    def _row(self, path: Path) -> QWidget:
        found = QWidget()
        grid = QGridLayout(found)
        grid.setContentsMargins(4, 3, 4, 3)
        for place, stretch in enumerate((3, 5, 2, 1)):
            grid.setColumnStretch(place, stretch)
        if is_project(path):
            link = button(path.stem, lambda: self.recent_wanted.emit(path), role="link")
            changed = _when((path / PROJECT_FILE).stat().st_mtime)
        else:
            link = button("Remove", lambda: self.forget_wanted.emit(path), role="link")
            grid.addWidget(plain_label(path.stem, "strong"), 0, 0)
            changed = "folder not found"
        grid.addWidget(link, 0, 0 if is_project(path) else 3)
        grid.addWidget(plain_label(str(path.parent), "second"), 0, 1)
        grid.addWidget(label(changed, "second"), 0, 2)
        return found


def _tile(
    picture: QWidget,
    title: str,
    text: str,
    action: QPushButton,
    note: str,
    *more: QPushButton,
) -> Card:
    words = label(text, "second", wrap=True)
    words.setMinimumHeight(66)
    words.setAlignment(Qt.AlignmentFlag.AlignTop)
    below = row_of(action, *more, None, label(note, "note"))
    return Card("", picture, label(title, "tile"), words, below)


def _drop_hint() -> QFrame:
    frame = QFrame()
    frame.setProperty("role", "drop")
    text = label(
        "Or drop a spectrum, project, ensemble or system anywhere on this page",
        "second",
    )
    text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
    column_of(text, within=frame, margins=(12, 9, 12, 9))
    return frame


def _when(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds).astimezone()
    today = datetime.now().astimezone().date()
    clock = f"{moment:%H:%M}"
    return f"today, {clock}" if moment.date() == today else f"{moment:%d %b}, {clock}"
