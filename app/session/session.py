"""Session: document, ensembles, predictions and jobs behind one window."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.look import wording
from app.look.preferences import Preferences
from app.project.autosave import Autosave
from app.project.document import Document
from app.session.choosing import (
    Choice,
    Chooser,
    named,
    with_automatic,
    with_chosen,
)
from app.session.comparisons import Comparisons
from app.session.notice import Actions, Notice, Tone
from app.session.predictions import NOTHING, Outcome, Predictions
from app.session.questions import Questions, same
from app.session.service import CoreService, EnsembleInfo, Question
from app.session.view import View
from app.work.job_runner import JobRunner, RunningJob
from app.work.queue_file import QueueFile
from app.work.queueing import Task
from app.work.stages import MakeRequest
from app.work.work_queue import WorkQueue
from app.work.worker import Worker
from onne_core.errors import BundleError
from onne_core.jobs import Failed, Stage
from onne_core.storage import Result
from onne_core.values.conventional import Analyses
from onne_core.values.prediction import Method
from onne_core.values.project import Project
from onne_core.values.recipe import Recipe
from onne_core.values.spectrum import one_line

logger = logging.getLogger(__name__)


class Session(QObject):
    """State of everything that the pages show; ``changed`` when the view changes."""

    changed = Signal()
    noticed = Signal(object)

    def __init__(
        self,
        service: CoreService,
        preferences: Preferences,
        parent: QObject | None = None,
        *,
        recovery: Path | None = None,
    ) -> None:
        super().__init__(parent)
        self.service = service
        self.preferences = preferences
        self.document = Document(self)
        self.autosave = Autosave(self.document, recovery, self) if recovery else None
        self.jobs = JobRunner(self)
        self.predictions = Predictions(service, self.run, self)
        self.questions = Questions(self.predictions)
        self.chooser = Chooser(self.questions.outcome)
        self.comparisons = Comparisons(self.run, service.compare, self)
        self.work = WorkQueue(
            self.start,
            {
                "set": service.make_set,
                "ensemble": service.train_ensemble,
                "tuning": service.tune_ensemble,
                "making": service.make_ensemble,
            },
            QueueFile(recovery.with_name("queue")) if recovery else None,
            recovery.with_name("logs") if recovery else None,
            self,
        )
        self.writer = Worker("writer", self)
        self._ensembles: tuple[EnsembleInfo, ...] = ()
        self._is_looking = True
        self._preview: Project | None = None
        self._view = View(self.project)
        self._view_of: tuple[object, ...] = ()
        self.document.changed.connect(self._take_project)
        self.document.path_changed.connect(self.changed)
        self.predictions.changed.connect(self._take_answers)
        self.comparisons.changed.connect(self.changed)
        self.work.finished.connect(self._take_work)
        self.work.failed.connect(self._report_work)

    @property
    def project(self) -> Project:
        """Project on screen: a preview while something is dragged."""
        return self._preview or self.document.project

    def view(self) -> View:
        """Return what the pages show now; the same value while nothing has changed."""
        state = (
            self.project,
            self._ensembles,
            self._choices(),
            self.ensemble,
            self._is_looking,
            self.predictions.version,
            self.comparisons.version,
        )
        if not same(state, self._view_of):
            self._view_of, self._view = state, self._new_view()
        return self._view

    def _new_view(self) -> View:
        project, ensemble = self.project, self.ensemble
        choices = self._choices()
        outcomes = self.questions.outcomes(project, choices)
        compared = self._compared_ensemble()
        view = View(
            project,
            self._ensembles,
            ensemble,
            outcomes,
            choices,
            is_looking=self._is_looking,
            compared=compared,
        )
        if view.entry is None:
            return view
        asked = Question(view.entry, compared) if compared else None
        second = _of_other_method(project, ensemble)
        return replace(
            view,
            better=self.chooser.better(project.selected),
            other=self.predictions.outcome(asked) if asked else NOTHING,
            beside=self.predictions.outcome(second) if second else NOTHING,
            comparison=self.comparisons.of(view.prediction),
            is_comparing=self.comparisons.is_made(view.prediction),
        )

    @property
    def ensemble(self) -> EnsembleInfo | None:
        """The ensemble of the selected spectrum; without one the chosen or first."""
        project = self.project
        if project.entry is not None:
            return self._choices()[project.selected].info
        found = named(self._ensembles, project.ensemble or self.preferences.ensemble)
        if found is not None or project.ensemble:
            return found
        return self._ensembles[0] if self._ensembles else None

    def _choices(self) -> tuple[Choice, ...]:
        """Return a choice of ensemble per spectrum."""
        return self.chooser.update(
            self.project,
            self._ensembles,
            self.preferences.ensemble,
            self.predictions.version,
        )

    def compare(self) -> None:
        """Compare the prediction on screen with conventional analyses."""
        view = self.view()
        if view.prediction is not None and view.ensemble is not None:
            self.comparisons.start(view.prediction, view.ensemble)

    def results(self) -> dict[str, Result]:
        """Return the current answers to the document's spectra, to be kept with it.

        With them go those of the ensemble that is compared, that of the other method
        for the spectrum on screen, and what conventional analyses gave.
        """
        project, compared = self.document.project, self._compared_ensemble()
        questions: list[Question] = []
        choices = self._choices()
        questions += filter(None, self.questions.of(project, choices))
        if compared is not None:
            questions += [Question(entry, compared) for entry in project.spectra]
        second = _of_other_method(project, self.ensemble)
        if second is not None:
            questions.append(second)
        found = {
            question.digest: self._result_of(self.predictions.outcome(question))
            for question in questions
        }
        return {key: result for key, result in found.items() if result is not None}

    def keep(self, results: Mapping[str, Result]) -> None:
        """Take over the results stored with a project."""
        self.predictions.keep(results)
        beside: dict[str, Analyses] = {}
        for result in results.values():
            answer = result.prediction or result.summary
            if result.beside is not None and answer is not None:
                beside[answer.digest] = result.beside
        self.comparisons.keep(beside)

    def _result_of(self, outcome: Outcome) -> Result | None:
        """Return the part of ``outcome`` to store, ``None`` if there is no answer."""
        if not outcome.is_current or outcome.summary is None:
            return None
        when = outcome.when.isoformat() if outcome.when else ""
        whole = outcome.prediction
        summary = None if whole is not None else outcome.summary
        beside = self.comparisons.analyses_beside(outcome.summary.digest)
        return Result(whole, outcome.seconds, when, summary, beside)

    def find_ensembles(self) -> None:
        """Find the available ensembles, in the prediction thread."""
        self.predictions.do(self.service.ensembles, self._take_ensembles)

    def _take_ensembles(self, ensembles: tuple[EnsembleInfo, ...]) -> None:
        mine = {info.folder for info in ensembles}
        added = (info for info in self._ensembles if info.folder not in mine)
        self._ensembles = (*ensembles, *added)
        self._is_looking = False
        self._find_chosen()
        self._ask()
        self.changed.emit()

    def choose_ensemble(self, info: EnsembleInfo) -> None:
        """Use ensemble ``info`` from now on, for all spectra of its absorber."""
        if info.digest not in {item.digest for item in self._ensembles}:
            self._offer(info)
        self.preferences.ensemble = info.key
        before = self.document.project
        project = with_chosen(before, info)
        is_same = project.spectra is before.spectra
        if is_same and project.ensemble == before.ensemble:
            self.changed.emit()
        else:
            self.document.edit(project, "Choose ensemble")

    def choose_automatically(self) -> None:
        """Leave the ensemble of the selected spectrum's absorber to the program."""
        project = with_automatic(self.document.project)
        self.document.edit(project, "Choose ensemble automatically")

    def edit(self, project: Project, text: str, merge: str = "") -> None:
        """Change the project in one undo step; ends a preview."""
        self._preview = None
        self.document.edit(project, text, merge=merge)

    def edit_recipe(self, recipe: Recipe, text: str, merge: str = "") -> None:
        """Change the project's system in one undo step; ends a preview."""
        self.edit(replace(self.document.project, recipe=recipe), text, merge)

    def preview_recipe(self, recipe: Recipe | None) -> None:
        """Show a system without changing the document; ``None`` ends that."""
        project = self.document.project
        self.preview(replace(project, recipe=recipe) if recipe is not None else None)

    def select(self, index: int) -> None:
        """Select spectrum ``index``."""
        if index != self.document.project.selected:
            self.document.select(replace(self.document.project, selected=index))

    def preview(self, project: Project | None) -> None:
        """Show ``project`` without changing the document; ``None`` ends that."""
        self._preview = project
        self._ask()
        self.changed.emit()

    def run(
        self, name: str, function: Callable[..., Stage[Any]], *arguments: Any
    ) -> RunningJob:
        """Run a stage in its own process; bugs in the program are reported.

        Unsaved work is written before.
        """
        job = self.start(name, function, *arguments)
        job.failed.connect(lambda failed: self._report(name, failed))
        return job

    def start(
        self, name: str, function: Callable[..., Stage[Any]], *arguments: Any
    ) -> RunningJob:
        """Run a stage as :meth:`run` does, but let the caller report failures."""
        if self.autosave is not None:
            self.autosave.write()
        return self.jobs.start(name, function, *arguments)

    def tell(
        self,
        title: str,
        text: str,
        tone: Tone = "info",
        details: str = "",
        actions: Actions = (),
    ) -> None:
        """Show a notice above the page."""
        self.notice(Notice(title, text, tone, details, actions))

    def notice(self, notice: Notice) -> None:
        """Show ``notice`` above the page, and log it: banners give way to others."""
        level = logging.ERROR if notice.tone == "error" else logging.INFO
        lines = (f"{notice.title}. {notice.text}", notice.details)
        logger.log(level, "%s", "\n".join(filter(None, lines)))
        self.noticed.emit(notice)

    def close(self) -> None:
        """Stop the jobs and the threads."""
        if self.autosave is not None:
            self.autosave.close()
        self.work.close()
        self.jobs.cancel_all()
        self.writer.close()
        self.predictions.close()

    def _take_project(self, old: Project, new: Project) -> None:
        self._preview = None
        if not _named_in(new) <= _named_in(old):
            self._find_chosen()
        self._ask()
        self.changed.emit()

    def add_ensemble(self, folder: Path) -> EnsembleInfo | None:
        """Add the ensemble in ``folder`` to the list and return it."""
        try:
            info = self.service.ensemble_in(folder)
        except BundleError as error:
            self.tell(f"{folder.name} could not be opened", str(error), "error")
            return None
        self._offer(info)
        self._ask()
        self.changed.emit()
        return info

    def drop_ensemble(self, info: EnsembleInfo) -> None:
        """Remove an ensemble from the list because its folder is gone."""
        self._ensembles = tuple(i for i in self._ensembles if i.folder != info.folder)
        self._ask()
        self.changed.emit()

    def _take_work(self, task: Task) -> None:
        """Offer the result of a task."""
        if task.kind == "set":
            self.preferences.remember_set(task.folder)
            if any(other.needs == task.folder for other in self.work.queue.left):
                return  # what learns from it says more
            text = "Train an ensemble on it under Training."
            name = f"Training set {task.folder.name} is ready"
            self.tell(name, text, "good")
            return
        if isinstance(task.request, MakeRequest):
            self.preferences.remember_set(Path(task.request.folder))
        self._take_ensemble(task.folder)

    def _report_work(self, task: Task) -> None:
        self.tell(
            f"{task.title} did not finish",
            f"{task.note} Completed work is kept.",
            "error",
            task.details,
            actions=(("Resume", lambda: self.work.requeue(task.key)),),
        )

    def _take_ensemble(self, folder: Path) -> None:
        """Offer the trained ensemble; the one in use stays."""
        info = self.add_ensemble(folder)
        if info is None:
            return
        self.tell(
            f"Ensemble {info.name} is trained",
            f"{info.members} networks on {wording.count(info.card.items)} "
            "spectra. Choose it under Ensemble.",
            "good",
            actions=(("Use ensemble", lambda: self.choose_ensemble(info)),),
        )

    def _offer(self, info: EnsembleInfo) -> None:
        """Add ``info`` to the list, replacing an older entry of its folder."""
        others = (item for item in self._ensembles if item.folder != info.folder)
        self._ensembles = (*others, info)

    def _ask(self) -> None:
        """Request answers for every spectrum, the selected one first."""
        project, choices = self.project, self._choices()
        chooser, ask = self.chooser, self.questions.question
        asked = self.questions.of(project, choices)
        first: list[Question] = []
        own = asked[project.selected] if project.entry is not None else None
        if project.entry is not None:
            first += [own] if own is not None else []
            compared = self._compared_ensemble()
            if compared is not None:
                first.append(Question(project.entry, compared))
            second = _of_other_method(project, self.ensemble)
            if second is not None:
                first.append(second)
        if own is not None:
            first += [ask(*pair) for pair in chooser.offered(project.selected)]
        rest = [
            question
            for index, question in enumerate(asked)
            if question is not None and index not in chooser.withheld
        ]
        rest += [ask(*pair) for pair in chooser.trials]
        self.predictions.want(first, list(dict.fromkeys(rest)))

    def _take_answers(self) -> None:
        """Show new answers; ask on where they leave the choice of an ensemble open."""
        before, tried = self.chooser.choices, self.chooser.trials
        choices = self._choices()
        project = self.project
        offered = project.entry is not None and self.chooser.offered(project.selected)
        if choices is not before or tried or self.chooser.trials or offered:
            self._ask()
        self.changed.emit()

    def _compared_ensemble(self) -> EnsembleInfo | None:
        """Return the ensemble compared with the chosen one, if known."""
        wanted = self.project.compared
        named = [item for item in self._ensembles if wanted and item.key == wanted]
        return named[0] if named and named[0] is not self.ensemble else None

    def _find_chosen(self) -> None:
        """Read the project's ensembles from their folders where they are not known."""
        if self._is_looking:
            return
        wanted = _named_in(self.document.project)
        for key in sorted(wanted - {info.key for info in self._ensembles}):
            self._find(key)

    def _find(self, key: str) -> None:
        try:
            info = self.service.ensemble_in(Path(key))
        except BundleError as error:
            text = f"{error} Choose another under Ensemble."
            title = f"Ensemble {one_line(key)} was not found"
            self.tell(title, text, "error")
            return
        self._offer(info)

    def _report(self, name: str, failed: Failed) -> None:
        title = f"{name} did not finish"
        self.tell(title, failed.message, "error", failed.details)


def _named_in(project: Project) -> set[str]:
    """Return the names and folders of the ensembles that the user has chosen."""
    keys = {project.ensemble, *(entry.ensemble for entry in project.spectra)}
    return keys - {""}


def _of_other_method(
    project: Project, ensemble: EnsembleInfo | None
) -> Question | None:
    """Return the question to the method that does not answer, if there are two."""
    entry = project.entry
    if entry is None or ensemble is None or not ensemble.has_joint:
        return None
    method: Method = "joint" if entry.method == "networks" else "networks"
    return Question(replace(entry, method=method), ensemble)
