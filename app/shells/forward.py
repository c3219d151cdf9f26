"""Forward previews: asked for, made in the background, kept by what they depend on."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.work.cache import Cache
from app.work.job_runner import RunningJob
from app.work.system_stages import PreviewRequest
from onne_core.jobs import Failed, Stage
from onne_core.values.preview import Preview, key_of
from onne_core.values.recipe import Recipe

MOST_KEPT = 12

Run = Callable[..., RunningJob]
PreviewStage = Callable[[PreviewRequest], Stage[Preview]]


class Forward(QObject):
    """Makes one preview at a time; ``changed`` when one begins, goes on or ends."""

    changed = Signal()

    def __init__(
        self, run: Run, stage: PreviewStage, folder: Path, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._run, self._stage, self._folder = run, stage, folder
        self._known = Cache[Preview](MOST_KEPT)
        self._problems: dict[str, str] = {}
        self._asked = ""
        self.job: RunningJob | None = None

    def of(self, recipe: Recipe | None) -> Preview | None:
        """Return the preview of ``recipe``, if it was made."""
        return self._known.get(key_of(recipe)) if recipe is not None else None

    @property
    def last(self) -> Preview | None:
        """The preview that was made last, of whatever recipe."""
        return next(self._known.latest_first(), None)

    def problem_of(self, recipe: Recipe | None) -> str:
        """Return why ``recipe`` has no preview, "" if nothing was wrong."""
        return self._problems.get(key_of(recipe), "") if recipe is not None else ""

    def start(self, recipe: Recipe) -> None:
        """Make the preview of ``recipe``; one that is being made gives way."""
        key = key_of(recipe)
        if key in self._known or (self.job is not None and key == self._asked):
            return
        if self.job is not None:
            self.job.cancel()
        self._asked = key
        self._problems.pop(key, None)
        name = recipe.system.name or recipe.system.absorber
        request = PreviewRequest(recipe, str(self._folder))
        job = self.job = self._run(f"Preview of {name}", self._stage, request)
        job.progressed.connect(self.changed)
        job.finished.connect(self._take)
        job.failed.connect(self._take_failure)
        job.cancelled.connect(self._end)
        self.changed.emit()

    def cancel(self) -> None:
        """Stop making a preview."""
        if self.job is not None:
            self.job.cancel()

    def _take(self, preview: Preview) -> None:
        self._known.keep(preview.recipe, preview)
        self._end()

    def _take_failure(self, failed: Failed) -> None:
        self._problems[self._asked] = failed.message
        self._end()

    def _end(self) -> None:
        self.job, self._asked = None, ""
        self.changed.emit()
