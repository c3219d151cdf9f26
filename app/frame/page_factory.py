"""Construction of the pages and their connections to the session."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QStackedWidget

from app.frame.commands import Commands
from app.frame.page_building import Making
from app.session.opening import Opening
from app.session.page import Page, Steps
from app.session.session import Session
from app.session.view import View
from app.start_page.page import StartPage


class PageFactory:
    """Puts its pages into ``stack``; ``show_tab`` brings one of them on screen.

    Imports of pyqtgraph lie behind the functions: the start page needs none.
    """

    def __init__(
        self,
        session: Session,
        opening: Opening,
        commands: Commands,
        stack: QStackedWidget,
        show_tab: Callable[[str], None],
    ) -> None:
        self._session, self._opening = session, opening
        self._commands = commands
        self._stack, self._show_tab = stack, show_tab
        self._more: dict[str, Callable[[View], object]] = {}

    def make(self, name: str) -> Making:
        """Make a new page ``name`` in the window, a step at every turn."""
        return {
            "start": self._start,
            "data": self._data,
            "shells": self._shells,
            "structures": self._structures,
            "training": self._training,
            "analysis": self._analysis,
            "series": self._series,
        }[name]()

    def show(self, name: str, page: Page, view: View) -> None:
        """Show ``view`` on ``page``, and what only that page knows of."""
        page.show_view(view)
        if name in self._more:
            self._more[name](view)

    def _built(self, page: Page) -> Steps:
        """Make what stands on ``page``, which has its place from the start.

        Every other place that a widget is given costs as much as a new style.
        """
        self._stack.addWidget(page)
        yield from page.build()

    def _start(self) -> Making:
        page = StartPage()
        yield from self._built(page)
        page.open.clicked.connect(self._commands.open_spectra)
        page.example.clicked.connect(self._opening.open_example)
        page.new_ensemble.clicked.connect(self._commands.system.new_ensemble)
        page.new_system.clicked.connect(self._commands.system.new)
        page.system.clicked.connect(self._commands.open_system)
        page.project.clicked.connect(self._commands.open_project)
        page.recent_wanted.connect(self._commands.open_place)
        page.forget_wanted.connect(lambda path: self._forget(page, path))
        preferences = self._session.preferences
        self._more["start"] = lambda _: page.show_recent(preferences.recent)
        return page

    def _data(self) -> Making:
        from app.data.page import DataPage

        page = DataPage(self._commands.desk)
        yield from self._built(page)
        page.edited.connect(self._session.edit)
        page.selected.connect(self._session.select)
        page.analysis_wanted.connect(lambda: self._show_tab("analysis"))
        page.columns_wanted.connect(self._commands.columns.change)
        for button in (page.open, page.empty_open):
            button.clicked.connect(self._commands.open_spectra)
        page.example.clicked.connect(self._opening.open_example)
        return page

    def _shells(self) -> Making:
        from app.shells.page import ShellsPage

        page = ShellsPage()
        yield from self._built(page)
        recipe = self._session.view().recipe
        if recipe is not None:
            yield from page.prepare(recipe)
            page.show_view(self._session.view())
            yield
        page.edits.edited.connect(self._session.edit_recipe)
        page.edits.previewed.connect(self._session.preview_recipe)
        page.material.clicked.connect(self._commands.system.new_ensemble)
        page.new_ensemble.clicked.connect(self._commands.system.new_ensemble)
        page.new.clicked.connect(self._commands.system.new)
        page.open.clicked.connect(self._commands.open_system)
        page.back.clicked.connect(self._opening.close_recipe)
        page.structure.file_wanted.connect(self._commands.system.choose_template)
        page.build_button.clicked.connect(lambda: self._show_tab("structures"))
        self._opening.shell_wanted.connect(page.go_to)
        page.preview.start.clicked.connect(self._commands.system.check_ranges)
        page.preview.stop.clicked.connect(self._commands.system.forward.cancel)
        page.preview.spectra.activated.connect(self._session.select)
        page.take.structure.clicked.connect(self._commands.system.take_structure)
        page.take.peaks.clicked.connect(self._commands.system.take_peaks)
        page.take.system.clicked.connect(self._commands.open_system)
        forward = self._commands.system.forward
        self._more["shells"] = lambda view: page.show_forward(view, forward)
        return page

    def _structures(self) -> Making:
        from app.structures.page import StructuresPage

        page, commands = StructuresPage(), self._commands.structures
        sampler = self._commands.structures.sampler
        yield from self._built(page)
        page.nothing.open.clicked.connect(self._commands.open_system)
        page.bar.wanted.connect(commands.draw)
        for cancel in (page.middle.cancel, page.busy.cancel):
            cancel.clicked.connect(sampler.cancel)
        page.train.clicked.connect(self._build)
        page.export_wanted.connect(lambda kind: commands.export(page, kind))

        def show_job() -> None:
            if page.isVisible():
                page.show_job(sampler.job)

        self._session.jobs.changed.connect(show_job)
        self._more["structures"] = lambda _: commands.show_on(page)
        return page

    def _build(self) -> None:
        self._show_tab("training")
        self._commands.structures.plan_training()

    def _training(self) -> Making:
        from app.training.page import TrainingPage

        commands, work = self._commands, self._session.work
        page = TrainingPage(self._session, commands.training, commands.ensembles)
        yield from self._built(page)
        page.open.clicked.connect(commands.open_ensemble)
        for new in (page.new, page.first):
            new.clicked.connect(commands.system.new_ensemble)

        def show_work() -> None:
            if page.isVisible():
                page.show_work(work)

        work.changed.connect(show_work)
        self._more["training"] = lambda _: show_work()
        return page

    def _analysis(self) -> Making:
        from app.analysis.page import AnalysisPage

        page = AnalysisPage()
        yield from self._built(page)
        page.edited.connect(self._session.edit)
        page.previewed.connect(self._session.preview)
        page.spectra.chosen.connect(self._session.select)
        page.picker.chosen.connect(self._session.choose_ensemble)
        page.picker.automatic_wanted.connect(self._session.choose_automatically)
        page.picker.open.clicked.connect(self._commands.open_ensemble)
        page.open.clicked.connect(self._commands.open_spectra)
        page.example.clicked.connect(self._opening.open_example)
        page.compare.add.clicked.connect(self._commands.open_known)
        page.compare.compare.clicked.connect(self._session.compare)
        page.copy_figure.clicked.connect(self._commands.copy_figure)
        page.export_button.clicked.connect(self._commands.export)
        page.middle.shells.limits_reset.connect(self._commands.reset_limits)
        page.correction.reset.clicked.connect(self._commands.reset_correction)
        page.verdict.widening_wanted.connect(self._opening.widen)
        page.reduction.wanted.connect(self._commands.reduction.reduce)
        page.reduction.reset.clicked.connect(self._commands.reduction.reset)
        standard, selection = self._commands.standard, page.spectra.selection
        panel = page.correction.standard
        panel.load.clicked.connect(lambda: standard.load(selection()))
        panel.learn.clicked.connect(lambda: standard.learn(selection()))
        panel.spread.clicked.connect(standard.apply_to_all)
        panel.remove.clicked.connect(lambda: standard.remove(selection()))
        panel.scale_chosen.connect(lambda scale: standard.set_scale(scale, selection()))
        return page

    def _series(self) -> Making:
        from app.series.page import SeriesPage

        page, series = SeriesPage(), self._commands.series
        yield from self._built(page)
        page.canvas.chosen.connect(self._session.select)
        page.table.chosen.connect(self._session.select)
        page.opened.connect(self._open_in_analysis)
        page.edited.connect(self._session.edit)
        page.panel.files.clicked.connect(self._commands.open_spectra)
        page.panel.folder.clicked.connect(series.open_folder)
        page.panel.watch.clicked.connect(series.watch)
        page.panel.go_on.clicked.connect(self._session.predictions.resume)
        page.shown.connect(series.note_shown)
        page.export_button.clicked.connect(series.export)
        self._more["series"] = lambda _: page.show_state(
            self._session.predictions.declined, series.live.sentence
        )
        return page

    def _open_in_analysis(self, index: int) -> None:
        self._session.select(index)
        self._show_tab("analysis")

    def _forget(self, page: StartPage, path: Path) -> None:
        self._session.preferences.forget(path)
        page.show_recent(self._session.preferences.recent)
