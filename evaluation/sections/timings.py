"""Section: time of predictions and training."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time

import numpy as np

from evaluation.places import MissingError, Places
from evaluation.section import Claim, Part, Section, Table, section
from onne_core.ensemble.uncertainty_levels import LEVELS
from onne_core.first_shell.shell_fit import path_chi
from onne_core.jobs import Stage, run
from onne_core.pipeline.ensembles.training import train, training_recipe_of
from onne_core.pipeline.ensembles.validation import SIMULATED
from onne_core.posterior.predict import Ensemble
from onne_core.values.prediction import AUTOMATIC_E0_SOURCE, MeasurementSettings
from onne_core.values.spectrum import Spectrum, k_grid

ENSEMBLES = ("ni-foil", "cu-foil", "ni-molten-chloride", "u-molten-fluoride", "dimer")

MANY = 1000
REPEATS = 15
WANTED_ONE, WANTED_MANY = 5e-3, 1.0
WANTED_JOINT, WANTED_JOINT_MANY, WANTED_STEP = 15e-3, 8.0, 0.1
"""Times that are wanted for one spectrum and for many, s: of the networks alone, of the
joint answer, and of that for another E0."""

ALONE = replace(SIMULATED, method="networks")
AUTOMATIC = MeasurementSettings(e0_source=AUTOMATIC_E0_SOURCE)

TRAINED, CORES, WANTED_TRAINING = "ni-foil", 2, 10.0
"""Whose training is timed, on how many cores, and what is wanted, min."""

FEW_STEPS = (100, 400)
"""Steps of two short trainings: what is done once drops out of their difference."""

TEXT = (
    "One thread. The networks process a spectrum on their grid; a prediction "
    "includes bands, back-calculation and verdict, by the networks alone with the "
    "first-shell fit, by the joint fit with an E0 that it finds. Medians of the "
    "processor time on the computer that made this report."
)


def timings(places: Places) -> Stage[Section]:
    """Measure every ensemble."""
    makers: dict[str, Callable[[], Part]] = {
        name: lambda name=name: _timed(places, name) for name in ENSEMBLES
    }
    makers["training of ten members"] = lambda: _training(places)
    return section("timings", "Times", TEXT, makers)


def seconds(work: Callable[[int], object], *, repeats: int) -> float:
    """Return the median processor time of ``work``, s.

    It gets the number of the repetition.
    """
    work(repeats)
    times = []
    for repeat in range(repeats):
        start = process_time()
        work(repeat)
        times.append(process_time() - start)
    return median(times)


def _timed(places: Places, name: str) -> Part:
    ensemble = places.ensemble(name)
    spectra = _spectra(ensemble, MANY + 3 * REPEATS + 3)
    chi = np.array([s.chi[-ensemble.card.k.size :] for s in spectra])
    levels = np.full((len(chi), len(LEVELS)), 0.5)

    def answers(first: int, count: int) -> object:
        part = slice(first, first + count)
        return ensemble.networks.answers(chi[part], levels[part], ensemble.card)

    found = {
        "networks, one spectrum": (
            seconds(lambda i: answers(i, 1), repeats=REPEATS),
            WANTED_ONE,
        ),
        f"networks, {MANY} spectra": (
            seconds(lambda i: answers(i, MANY), repeats=3),
            WANTED_MANY,
        ),
        **_predictions(ensemble, spectra),
    }
    rows = tuple(
        (what, f"{1e3 * time:.2f}", f"{1e3 * limit:g}", "yes" if time < limit else "NO")
        for what, (time, limit) in found.items()
    )
    head = ("what", "time (ms)", "wanted below (ms)", "met")
    members = ensemble.card.training.members
    table = Table(f"{name}, {members} members", head, rows)
    claims = tuple(
        Claim(f"{what} below {1e3 * limit:g} ms", f"{1e3 * time:.1f} ms", time < limit)
        for what, (time, limit) in found.items()
    )
    times = {what: time for what, (time, _) in found.items()}
    return Part((table,), (), {"members": members, "seconds": times}, claims)


def _predictions(
    ensemble: Ensemble, spectra: list[Spectrum]
) -> dict[str, tuple[float, float]]:
    """Return times of predictions, and the times that are wanted.

    Fits and joint answers are remembered: each prediction gets a spectrum of its own.
    """
    many, singles = spectra[:MANY], spectra[MANY:]

    def alone(i: int) -> object:
        return ensemble.predict(singles[i], ALONE)

    def joint(i: int) -> object:
        return ensemble.predict(singles[REPEATS + 1 + i], AUTOMATIC)

    def step(i: int) -> object:
        moved = replace(SIMULATED, e0_shift=0.1 * i)
        return ensemble.predict(singles[2 * REPEATS + 2], moved)

    found = {
        "prediction by networks alone, one spectrum": (
            seconds(alone, repeats=REPEATS),
            WANTED_ONE,
        ),
        f"predictions by networks alone, {MANY} spectra": (
            _whole(ensemble, many, ALONE),
            WANTED_MANY,
        ),
    }
    if ensemble.joint is None:
        return found
    return {
        **found,
        "joint prediction, one spectrum": (
            seconds(joint, repeats=REPEATS),
            WANTED_JOINT,
        ),
        f"joint predictions, {MANY} spectra": (
            _whole(ensemble, many, AUTOMATIC),
            WANTED_JOINT_MANY,
        ),
        "joint prediction for another E0": (
            seconds(step, repeats=REPEATS),
            WANTED_STEP,
        ),
    }


def _training(places: Places) -> Part:
    """Train one member for a few steps, and say what ten members of all steps take.

    Time is that of the processors, so that other programs count little.
    """
    training = training_recipe_of(places.sets / TRAINED)
    spent = {}
    for steps in FEW_STEPS:
        some = replace(training, members=1, steps=steps, patience=steps)
        with TemporaryDirectory() as folder:
            before = _spent()
            out = Path(folder) / TRAINED
            run(train(places.sets / TRAINED, out, training=some, workers=1))
            spent[steps] = _spent() - before
    first, second = FEW_STEPS
    per_step = (spent[second] - spent[first]) / (second - first)
    member = per_step * training.steps
    once = max(0.0, spent[first] - per_step * first)
    total = (training.members * member) / CORES + once
    rows = (
        ("one step", f"{1e3 * per_step:.1f} ms"),
        (f"one member, {training.steps} steps", f"{member:.0f} s"),
        ("preparing and calibrating, once", f"{once:.0f} s"),
        (f"{training.members} members on {CORES} quiet cores", f"{total / 60:.1f} min"),
    )
    title = f"{TRAINED}, extrapolated from {first} and {second} steps of one member"
    claim = Claim(
        f"{training.members} members of {TRAINED} in less than {WANTED_TRAINING:g} min",
        f"{total / 60:.1f} min of processor time, extrapolated",
        total / 60 < WANTED_TRAINING,
    )
    return Part(
        tables=(Table(title, ("what", "processor time"), rows),),
        numbers={"per_step": per_step, "once": once, "minutes": total / 60},
        claims=(claim,),
    )


def _spent() -> float:
    """Return processor time of this process and of its children that ended, s."""
    times = os.times()
    return sum(times[:4])


def _whole(
    ensemble: Ensemble, spectra: list[Spectrum], settings: MeasurementSettings
) -> float:
    start = process_time()
    ensemble.predict_many(spectra, [settings] * len(spectra))
    return process_time() - start


def _spectra(ensemble: Ensemble, count: int) -> list[Spectrum]:
    """Return the first shell's path with other noise in every spectrum."""
    card = ensemble.card
    path = ensemble.paths.get(card.first_head.label)
    if path is None:
        raise MissingError(f"{ensemble.name} has no path for a spectrum to time")
    k = k_grid(float(card.k[-1]))
    number, distance, deviation = card.first_head.centre
    parameters = np.array([number, distance, deviation**2, 0.0, 0.0])
    chi = path_chi(np.maximum(k, k[1]), path, parameters)
    rng = np.random.default_rng(1)
    noise = 1e-3 * rng.standard_normal((count, k.size))
    return [Spectrum(k.copy(), chi + row) for row in noise]
