"""Forward previews: made in the background, stored by the digest of their inputs."""

from pathlib import Path

from PySide6.QtCore import QObject

from app.work.on_demand import Makes, OnDemand, Run
from onne_core.values.preview import Preview, key_of
from onne_core.values.recipe import Recipe

MOST_KEPT = 12


class Forward(OnDemand[Preview]):
    """Forward previews, one at a time; ``changed`` also on progress."""

    def __init__(
        self, run: Run, stage: Makes[Preview], folder: Path, parent: QObject
    ) -> None:
        super().__init__(run, stage, parent, MOST_KEPT)
        self._folder = folder

    def of(self, recipe: Recipe | None) -> Preview | None:
        """Return the preview of ``recipe``, if available."""
        return self.known.get(key_of(recipe)) if recipe is not None else None

    @property
    def last(self) -> Preview | None:
        """Latest preview, of any recipe."""
        return next(self.known.latest_first(), None)

    def problem_of(self, recipe: Recipe | None) -> str:
        """Return why ``recipe`` has no preview, "" if nothing failed."""
        return self.problems.get(key_of(recipe), "") if recipe is not None else ""

    def start(self, recipe: Recipe) -> None:
        """Make the preview of ``recipe``, cancelling any other."""
        name = recipe.system.name or recipe.system.absorber
        job = self.make(key_of(recipe), f"Preview of {name}", recipe, self._folder)
        if job is not None:
            job.progressed.connect(self.changed)
