"""Makes a training set, then an ensemble, one job at a time."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.job_runner import RunningJob
from app.making import (
    MadeSet,
    MakingState,
    Plan,
    SystemChoice,
    cores,
    held_in,
    made_in,
    proposed_folder,
    supplied_systems,
    with_numbers,
)
from app.stages import SetRequest, TrainRequest
from onne_core.errors import OnneError
from onne_core.jobs import Failed, Stage

KEPT = "Cancelled. What is done is kept; the same start goes on."

Run = Callable[..., RunningJob]


class Maker(QObject):
    """Holds one :class:`MakingState`; ``changed`` tells that it was replaced.

    ``run`` starts a job by name, function and arguments; ``make_set`` and ``train``
    are the stages that it runs.
    """

    changed = Signal()
    trained = Signal(object)

    def __init__(
        self,
        run: Run,
        *,
        make_set: Callable[[SetRequest], Stage[str]],
        train: Callable[[TrainRequest], Stage[str]],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._run, self._make_set, self._train = run, make_set, train
        self._state = MakingState(Plan(workers=cores()))
        self._systems: tuple[SystemChoice, ...] = ()
        self.job: RunningJob | None = None

    @property
    def state(self) -> MakingState:
        """Where the making stands."""
        return self._state

    @property
    def systems(self) -> tuple[SystemChoice, ...]:
        """The systems that can be chosen."""
        return self._systems

    def prepare(self, place: Path) -> None:
        """Find the supplied systems; propose the first one, and a folder in ``place``.

        Does nothing where a system is chosen already.
        """
        self._systems = self._systems or supplied_systems()
        if self._state.plan.system is None and self._systems:
            self.choose_system(self._systems[0], place)

    def choose_system(self, system: SystemChoice, place: Path) -> None:
        """Plan to make a set of ``system``, in a folder of its own in ``place``."""
        if system not in self._systems:
            others = (item for item in self._systems if item.title != system.title)
            self._systems = (system, *others)
        folder = proposed_folder(system, place)
        self._plan(replace(self._state.plan, system=system, folder=folder))

    def choose_folder(self, folder: Path) -> None:
        """Plan to make the set in ``folder``."""
        self._plan(replace(self._state.plan, folder=folder))

    def choose_numbers(self, macrostates: int, microstates: int) -> None:
        """Plan to draw that many macrostates, and microstates of each."""
        plan = self._state.plan
        if plan.system is None:
            return
        changed = with_numbers(
            plan.system, macrostates=macrostates, microstates=microstates
        )
        folder = plan.folder
        if folder is not None and held_in(folder, changed.recipe) == "other":
            folder = proposed_folder(changed, folder.parent)
        self._plan(replace(plan, system=changed, folder=folder))

    def choose_workers(self, workers: int) -> None:
        """Plan to use that many processes."""
        self._plan(replace(self._state.plan, workers=workers))

    def start(self) -> None:
        """Make the set of the plan, or go on with it."""
        plan = self._state.plan
        if self._state.is_running or self._state.hindrance:
            return
        assert plan.recipe is not None  # noqa: S101 - else there is a hindrance
        assert plan.folder is not None  # noqa: S101
        assert plan.system is not None  # noqa: S101
        request = SetRequest(plan.recipe, str(plan.folder), plan.workers)
        self._begin(f"Training set {plan.system.title}", self._make_set, request)
        self.job.finished.connect(self._take_set)  # type: ignore[union-attr]
        self._become(step="making", note="", is_problem=False)

    def use(self, folder: Path) -> None:
        """Take the finished training set in ``folder``."""
        try:
            made = made_in(folder)
        except OnneError as error:
            self._become(note=str(error), is_problem=True)
            return
        self._show_made(made)

    def train(self, request: TrainRequest) -> None:
        """Train an ensemble on the set."""
        if self._state.is_running:
            return
        name = Path(request.out).name
        self._begin(f"Training {name}", self._train, request)
        self.job.finished.connect(self._take_ensemble)  # type: ignore[union-attr]
        self._become(step="training", note="", is_problem=False)

    def plan_another(self, place: Path) -> None:
        """Leave what was made and plan another set."""
        system = self._state.plan.system
        self._state = replace(
            self._state, step="plan", made=None, ensemble=None, note=""
        )
        if system is not None:
            self.choose_system(system, place)
        else:
            self._become(is_problem=False)

    def cancel(self) -> None:
        """Stop the job; what is done is kept."""
        if self.job is not None:
            self.job.cancel()

    def _begin(self, name: str, function: Callable[..., Any], request: object) -> None:
        job = self.job = self._run(name, function, request)
        job.progressed.connect(self.changed)
        job.failed.connect(self._take_failure)
        job.cancelled.connect(self._take_cancel)

    def _plan(self, plan: Plan) -> None:
        held = self._state.held
        if plan.folder is not None and plan.recipe is not None:
            held = held_in(plan.folder, plan.recipe)
        self._become(plan=plan, held=held, step="plan", note="", is_problem=False)

    def _take_set(self, folder: str) -> None:
        self.job = None
        try:
            self._show_made(made_in(Path(folder)))
        except OnneError as error:
            self._back(str(error), is_problem=True)

    def _show_made(self, made: MadeSet) -> None:
        self._become(step="made", made=made, ensemble=None, note="", is_problem=False)

    def _take_ensemble(self, folder: str) -> None:
        self.job = None
        self._become(step="trained", ensemble=Path(folder), note="", is_problem=False)
        self.trained.emit(Path(folder))

    def _take_failure(self, failed: Failed) -> None:
        self._back(failed.message, is_problem=True)

    def _take_cancel(self) -> None:
        self._back(KEPT, is_problem=False)

    def _back(self, note: str, *, is_problem: bool) -> None:
        """Return to the step before the job, and say what happened."""
        self.job = None
        before = "made" if self._state.step == "training" else "plan"
        plan, held = self._state.plan, self._state.held
        if plan.folder is not None and plan.recipe is not None:
            held = held_in(plan.folder, plan.recipe)
        self._become(step=before, held=held, note=note, is_problem=is_problem)

    def _become(self, **changes: Any) -> None:
        self._state = replace(self._state, **changes)
        self.changed.emit()
