"""Pipeline: from the recipe of a system to a calibrated ensemble, in one job.

Macrostates are appended to the training set while they make networks better; then the
ensemble is trained, calibrated, and measured on macrostates that neither saw.
"""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path

from onne_core.bundle.bundle import read_bundle
from onne_core.ensemble.card import Card, card_from_json
from onne_core.jobs import Stage, Value
from onne_core.pipeline.ensembles.probing import MEMBERS, STEPS, TRIALS, gain, probed
from onne_core.pipeline.ensembles.training import train
from onne_core.pipeline.sets.delivery import MESSAGE
from onne_core.pipeline.sets.generation import generate
from onne_core.values.quality import LEVELS, Level, Quality
from onne_core.values.recipe import Recipe
from onne_core.values.training_progress import TRAINING

PATIENCE = 2
"""Rounds in sequence that may gain less."""


PER_STEP, PER_MACROSTATE, REST = 0.01, 1.0, 60.0
"""Usual time of a training step, of a macrostate, and of what calibration takes, s of
one core: only the bar of progress depends on it."""


@dataclass(frozen=True)
class MakeRequest:
    """Request for an ensemble of ``quality`` in ``out``, its set in ``folder``."""

    recipe: Recipe
    out: str
    folder: str
    quality: Quality = "standard"


@dataclass(frozen=True)
class MadeEnsemble:
    """A finished ensemble: its bundle and card, and what decided its size.

    ``rounds`` are the numbers of macrostates, ``gains`` the share by which errors fell
    with each but the first, where that was measured.
    """

    folder: Path
    card: Card
    rounds: tuple[int, ...]
    gains: tuple[float, ...]


def make(request: MakeRequest, *, workers: int = 2) -> Stage[MadeEnsemble]:
    """Make training set and ensemble, and return what was found.

    A stopped run goes on where it was. All decisions follow from numbers of the set,
    never from the time that something took.

    Raises
    ------
    StorageError
        If a folder holds something else, or the disk is full.
    ScatteringError
        If FEFF gives no phases that suit.
    """
    level, recipe = LEVELS[request.quality], request.recipe
    out, folder = Path(request.out).resolve(), Path(request.folder).resolve()
    counts = level.rounds
    gains = yield from _grown(level, recipe, folder, out, workers)
    made = counts[: len(gains) + 1]
    training = level.recipe(recipe, made[-1]).training
    before, learnt = shares(level)[-3:-1]
    trained = train(folder, out, training=training, workers=workers)
    yield from shared(trained, before, learnt)
    return MadeEnsemble(out, card_from_json(read_bundle(out).card), made, gains)


def _grown(
    level: Level, recipe: Recipe, folder: Path, out: Path, workers: int
) -> Stage[tuple[float, ...]]:
    """Append macrostates to the set while they help; return the gains."""
    counts, before = level.rounds, None
    ends = (0.0, *shares(level))
    gains: list[float] = []
    for number, count in enumerate(counts):
        asked = level.recipe(recipe, count)
        begin, made, seen = ends[2 * number : 2 * number + 3]
        yield from shared(generate(asked, folder, workers=workers), begin, made)
        if level.least_gain is None:
            break
        place = out.parent / f".{out.name}.probe-{number}"
        probe = probed(folder, asked.training, place, workers=workers)
        errors = yield from shared(probe, made, seen)
        if before is not None:
            gains.append(gain(before, errors))
        if is_enough(gains, level.least_gain):
            break
        before = errors
    return tuple(gains)


def is_enough(gains: Sequence[float], least: float | None) -> bool:
    """Return whether errors fell by less than ``least``, twice in sequence."""
    last = gains[-PATIENCE:]
    return least is None or (len(last) == PATIENCE and max(last) < least)


def shares(level: Level) -> tuple[float, ...]:
    """Return the share of the job that is done after every stage.

    The stages are macrostates and probe of every round, training, calibration.
    """
    counts, took = level.rounds, []
    for before, count in zip((0, *counts), counts, strict=False):
        took.append(PER_MACROSTATE * (count - before))
        took.append(PER_STEP * MEMBERS * STEPS if len(counts) > 1 else 0.0)
    took += [PER_STEP * level.members * level.steps, REST]
    return tuple(done / sum(took) for done in accumulate(took))


def shared(stage: Stage[Value], begin: float, end: float) -> Stage[Value]:
    """Return ``stage`` with its share of the whole job, from ``begin`` to ``end``."""
    share = begin
    with closing(stage):
        while True:
            try:
                step = next(stage)
            except StopIteration as last:
                return last.value
            if step.message in (MESSAGE, TRIALS, TRAINING) and step.total:
                share = max(share, begin + (end - begin) * step.done / step.total)
            yield replace(step, share=share)
