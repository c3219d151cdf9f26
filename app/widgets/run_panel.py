"""A job of the making: how far, how fast, how long still, what it has set aside."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QProgressBar, QVBoxLayout, QWidget

from app import wording
from app.job_runner import RunningJob
from app.making import MakingState
from app.widgets.basics import apart, button, label
from app.widgets.facts import Facts
from app.widgets.reason_bars import ReasonBars


class RunPanel(QWidget):
    """How far the job is, how fast it goes, what it has set aside."""

    cancel_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.title = label("", "strong", wrap=True)
        self._place = label("", "small", wrap=True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress")
        self.facts = Facts()
        self._aside = label("Clusters set aside", "heading")
        self.reasons = ReasonBars()
        self.cancel = button("Cancel", self._cancel, icon="close")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        widgets = (self.title, self._place, self.bar, self.facts)
        for widget in (*widgets, self._aside, self.reasons):
            layout.addWidget(widget)
        kept = label("What is done is kept.", "small")
        layout.addLayout(apart(self.cancel, kept))

    def show_job(self, state: MakingState, job: RunningJob) -> None:
        """Show how far ``job`` is."""
        progress = job.progress
        is_set = state.step == "making"
        system = state.plan.system
        self.title.setText(system.title if is_set and system else job.name)
        place = state.plan.folder if is_set else state.made and state.made.folder
        self._place.setText(str(place or ""))
        self.bar.setRange(0, progress.total if _has_begun(job) else 0)
        self.bar.setValue(progress.done)
        self.facts.set_facts(_set_facts(state, job) if is_set else _train_facts(job))
        self._aside.setVisible(is_set)
        self.reasons.setVisible(is_set)
        self.reasons.show_reasons(progress.rejected, of=_tried(state, job))
        self.cancel.setEnabled(True)
        self.cancel.setText("Cancel")

    def _cancel(self) -> None:
        self.cancel.setText("Cancelling")
        self.cancel.setEnabled(False)
        self.cancel.repaint()
        self.cancel_wanted.emit()


def _set_facts(state: MakingState, job: RunningJob) -> list[tuple[str, str]]:
    plan = state.plan
    total = plan.recipe.sampling.macrostates if plan.recipe else 0
    each = plan.microstates
    done = round(_share(job) * total)
    facts = [
        ("Macrostates", f"{wording.count(done)} of {wording.count(total)}"),
        ("Spectra", f"{wording.count(done * each)} of {wording.count(total * each)}"),
    ]
    rate = job.pace.rate
    steps = max(1, job.progress.total)
    per_second = rate * total * each / steps if rate else None
    speed = wording.rate(per_second, "spectra") if per_second else None
    return [*facts, _speed_or_stage(speed, job), ("Time left", _left(job))]


def _train_facts(job: RunningJob) -> list[tuple[str, str]]:
    progress, rate = job.progress, job.pace.rate
    done = f"{wording.count(progress.done)} of {wording.count(progress.total)}"
    return [
        ("Epochs", done),
        _speed_or_stage(wording.rate(rate, "epochs") if rate else None, job),
        ("Time left", _left(job)),
    ]


def _speed_or_stage(speed: str | None, job: RunningJob) -> tuple[str, str]:
    """Return the rate, or what is being done while there is none."""
    return ("Rate", speed) if speed else ("Now", _stage(job))


def _tried(state: MakingState, job: RunningJob) -> int:
    """Return about how many clusters have been tried."""
    recipe = state.plan.recipe
    if recipe is None:
        return 0
    return round(_share(job) * recipe.sampling.macrostates) * state.plan.microstates


def _share(job: RunningJob) -> float:
    return job.progress.done / job.progress.total if job.progress.total else 0.0


def _has_begun(job: RunningJob) -> bool:
    """Whether the bar can say how far it is; else it says that something goes on."""
    return job.progress.total > 1 and job.progress.done > 0


def _stage(job: RunningJob) -> str:
    return job.progress.message or "starting"


def _left(job: RunningJob) -> str:
    return wording.EN_DASH if job.left is None else wording.duration(job.left)
