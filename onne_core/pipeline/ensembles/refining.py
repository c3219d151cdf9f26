"""Pipeline: refinement of an ensemble: predict, add macrostates, train, repeat.

The macrostates are added around what was predicted (:mod:`narrowing`), or, to compare,
over all ranges.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from onne_core.bundle.bundle import Bundle, read_bundle
from onne_core.ensemble.card import card_from_json
from onne_core.errors import DefinitionError, OnneError
from onne_core.jobs import Stage
from onne_core.networks.further_training import Start, start_of
from onne_core.pipeline.analysis.analysis import bundle_of
from onne_core.pipeline.ensembles.narrowing import narrowed, regions_of
from onne_core.pipeline.ensembles.refinement import Refinement, Where, round_of
from onne_core.pipeline.ensembles.training import train
from onne_core.pipeline.phases.engines import adopt_phases
from onne_core.pipeline.sets.generation import generate
from onne_core.posterior.predict import Ensemble, load
from onne_core.training_set.training_set import load_training_set, read_manifest, united
from onne_core.values.prediction import MeasurementSettings, Prediction
from onne_core.values.recipe import Recipe, TrainingRecipe, recipe_from_json
from onne_core.values.spectrum import Spectrum
from onne_core.values.structure import System

SHRUNK = 0.97
"""Width in units of that before, above which another round gains little."""

FEWEST = 16
"""Fewest macrostates of a region, so that some can be held out."""

AGAIN = 0.5
"""Steps and learning rate of further training, as shares of the first training's."""

SettingsOf = Callable[[Ensemble, Spectrum], MeasurementSettings]


@dataclass(frozen=True)
class RefineRequest:
    """Request to refine the ``ensemble`` trained on the set in ``folder``.

    ``added`` macrostates come with every round, ``around`` what was predicted or
    ``everywhere`` in the ranges of the recipe's system, each averaged over
    ``microstates``; there are ``rounds`` at most.
    """

    recipe: Recipe
    folder: Path
    ensemble: str
    added: int = 256
    microstates: int = 20
    rounds: int = 3
    where: Where = "around"

    def __post_init__(self) -> None:
        if self.added < FEWEST:
            raise DefinitionError(f"--add {self.added}: give at least {FEWEST}.")
        if self.rounds < 1:
            raise DefinitionError(f"--rounds {self.rounds}: give at least 1.")


def refine(
    request: RefineRequest,
    spectra: Sequence[Spectrum],
    out: Path,
    *,
    settings_of: SettingsOf = Ensemble.settings_for,
    workers: int = 2,
) -> Stage[Refinement]:
    """Add macrostates and train on until the bands of ``spectra`` stop shrinking.

    ``out`` gets the training sets (``added-01-00`` ...) and an ensemble per round
    (``round-01`` ...). A stopped run is resumed.

    Raises
    ------
    DefinitionError
        If set, ensemble and system do not belong together, or every spectrum lies
        outside of what the ensemble was trained on.
    """
    bundle = bundle_of(request.ensemble)
    _check(request, bundle)
    training = further(card_from_json(bundle.card).training)
    name = f"{bundle.name}-refined"
    answers = _answers(bundle, spectra, settings_of)
    rounds = [round_of(Path(request.ensemble), 0, answers[1])]
    sets: tuple[Path, ...] = ()
    for number in range(1, request.rounds + 1):
        recipes = _recipes(request, answers, number)
        sets += yield from _added(recipes, request, out, number, workers)
        folder = out / f"round-{number:02d}"
        start = start_of(bundle)
        if not _is_trained(folder, (request.folder, *sets), start, training):
            yield from train(
                request.folder,
                folder,
                training=training,
                name=name,
                workers=workers,
                added=sets,
                start=start,
            )
        bundle = read_bundle(folder)
        answers = _answers(bundle, spectra, settings_of)
        added = rounds[-1].added + sum(one.sampling.macrostates for one in recipes)
        rounds.append(round_of(folder, added, answers[1]))
        if rounds[-1].width > SHRUNK * rounds[-2].width:
            return Refinement(request.where, tuple(rounds), converged=True)
    return Refinement(request.where, tuple(rounds), converged=False)


def further(training: TrainingRecipe) -> TrainingRecipe:
    """Return the recipe of further training, shorter and with a lower learning rate."""
    return replace(
        training,
        steps=max(1, round(AGAIN * training.steps)),
        learning_rate=AGAIN * training.learning_rate,
    )


def _check(request: RefineRequest, bundle: Bundle) -> None:
    """Refuse a set on which the ensemble was not trained, and another system's."""
    manifest = read_manifest(request.folder)
    if manifest["digest"] != bundle.card.get("training_set"):
        raise DefinitionError(
            f"--set {request.folder}: {bundle.name} was trained on another set; "
            "give that set, or train on this one first."
        )
    known = manifest["description"].get("recipe")
    if known is None or recipe_from_json(known).system != request.recipe.system:
        raise DefinitionError(
            f"--set {request.folder}: made from a different system than the one given."
        )


def _answers(
    bundle: Bundle, spectra: Sequence[Spectrum], settings_of: SettingsOf
) -> tuple[Ensemble, tuple[Prediction, ...]]:
    """Return the ensemble in ``bundle`` and what it answers."""
    ensemble = load(bundle)
    settings = [settings_of(ensemble, spectrum) for spectrum in spectra]
    return ensemble, ensemble.predict_many(spectra, settings)


def _recipes(
    request: RefineRequest,
    answers: tuple[Ensemble, tuple[Prediction, ...]],
    number: int,
) -> list[Recipe]:
    """Return the recipes of the macrostates that round ``number`` adds."""
    base = request.recipe
    if request.where == "everywhere":
        shares = {base.system: request.added}
    else:
        shares = _shares(request, answers[1])
    return [
        replace(
            base,
            system=system,
            sampling=replace(
                base.sampling,
                macrostates=count,
                microstates=request.microstates,
                seed=base.sampling.seed + 100 * number + i,
            ),
        )
        for i, (system, count) in enumerate(shares.items())
    ]


def _shares(
    request: RefineRequest, predictions: tuple[Prediction, ...]
) -> dict[System, int]:
    """Return the narrowed systems, each with its number of macrostates.

    The wider the bands of a region's spectra are, the more it gets.
    """
    regions = regions_of(predictions)
    if not regions:
        raise DefinitionError(
            "all spectra are outside the training range; widen the ranges of the "
            "system, then generate and train again."
        )
    wanted = sum(region.wanted for region in regions)
    return {
        narrowed(request.recipe.system, region): max(
            FEWEST, round(request.added * region.wanted / wanted)
        )
        for region in regions
    }


def _added(
    recipes: list[Recipe], request: RefineRequest, out: Path, number: int, workers: int
) -> Stage[tuple[Path, ...]]:
    """Make the training sets of round ``number`` and return their folders."""
    folders = []
    for i, recipe in enumerate(recipes):
        folder = out / f"added-{number:02d}-{i:02d}"
        adopt_phases(request.folder, folder, recipe)
        folders.append((yield from generate(recipe, folder, workers=workers)))
    return tuple(folders)


def _is_trained(
    folder: Path, sets: tuple[Path, ...], start: Start, training: TrainingRecipe
) -> bool:
    """Whether ``folder`` holds what training further on ``sets`` would give."""
    try:
        card = card_from_json(read_bundle(folder).card)
    except OnneError:
        return False
    wanted = united([load_training_set(place) for place in sets])
    begun = card.description.get("trained_further")
    found = (card.training_set, card.training, begun)
    return found == (wanted.digest, training, start.digest)
