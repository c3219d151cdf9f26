"""The main window: menus, tabs, banners, pages, status, and files that are dropped."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QPaintEvent,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QMainWindow,
    QMenu,
    QPushButton,
    QStackedWidget,
    QWidget,
)

from app.frame import layout_memory
from app.frame.banner import BannerStack
from app.frame.commands import Commands
from app.frame.compare_dialog import CompareDialog
from app.frame.drop_panel import DropPanel, path_of
from app.frame.faults import FaultDialog, Faults
from app.frame.finder import Finder, targets_of
from app.frame.help import READING, HelpDialog, keys_html
from app.frame.log import LogPanel, RecentLines
from app.frame.menus import RECENT, add_appearance, build_menus, fill_recent, name_steps
from app.frame.page_building import PageBuilder
from app.frame.page_factory import PageFactory
from app.frame.strips import (
    StatusStrip,
    TabStrip,
    job_state,
    moment,
    prediction_line,
)
from app.look import theme
from app.look.text_size import OWN, USUAL, TextSize, first_size, next_size
from app.look.theme import Scheme
from app.project.differences import ProjectComparison
from app.session.file_kinds import arrivals_of, sentence_of
from app.session.opening import Opening
from app.session.page import Page
from app.session.session import Session
from app.session.view import TABS
from app.widgets.basics import label
from app.widgets.layouts import column_of

SMALLEST = (1280, 700)
"""Below this width the numbers of the shell tables would not fit beside the columns."""
NAME_WIDTH = 420

FIRST = ("analysis", "shells")
"""Pages to which the start page leads; they are made beforehand."""


class MainWindow(QMainWindow):
    """Main window of one session. Pages are built when first shown."""

    first_painted = Signal()

    def __init__(self, session: Session, faults: Faults, log: RecentLines) -> None:
        super().__init__()
        self.session = session
        self.opening = Opening(session)
        self.commands = Commands(session, self.opening, self)
        self.log_panel = LogPanel(log)
        self._text_size = TextSize(self)
        self.stack = QStackedWidget()
        self._factory = PageFactory(
            session, self.opening, self.commands, self.stack, self.show_tab
        )
        self.builder = PageBuilder(
            self._factory.make, self, may_go_on=lambda: not session.predictions.is_busy
        )
        self._may_prepare = False
        self._pages = self.builder.made
        self.current = self._awaited = ""
        self._opened: set[str] = set()
        self._has_painted = False
        self.setAcceptDrops(True)
        self.setMinimumSize(*SMALLEST)
        theme.dress(self)
        self._build()
        self._connect(faults)
        layout_memory.restore_size(self, self.session.preferences)
        self.set_text_size(self.session.preferences.text_size or first_size())

    def show_tab(self, name: str) -> None:
        """Show page ``name``: "start" or one of the tabs; as soon as it is made."""
        self._awaited = name
        if self.builder.must_wait(name):
            self.status.say(f"Opening {name.capitalize()}…")
            return
        self._open(name)

    def _pop_up(self, place: QPoint, names: tuple[str, ...]) -> None:
        menu = QMenu(self)
        menu.addActions([self.actions_by_name[name] for name in names])
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(place)

    def _open_awaited(self, name: str) -> None:
        if name == self._awaited and name != self.current:
            self.show_tab(name)

    def _open(self, name: str) -> None:
        page = self.builder.page(name)
        self.current = name
        if self._may_prepare:
            self.prepare_pages()
        self._note_tab()
        self.stack.setCurrentWidget(page)
        self.tabs.show_tab(name, page.tools if name in TABS else None)
        self.refresh()
        if name not in self._opened:
            self._opened.add(name)
            page.menu_wanted.connect(self._pop_up)
            layout_memory.restore_columns(page, self.session.preferences)
        if not self.tabs.isAncestorOf(QApplication.focusWidget() or self):
            self.focus_page()

    def _note_tab(self) -> None:
        """Remember the current tab of the project."""
        place = self.session.document.path
        if place is not None and self.current in TABS:
            self.session.preferences.remember_tab(place, self.current)

    def page(self, name: str) -> Page:
        """Return page ``name``, made if need be."""
        if name not in self._pages:
            self._open(name)
        return self._pages[name]

    def prepare_pages(self) -> None:
        """Build the remaining pages in idle time.

        Most of them only once a tab is open: they take 25 MB.
        """
        self._may_prepare = True
        self.builder.begin(*(TABS if self.current in TABS else FIRST))

    def refresh(self) -> None:
        """Show the session as it is now."""
        view = self.session.view()
        if self.current == "structures":
            self.commands.structures.want()
        if self.current:
            self._factory.show(self.current, self._pages[self.current], view)
        has_entry, has_answer = view.entry is not None, view.prediction is not None
        has_project = bool(view.project.spectra or view.project.recipe)
        for names, can in (
            (("remove", "known", "reset_correction", "reset_limits"), has_entry),
            (("export",), self._can_export(has_answer=has_answer)),
            (("copy_figure", "copy_methods"), has_answer),
            (("export_table",), any(one.summary for one in view.outcomes)),
            (("save_as", "save", "save_archive"), has_project),
            (("save_system",), view.recipe is not None),
            (("cancel",), bool(self.session.jobs.running)),
        ):
            for name in names:
                self.actions_by_name[name].setEnabled(can)
        self._show_steps()
        self.tabs.show_state(
            "analysis", " ✓" if view.outcome.is_current and has_answer else ""
        )
        self._show_drawing()
        self._show_status()
        self._show_name()

    def show_fault(self, text: str) -> None:
        """Show a bug in the program; one dialog at a time."""
        if not self.findChildren(FaultDialog):
            dialog = FaultDialog(text, save=self.commands.save_as, parent=self)
            dialog.finished.connect(dialog.deleteLater)
            dialog.open()

    def set_scheme(self, scheme: Scheme) -> None:
        """Change and remember the colours."""
        self.session.preferences.scheme = scheme
        self.apply_scheme()

    def apply_scheme(self) -> None:
        """Recolour everything."""
        application = QApplication.instance()
        if isinstance(application, QApplication):
            theme.apply(application, theme.palette_for(self.session.preferences.scheme))
        for widget in self.findChildren(QWidget):
            widget.update()
        self.refresh()

    def set_text_size(self, size: float) -> None:
        """Set the size of text and controls."""
        self._text_size.apply(size)
        self._name.setFont(theme.font(theme.SIZE_BODY, theme.SEMIBOLD))
        name_width = theme.scaled(NAME_WIDTH)
        self._name.setFixedWidth(min(name_width, self.screen().size().width() // 3))
        self.tabs.fit()
        self.refresh()

    def change_text_size(self, step: int) -> None:
        """Change the text size by ``step`` steps, or reset it for 0; remember it."""
        size = next_size(theme.text_size(), step) if step else USUAL
        self.session.preferences.text_size = size
        self.set_text_size(size)

    def focus_page(self) -> None:
        """Give the focus to the first column of the page."""
        for widget in self._columns()[:1]:
            widget.setFocus()

    def next_column(self) -> None:
        """Move the focus to the next column of the page."""
        columns = self._columns()
        if not columns:
            return
        focus = self.focusWidget()
        now = [
            i
            for i, w in enumerate(columns)
            if focus and (w is focus or w.isAncestorOf(focus))
        ]
        columns[(now[0] + 1) % len(columns) if now else 0].setFocus()

    def _columns(self) -> list[QWidget]:
        page = self._pages.get(self.current)
        return [w for w in page.columns() if w.isVisible()] if page else []

    def press_primary(self) -> None:
        """Press the filled button of the page."""
        primary = self._primary()
        if primary is not None and primary.isEnabled():
            primary.click()

    def _primary(self) -> QPushButton | None:
        page = self._pages.get(self.current)
        return page.primary if page is not None else None

    def _name_primary(self) -> None:
        """Name the filled button of the page in the menu."""
        primary = self._primary()
        text = primary.text() if primary is not None else "No action on this tab"
        self.actions_by_name["primary"].setText(text)

    def show_finder(self) -> None:
        """Find a command or field by its name; pages still to be made follow."""
        finder = Finder(
            lambda: targets_of(self.menus, self._pages, self.show_tab), self
        )
        self.builder.ready.connect(finder.refresh)
        self.builder.begin(*TABS)
        self._open_dialog(finder)

    def show_keys(self) -> None:
        """Show the keyboard shortcuts."""
        html = keys_html(self.actions_by_name.values())
        self._open_dialog(HelpDialog("Keyboard shortcuts", html, self))

    def show_reading(self) -> None:
        """Say how to read the current tab."""
        html = READING.get(self.current, READING["analysis"])
        self._open_dialog(HelpDialog("How to read this", html, self))

    def _open_dialog(self, dialog: QDialog) -> None:
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def export(self) -> None:
        """Export what the page shows: its own things, else the prediction."""
        page = self._pages.get(self.current)
        if page is not None and page.can_export:
            page.export()
        else:
            self.commands.export()

    def _can_export(self, *, has_answer: bool) -> bool:
        page = self._pages.get(self.current)
        return has_answer or (page is not None and page.can_export)

    def showEvent(self, event: QShowEvent) -> None:
        """Focus the page, not the first tab."""
        super().showEvent(event)
        if self.current:
            QTimer.singleShot(0, self, self.focus_page)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Signal once that the window has been painted."""
        super().paintEvent(event)
        if not self._has_painted:
            self._has_painted = True
            QTimer.singleShot(0, self, self.first_painted.emit)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Say what dropping will do."""
        paths = _local_files(event)
        if paths:
            has_work = bool(self.session.project.spectra)
            said = sentence_of(arrivals_of(paths), has_work=has_work)
            self.drop_panel.offer(said, tuple(paths))
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Hide the panel."""
        self.drop_panel.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open the dropped files."""
        self.drop_panel.hide()
        paths = _local_files(event)
        if paths:
            event.acceptProposedAction()
            # Reading may ask questions: let the source of the drag go first.
            QTimer.singleShot(0, self, lambda: self.commands.drop(paths))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the desktop's light or dark colours."""
        super().changeEvent(event)
        follows = self.session.preferences.scheme == "system"
        if event.type() == QEvent.Type.ThemeChange and follows:
            self.apply_scheme()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask about running jobs and unsaved work, stop, remember the size."""
        if not self.commands.may_stop() or not self.commands.may_close():
            event.ignore()
            return
        for name in self._opened:
            page = self._pages[name]
            layout_memory.remember_columns(page, self.session.preferences)
        layout_memory.remember_size(self, self.session.preferences)
        self.commands.series.close()
        self.commands.desk.close()
        self.commands.columns.close()
        self.opening.projects.worker.close()
        self.session.close()
        self.builder.close()
        event.accept()

    def _build(self) -> None:
        slots: dict[str, Callable[[], object]] = self.commands.slots() | {
            "export": self.export,
            "primary": self.press_primary,
            "next_column": self.next_column,
            "find": self.show_finder,
            "keys": self.show_keys,
            "help": self.show_reading,
            "log": self.log_panel.toggle,
            "larger": lambda: self.change_text_size(1),
            "smaller": lambda: self.change_text_size(-1),
            "usual_size": lambda: self.change_text_size(0),
            **{f"tab_{name}": lambda name=name: self.show_tab(name) for name in TABS},
        }
        self.actions_by_name, self.menus = build_menus(self, slots)
        scheme = self.session.preferences.scheme
        add_appearance(self.menus["&View"], scheme, self.set_scheme)
        self.menus[RECENT].aboutToShow.connect(self._fill_recent)
        self.menus["&Run"].aboutToShow.connect(self._name_primary)
        self._name = label("No project", "heading")
        # The menu bar does not lay its corner out again when the text grows.
        self._name.setProperty(OWN, True)
        self._name.setFixedWidth(NAME_WIDTH)
        self._name.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._name.setContentsMargins(0, 6, 14, 0)
        self.menuBar().setCornerWidget(self._name)
        self.tabs, self.banners, self.status = TabStrip(), BannerStack(), StatusStrip()
        # Pages that are still being made are not to be seen.
        self.stack.addWidget(QWidget())
        parts = self.tabs, self.banners, (self.stack, 1), self.log_panel, self.status
        body = QWidget()
        body.setLayout(column_of(*parts, spacing=0))
        self.setCentralWidget(body)
        self.drop_panel = DropPanel(self)

    def _connect(self, faults: Faults) -> None:
        session = self.session
        session.changed.connect(self.refresh)
        session.noticed.connect(self.banners.add)
        session.jobs.changed.connect(self._show_jobs)
        session.work.changed.connect(self._show_jobs)
        self.commands.structures.sampler.changed.connect(self.refresh)
        self.opening.projects.saved.connect(self._note_tab)
        stack = session.document.undo_stack
        stack.cleanChanged.connect(self._show_name)
        # A step gets its name only after the document has changed.
        stack.indexChanged.connect(self._show_steps)
        faults.caught.connect(self.show_fault)
        self.builder.ready.connect(self._open_awaited)
        self.opening.arrived.connect(self.show_tab)
        self.opening.projects.compare_wanted.connect(self._compare)
        self.opening.projects.worker.changed.connect(self._show_status)
        self.tabs.chosen.connect(self.show_tab)
        self.tabs.undo.clicked.connect(stack.undo)
        self.tabs.redo.clicked.connect(stack.redo)

    def _show_jobs(self) -> None:
        self.status.show_jobs(self.session.jobs.running)
        self.actions_by_name["cancel"].setEnabled(bool(self.session.jobs.running))
        self.tabs.show_state("training", job_state(self.session.work.job))
        self._show_drawing()

    def _show_drawing(self) -> None:
        """Show on the Structures tab whether its clusters are current."""
        job = self.commands.structures.sampler.job
        state = " ✓" if self.commands.structures.samples else ""
        self.tabs.show_state("structures", job_state(job) if job else state)

    def _show_status(self) -> None:
        outcome = self.session.view().outcome
        if self.opening.projects.worker.is_busy:
            self.status.say(f"{self.opening.projects.worker.doing}…")
        elif outcome.prediction is not None and outcome.is_current:
            clock = moment(outcome)
            digest = outcome.prediction.digest
            self.status.say(prediction_line(digest, outcome.seconds, clock))
        elif outcome.prediction is not None:
            self.status.say("Updating the prediction…")
        else:
            self.status.say(
                "Everything runs on this computer; nothing is sent anywhere"
            )

    def _show_steps(self) -> None:
        stack, actions = self.session.document.undo_stack, self.actions_by_name
        actions["undo"].setEnabled(stack.canUndo())
        actions["redo"].setEnabled(stack.canRedo())
        name_steps(actions["undo"], actions["redo"], stack)
        self.tabs.show_steps(stack)

    def _show_name(self) -> None:
        document = self.session.document
        name = document.path.name if document.path else "Not saved yet"
        if not document.project.spectra and document.path is None:
            name = "No project"
        edited = " · edited" if document.is_modified and document.path else ""
        self._name.setText(name + edited)
        self.setWindowTitle(f"{document.path.stem} – ONNE" if document.path else "ONNE")

    def _fill_recent(self) -> None:
        recent = self.session.preferences.recent
        commands = self.commands
        fill_recent(
            self.menus[RECENT], recent, commands.open_place, commands.forget_recent
        )

    def _compare(self, comparison: ProjectComparison) -> None:
        self._open_dialog(CompareDialog(comparison, self))


def _local_files(event: QDragEnterEvent | QDropEvent) -> list[Path]:
    urls = event.mimeData().urls()
    return [path_of(url) for url in urls if url.isLocalFile()]
