"""The strip of tabs with its tools, and the status strip at the bottom."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QResizeEvent, QUndoStack
from PySide6.QtWidgets import (
    QButtonGroup,
    QProgressBar,
    QPushButton,
    QToolButton,
    QWidget,
)

from app.look import icons, wording
from app.session.predictions import Outcome
from app.session.view import TABS
from app.widgets.basics import button, icon_button, label, plain_label
from app.widgets.layouts import row_of
from app.work.job_runner import RunningJob

TAB_HEIGHT, STATUS_HEIGHT = 46, 32

ICON_GAP = 6
"""Room between icon and name of a tab, px."""


class TabStrip(QWidget):
    """Six tabs, undo and redo, and the tools of the current page."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("tabStrip")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(TAB_HEIGHT)
        self._group = QButtonGroup(self)
        self.tabs = {name: self._tab(name) for name in TABS}
        self.undo = icon_button("undo", "Undo")
        self.redo = icon_button("redo", "Redo")
        parts = *self.tabs.values(), None, self.undo, self.redo
        self._layout = row_of(*parts, within=self, spacing=2, margins=(8, 0, 12, 0))
        self._tools: QWidget | None = None
        self._icons: dict[QPushButton, QIcon] = {}

    def show_tab(self, name: str, tools: QWidget | None) -> None:
        """Select tab ``name`` and show its ``tools``; no tab for the start page."""
        self._group.setExclusive(False)
        for key, tab in self.tabs.items():
            tab.setChecked(key == name)
        self._group.setExclusive(bool(name in self.tabs))
        if self._tools is not None:
            self._tools.hide()
        self._tools = tools
        if tools is not None:
            if self._layout.indexOf(tools) < 0:
                self._layout.addWidget(tools)
            tools.show()
        self.fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave icons out where the names need the room."""
        super().resizeEvent(event)
        self.fit()

    def fit(self) -> None:
        """Leave the icons of the tabs out, then those of the tools, if there is need.

        A window of a usual width has room for larger text, not for all icons beside.
        """
        style = Qt.ToolButtonStyle
        one = next(iter(self.tabs.values()))
        has_icons = one.toolButtonStyle() == style.ToolButtonTextBesideIcon
        tools = self._tools.findChildren(QPushButton) if self._tools else []
        left_out = [tool for tool in tools if tool in self._icons]
        of_tabs = len(self.tabs) * (one.iconSize().width() + ICON_GAP)
        of_tools = sum(tool.iconSize().width() + ICON_GAP for tool in left_out)
        bare = self._layout.sizeHint().width() + of_tools
        whole = bare if has_icons else bare + of_tabs
        can_have = whole <= self.width()
        if can_have != has_icons:
            wanted = (
                style.ToolButtonTextBesideIcon if can_have else style.ToolButtonTextOnly
            )
            for tab in self.tabs.values():
                tab.setToolButtonStyle(wanted)
        is_narrow = whole - of_tabs > self.width()
        for tool in tools:
            if is_narrow and tool not in self._icons:
                self._icons[tool] = tool.icon()
                tool.setIcon(QIcon())
            elif not is_narrow and tool in self._icons:
                tool.setIcon(self._icons.pop(tool))

    def show_steps(self, stack: QUndoStack) -> None:
        """Offer undo and redo with the step names of ``stack``."""
        for tool, can, text in (
            (self.undo, stack.canUndo(), f"Undo {stack.undoText()}"),
            (self.redo, stack.canRedo(), f"Redo {stack.redoText()}"),
        ):
            tool.setEnabled(can)
            tool.setToolTip(text.strip())

    def show_state(self, name: str, state: str) -> None:
        """Write ``state`` after the name of a tab, in its accessible name too."""
        tab = self.tabs[name]
        if tab.text() != f"{name.capitalize()}{state}":
            tab.setText(f"{name.capitalize()}{state}")
            self.fit()
        spoken = {" ✓": ", current", " …": ", running"}.get(state, "")
        if state.endswith("%"):
            spoken = f", running,{state}"
        tab.setAccessibleName(f"{name.capitalize()}{spoken}")

    def _tab(self, name: str) -> QToolButton:
        tab = QToolButton()
        tab.setProperty("role", "tab")
        tab.setCheckable(True)
        tab.setText(name.capitalize())
        tab.setAccessibleName(name.capitalize())
        tab.setIcon(icons.icon(name, "second"))
        tab.setIconSize(QSize(17, 17))
        tab.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        tab.setFixedHeight(TAB_HEIGHT - 1)
        tab.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        tab.clicked.connect(lambda _checked=False: self.chosen.emit(name))
        self._group.addButton(tab)
        return tab


class StatusStrip(QWidget):
    """Status of the page at the left; the running job, with Cancel, at the right."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("statusStrip")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(STATUS_HEIGHT)
        self.left = label("", "note")
        self.job = plain_label("", "note")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(150)
        self._bar.setAccessibleName("Job progress")
        self.cancel = button("Cancel", self._cancel)
        self.cancel.setFixedHeight(24)
        self.cancel.setStyleSheet("min-height: 18px; padding: 0 8px;")
        parts = self.left, None, self.job, self._bar, self.cancel
        row_of(*parts, within=self, spacing=10, margins=(12, 0, 8, 0))
        self._running: RunningJob | None = None
        self.show_jobs(())

    def say(self, text: str) -> None:
        """Show ``text`` at the left."""
        self.left.setText(text)

    def show_jobs(self, jobs: tuple[RunningJob, ...]) -> None:
        """Show the oldest of ``jobs``."""
        self._running = jobs[0] if jobs else None
        for widget in (self._bar, self.cancel):
            widget.setVisible(self._running is not None)
        if self._running is None:
            self.job.setText("")  # what is computed without a job is said elsewhere
            return
        if self._running.is_cancelling:
            self.job.setText(f"Cancelling {self._running.name}…")
            self.cancel.setEnabled(False)
            return
        progress = self._running.progress
        more = f" · {len(jobs) - 1} more" if len(jobs) > 1 else ""
        has_stage = progress.message not in ("", self._running.name)
        stage = f" · {progress.message}" if has_stage else ""
        left = self._running.left
        rest = f" · {wording.duration(left)} left" if left else ""
        self.job.setText(f"{self._running.name}{stage}{rest}{more}")
        self.cancel.setEnabled(True)
        # Without a number of steps Qt shows that something goes on, not how far.
        has_begun = progress.total > 1 and progress.done > 0
        self._bar.setRange(0, progress.total if has_begun else 0)
        self._bar.setValue(progress.done)

    def _cancel(self) -> None:
        if self._running is not None:
            self._running.cancel()


def job_state(job: RunningJob | None) -> str:
    """Return the job state to show on a tab."""
    if job is None:
        return ""
    if not job.progress.done:
        return " …"
    return f" {100 * job.progress.done // job.progress.total} %"


def prediction_line(digest: str, seconds: float, clock: str) -> str:
    """Return the status line of the prediction on screen."""
    taken = f"{round(1e3 * seconds)} ms" if seconds < 1.0 else f"{seconds:.1f} s"
    return f"Prediction {digest[:8]} · {taken} · {clock}"


def moment(outcome: Outcome) -> str:
    """Return the time of the prediction, and whether the project stored it."""
    if outcome.when is None:
        return "kept"
    if outcome.is_kept:
        return f"computed {outcome.when:%d %b, %H:%M}"
    return f"{outcome.when:%H:%M}"
