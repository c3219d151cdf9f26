"""What the pages show: one frozen value, made anew whenever anything changes."""

from dataclasses import dataclass, field

from app.analysis_service import EnsembleInfo
from app.predictions import NOTHING, Outcome
from onne_core.prediction import Prediction
from onne_core.project import Project, SpectrumEntry
from onne_core.recipe import Recipe


@dataclass(frozen=True, eq=False)
class View:
    """The project on screen and everything derived from it.

    ``outcomes`` holds one item per spectrum. ``is_looking`` while the ensembles of
    this machine are not known yet.
    """

    project: Project
    ensembles: tuple[EnsembleInfo, ...] = ()
    ensemble: EnsembleInfo | None = None
    outcomes: tuple[Outcome, ...] = field(default=(), repr=False)
    is_looking: bool = False

    @property
    def entry(self) -> SpectrumEntry | None:
        """The selected spectrum."""
        return self.project.entry

    @property
    def outcome(self) -> Outcome:
        """Where the answer for the selected spectrum stands."""
        if self.entry is None or not self.outcomes:
            return NOTHING
        return self.outcomes[self.project.selected]

    @property
    def prediction(self) -> Prediction | None:
        """The prediction on screen, perhaps of inputs a moment old."""
        return self.outcome.prediction

    @property
    def recipe(self) -> Recipe | None:
        """The recipe to look at: the opened one, else that of the ensemble."""
        if self.project.recipe is not None:
            return self.project.recipe
        return self.ensemble.recipe if self.ensemble else None
