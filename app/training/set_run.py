"""A running or finished training set: progress, quality, rejections."""

from pathlib import Path

import numpy as np
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.look import theme, wording
from app.training.cards.reason_bars import ReasonBars
from app.training.cards.training_plot import TrainingLine, TrainingPicture, TrainingPlot
from app.training.commands import TrainingCommands
from app.training.set_facts import facts_of
from app.training.set_plan import MadeSet
from app.widgets.basics import Card, button, label, set_tone
from app.widgets.empty import EmptyState
from app.widgets.facts import Facts
from app.widgets.layouts import column_of, row_of
from app.work.queueing import Task
from app.work.run_record import RunRecord
from onne_core.values.recipe import Recipe

RIGHT = 292
WORDS = {
    "waiting": "Waiting in the queue.",
    "paused": "Paused. Completed parts are kept. Choose Resume to continue.",
    "cancelled": (
        "Cancelled. Completed parts are kept. Choose Resume in the queue menu to "
        "continue; the final set will be the same."
    ),
}


class SetRun(QWidget):
    """View of the task of a training set."""

    def __init__(self, commands: TrainingCommands) -> None:
        super().__init__()
        self._task: Task | None = None
        self._folder = Path()
        self._record = RunRecord()
        self._made: MadeSet | None = None
        self.plot = TrainingPlot("Macrostates over time")
        self.plot.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.facts, self.rejected = Facts(), ReasonBars()
        self._note = label("", "note", wrap=True)
        self.train = button(
            "Train ensemble…", lambda: commands.train(self._folder), icon="training"
        )
        show = button(
            "Show folder", lambda: commands.show_folder(self._folder), role="link"
        )
        self._pace = Card("Macrostates over time", self.plot)
        buttons = row_of(self.train, show, None)
        self._about = Card("Training set", self._note, self.facts, buttons)
        self._waits = EmptyState("", "")
        aside = Card("Rejected clusters", self.rejected)
        middle = column_of((self._pace, 1), (self._waits, 1), spacing=theme.MARGIN)
        side = QWidget()
        side.setFixedWidth(RIGHT)
        side.setLayout(column_of(self._about, aside, None, spacing=theme.MARGIN))
        self.setLayout(row_of((middle, 1), side, spacing=theme.MARGIN))

    def show_task(self, task: Task, record: RunRecord, made: MadeSet | None) -> None:
        """Show ``task``; ``made`` is the set if finished."""
        self._task, self._record, self._made = task, record, made
        self._folder = task.folder
        self.draw()

    def draw(self) -> None:
        """Redraw, for instance in other colours."""
        task, record, made = self._task, self._record, self._made
        if task is None:
            return
        self._about.set_heading(f"Training set {task.folder.name}")
        self.train.setVisible(made is not None)
        recipe = getattr(task.request, "recipe", None)
        if made is not None:
            self.facts.set_facts(facts_of(made))
            self.rejected.show_reasons(made.manifest.get("rejected") or {})
        else:
            self.facts.set_facts(_facts(record, recipe))
            tried = _done(record) * _each(recipe)
            self.rejected.show_reasons(record.rejected, of=tried)
        has_marks = len(record.marks) > 1
        self._pace.setVisible(has_marks)
        self._waits.setVisible(not has_marks)
        self._waits.say(*_waiting(task))
        self._draw_marks()
        self._show_note(task)

    def _draw_marks(self) -> None:
        marks = np.array(self._record.marks, dtype=float)
        if len(marks) < 2:
            return
        unit, scale = ("min", 60.0) if marks[-1, 0] > 180.0 else ("s", 1.0)
        line = TrainingLine(0, marks[:, 0] / scale, marks[:, 1])
        is_running = self._task is not None and self._task.state == "running"
        self.plot.draw(
            TrainingPicture(
                (line,),
                left="macrostates",
                bottom=f"time of this run ({unit})",
                running=(0,) if is_running else (),
                lifted=-1,
                epochs=0.0,
                starts_at_zero=True,
            )
        )

    def _show_note(self, task: Task) -> None:
        text = task.note if task.state == "failed" else WORDS.get(task.state, "")
        if task.state == "running":
            text = f"Now: {self._record.progress.message or 'starting'}."
        place = f"<br>{task.folder}" if text else str(task.folder)
        set_tone(self._note, "problem" if task.state == "failed" else "note")
        self._note.setText(text + place)


def _waiting(task: Task) -> tuple[str, str]:
    """Return the text shown before the first macrostate."""
    if task.state == "finished":
        return "Complete", "Its contents are listed on the right."
    if task.state == "running":
        return "Starting", "First, FEFF calculates the phases of the reference cluster."
    return "Not started", WORDS.get(task.state, task.note)


def _facts(record: RunRecord, recipe: Recipe | None) -> list[tuple[str, str]]:
    """Return the progress; only the totals before the start."""
    if recipe is None:
        return []
    total, each, done = recipe.sampling.macrostates, _each(recipe), _done(record)
    facts = [
        ("System", recipe.system.name or f"{recipe.system.absorber} in its shells"),
        ("Macrostates", f"{wording.count(done)} of {wording.count(total)}"),
        ("Spectra", f"{wording.count(done * each)} of {wording.count(total * each)}"),
    ]
    rate = record.pace.rate
    if rate:
        facts.append(("Rate", wording.rate(rate * each, "spectra")))
    return facts


def _done(record: RunRecord) -> int:
    """Return the number of finished macrostates."""
    is_counting = record.progress.message == "scattering"
    return record.progress.done if is_counting else 0


def _each(recipe: Recipe | None) -> int:
    return recipe.sampling.microstates if recipe else 0
