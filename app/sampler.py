"""Draws clusters to look at in the background, and keeps the last ones."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from app.job_runner import RunningJob
from app.samples import USUAL, SampleRequest, Samples, draw
from onne_core.jobs import Stage
from onne_core.recipe import Recipe

KEPT = 6
"""Sets of clusters kept: undo brings them back without a calculation."""

CANCELLED = "Cancelled."
NAME = "Assembling clusters"

Run = Callable[..., RunningJob]


class Sampler(QObject):
    """Knows the clusters of each request; ``changed`` when that is more or less.

    Number and seed are those of the view, not of the project: a training set is made
    with those of its recipe.
    """

    changed = Signal()

    def __init__(
        self,
        run: Run,
        parent: QObject | None = None,
        *,
        stage: Callable[[SampleRequest], Stage[Samples]] = draw,
    ) -> None:
        super().__init__(parent)
        self._run, self._stage = run, stage
        self._kept: dict[str, Samples] = {}
        self._count = USUAL
        self._seed: int | None = None
        self._asked: SampleRequest | None = None
        self._last: SampleRequest | None = None
        self._refused: dict[str, str] = {}
        self.job: RunningJob | None = None

    def request_for(self, recipe: Recipe) -> SampleRequest:
        """Return what is asked for now: the recipe's seed until another is chosen."""
        seed = recipe.sampling.seed if self._seed is None else self._seed
        last = self._last
        if (
            last is None
            or (last.count, last.seed) != (self._count, seed)
            or (last.recipe is not recipe)
        ):
            last = self._last = SampleRequest(recipe, self._count, seed)
        return last

    def samples_for(self, recipe: Recipe) -> Samples | None:
        """Return the clusters of what is asked for now, if they are drawn."""
        return self._kept.get(self.request_for(recipe).digest)

    def problem_for(self, recipe: Recipe) -> str:
        """Return why there are none: an error, or that it was cancelled."""
        return self._refused.get(self.request_for(recipe).digest, "")

    def latest_of(self, recipe: Recipe) -> Samples | None:
        """Return the clusters that were drawn last for the absorber of ``recipe``."""
        absorber = recipe.system.absorber
        for samples in reversed(self._kept.values()):
            if samples.request.recipe.system.absorber == absorber:
                return samples
        return None

    def want(self, recipe: Recipe) -> None:
        """Draw what is asked for now, unless it is there, under way or refused."""
        request = self.request_for(recipe)
        if request.digest in self._kept or request.digest in self._refused:
            return
        if self.job is not None and self._asked is not None:
            if self._asked.digest == request.digest:
                return
            self._drop()
        self._asked = request
        job = self.job = self._run(NAME, self._stage, request)
        job.finished.connect(self.take)
        # What was dropped may end later; what it says then concerns nobody.
        job.failed.connect(lambda failed: self._refuse(job, failed.message))
        job.cancelled.connect(lambda: self._refuse(job, CANCELLED))
        self.changed.emit()

    def draw(self, recipe: Recipe, *, count: int, seed: int) -> None:
        """Ask for another number or seed from now on; try again what was refused."""
        self._count, self._seed = count, seed
        self._refused.pop(self.request_for(recipe).digest, None)
        self.want(recipe)
        self.changed.emit()

    def cancel(self) -> None:
        """Stop drawing."""
        if self.job is not None:
            self.job.cancel()

    def _drop(self) -> None:
        """Stop drawing what nobody wants any more."""
        job, self.job = self.job, None
        self._asked = None
        if job is not None:
            job.cancel()

    def take(self, samples: Samples) -> None:
        """Keep ``samples``, the last few of them; end the job that has drawn them."""
        self._kept[samples.request.digest] = samples
        while len(self._kept) > KEPT:
            self._kept.pop(next(iter(self._kept)))
        if self._asked is not None and self._asked.digest == samples.request.digest:
            self._end()

    def _refuse(self, job: RunningJob, why: str) -> None:
        if job is self.job and self._asked is not None:
            self._refused[self._asked.digest] = why
            self._end()

    def _end(self) -> None:
        self.job = self._asked = None
        self.changed.emit()
