"""The view: one frozen value of all that the pages show, replaced on any change."""

from dataclasses import dataclass, field

from app.session.choosing import Choice
from app.session.predictions import NOTHING, Outcome
from app.session.service import EnsembleInfo
from onne_core.values.conventional import Comparison
from onne_core.values.prediction import Prediction
from onne_core.values.project import Project, SpectrumEntry
from onne_core.values.recipe import Recipe, TrainingRecipe

TABS = ("data", "shells", "structures", "training", "analysis", "series")
"""Names of the tabs, in their order."""


@dataclass(frozen=True, eq=False)
class View:
    """The project on screen and everything derived from it.

    ``ensemble`` answers the selected spectrum, ``choice`` says why, ``better`` is one
    that fits it better than the chosen one; ``choices`` and ``outcomes`` hold one item
    per spectrum. ``is_looking`` while the ensembles of
    this computer are not known yet. ``compared`` is the ensemble beside the chosen one,
    ``other`` its answer for the selected spectrum; ``beside`` is that of the other
    method, joint fit or networks alone; ``comparison`` holds conventional analyses,
    ``is_comparing`` while they are made.
    """

    project: Project
    ensembles: tuple[EnsembleInfo, ...] = ()
    ensemble: EnsembleInfo | None = None
    outcomes: tuple[Outcome, ...] = field(default=(), repr=False)
    choices: tuple[Choice, ...] = field(default=(), repr=False)
    better: EnsembleInfo | None = None
    is_looking: bool = False
    compared: EnsembleInfo | None = None
    other: Outcome = NOTHING
    beside: Outcome = NOTHING
    comparison: Comparison | None = field(default=None, repr=False)
    is_comparing: bool = False

    @property
    def entry(self) -> SpectrumEntry | None:
        """The selected spectrum."""
        return self.project.entry

    @property
    def choice(self) -> Choice:
        """Choice of the ensemble for the selected spectrum."""
        if self.entry is None or not self.choices:
            return Choice(self.ensemble)
        return self.choices[self.project.selected]

    @property
    def outcome(self) -> Outcome:
        """Outcome of the selected spectrum."""
        if self.entry is None or not self.outcomes:
            return NOTHING
        return self.outcomes[self.project.selected]

    @property
    def prediction(self) -> Prediction | None:
        """Prediction on screen, possibly of slightly older inputs."""
        return self.outcome.prediction

    @property
    def training(self) -> TrainingRecipe:
        """Training recipe of the chosen ensemble, or the default."""
        return self.ensemble.card.training if self.ensemble else TrainingRecipe()

    @property
    def window(self) -> tuple[float, float]:
        """Fourier window of the plots, Å^-1."""
        training = self.training
        return self.project.window or (training.k_min, training.k_max)

    @property
    def k_weight(self) -> int:
        """The k-weight of the plots."""
        chosen = self.project.k_weight
        return self.training.k_weight if chosen is None else chosen

    @property
    def recipe(self) -> Recipe | None:
        """Recipe on screen: the opened one, otherwise that of the ensemble."""
        if self.project.recipe is not None:
            return self.project.recipe
        return self.ensemble.recipe if self.ensemble else None
