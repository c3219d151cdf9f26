"""Generate sample clusters in the background, and keep the last ones."""

from PySide6.QtCore import QObject

from app.structures.samples import USUAL, SampleRequest, Samples, draw
from app.work.on_demand import OnDemand, Run
from onne_core.values.recipe import Recipe

KEPT = 6
"""Sets of clusters kept: undo brings them back without a calculation."""

CANCELLED = "Cancelled."
NAME = "Assembling clusters"


class Sampler(OnDemand[Samples]):
    """Sample clusters of each request; ``changed`` when they change.

    Number and seed are those of the view, not of the project: a training set is made
    with those of its recipe.
    """

    def __init__(self, run: Run, parent: QObject) -> None:
        super().__init__(run, draw, parent, KEPT)
        self._count = USUAL
        self._seed: int | None = None
        self._last: SampleRequest | None = None

    def request_for(self, recipe: Recipe) -> SampleRequest:
        """Return the current request: the recipe's seed until another is chosen."""
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
        """Return the clusters of the current request, if available."""
        return self.known.get(self.request_for(recipe).digest)

    def problem_for(self, recipe: Recipe) -> str:
        """Return why there are none: an error or a cancellation."""
        return self.problems.get(self.request_for(recipe).digest, "")

    def latest_of(self, recipe: Recipe) -> Samples | None:
        """Return the latest clusters for the absorber of ``recipe``."""
        absorber = recipe.system.absorber
        for samples in self.known.latest_first():
            if samples.request.recipe.system.absorber == absorber:
                return samples
        return None

    def want(self, recipe: Recipe) -> None:
        """Run the current request, unless available, running or refused."""
        request = self.request_for(recipe)
        if request.digest not in self.problems:
            self.make(request.digest, NAME, request, cancelled=CANCELLED)

    def draw(self, recipe: Recipe, *, count: int, seed: int) -> None:
        """Set another number or seed; retry refused requests."""
        self._count, self._seed = count, seed
        self.problems.pop(self.request_for(recipe).digest, None)
        self.want(recipe)
        self.tell()
