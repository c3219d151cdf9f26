"""Speed of the running job, and its use of this computer."""

from datetime import datetime, timedelta

from PySide6.QtCore import QTimer

from app.look import wording
from app.training.cards.queue_card import time_left
from app.widgets.basics import Card
from app.widgets.facts import Facts
from app.work import machine
from app.work.job_runner import RunningJob
from app.work.machine import cores
from app.work.queueing import Queue
from app.work.run_record import RunRecord
from onne_core.values.recipe import Recipe

TICK = 2000
"""Time between two looks at memory and disk, ms."""


class ComputerCard(Card):
    """Card of rate, time left, memory, processes and disk of the running job."""

    def __init__(self) -> None:
        super().__init__("Computer")
        self.facts = Facts()
        self.body.addWidget(self.facts)
        self._queue, self._record = Queue(), RunRecord()
        self._job: RunningJob | None = None
        self._taken: tuple[tuple[str, str], ...] = ()
        self._clock = QTimer(self, interval=TICK)
        self._clock.timeout.connect(self._look)

    def show_run(self, queue: Queue, record: RunRecord, job: RunningJob | None) -> None:
        """Show the running task and its ``record``."""
        has_begun = job is not None and job is not self._job
        self._queue, self._record, self._job = queue, record, job
        running = queue.running
        self.setVisible(running is not None)
        if running is None or job is None:
            self._clock.stop()
            return
        if has_begun:
            self._look()
            self._clock.start()
        self._show()

    def _look(self) -> None:
        """Update the measured values."""
        running = self._queue.running
        if running is None or self._job is None:
            return
        self._taken = (
            ("Memory", _memory(self._job.pid)),
            ("Processes", f"{running.request.workers} on {cores()} cores"),
            ("On disk", wording.size(machine.size_of(running.working_folder))),
        )
        self._show()

    def _show(self) -> None:
        job, recipe = self._job, None
        if job is None:
            return
        running = self._queue.running
        if running is not None:
            recipe = getattr(running.request, "recipe", None)
        self.facts.set_facts(
            [
                ("Rate", _rate(self._record, recipe)),
                ("Time left", _left(time_left(self._record, job))),
                *self._taken,
            ]
        )


def _rate(record: RunRecord, recipe: Recipe | None) -> str:
    rate = record.pace.rate
    if not rate:
        return wording.EN_DASH
    step = record.progress
    # Of several stages only the one that computes spectra counts them.
    if recipe is None or (step.share is not None and step.spectra == 1):
        unit = "epochs" if record.progress.metrics else "steps"
        return wording.rate(rate, unit)
    return wording.rate(rate * record.progress.spectra, "spectra")


def _left(seconds: float | None) -> str:
    if seconds is None:
        return wording.EN_DASH
    end = datetime.now().astimezone() + timedelta(seconds=seconds)
    return f"{wording.duration(seconds)}, done at about {end:%H:%M}"


def _memory(process: int | None) -> str:
    taken = None if process is None else machine.memory_of(process)
    whole = machine.memory_of_machine()
    if taken is None:
        return wording.EN_DASH
    return (
        f"{wording.size(taken)} of {wording.size(whole)}"
        if whole
        else wording.size(taken)
    )
