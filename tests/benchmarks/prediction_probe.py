"""Times predictions in a process that computes with one thread, and prints them.

A process of its own, because the tests check types and shapes at every call, which
takes longer than the predictions. Prints one JSON line: for every name CPU time of all
threads and time of the clock (s, medians), and the number of threads at the end.
Started by the benchmarks with their limits in the environment.
"""

import json
import statistics
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil

from onne_core.cli.predicting import AT_ONCE
from onne_core.pipeline.analysis.analysis import load_ensemble, measured_spectrum
from onne_core.posterior.predict import Ensemble
from onne_core.values.spectrum import Spectrum

EXAMPLES = Path(__file__).parents[2] / "resources" / "examples"
MANY = 1000
REPEATS, ROUNDS = 60, 3

Spent = tuple[float, float]


def spectra(count: int, seed: int) -> list[Spectrum]:
    """Return the bundled example with noise of its own for every copy."""
    example = measured_spectrum(EXAMPLES / "ni_foil_300K.chi")
    noise = np.random.default_rng(seed).normal(size=(count, example.chi.size))
    return [
        replace(example, k=example.k.copy(), chi=example.chi + 1e-3 * row)
        for row in noise
    ]


def spent(function, *arguments) -> Spent:
    cpu, clock = time.process_time(), time.perf_counter()
    function(*arguments)
    return time.process_time() - cpu, time.perf_counter() - clock


def medians(pairs: list[Spent]) -> list[float]:
    return [statistics.median(column) for column in zip(*pairs, strict=True)]


def measured(ensemble: Ensemble) -> dict[str, list[float]]:
    """Return the times. Fits and joint answers are kept: every spectrum is new."""
    # Without the joint posterior an ensemble fits the first shell for E0.
    alone = replace(ensemble, joint=None)
    settings = alone.settings_for(spectra(1, 0)[0])
    alone.predict(spectra(1, 1)[0], settings)
    alone.predict_many(spectra(2, 2), [settings] * 2)
    complete(ensemble, spectra(1, 1)[0])
    complete_many(ensemble, spectra(2, 2))
    singles = spectra(REPEATS, 3)
    moved = [replace(settings, e0_shift=0.2 * i, e0_source="given") for i in range(40)]
    example = spectra(1, 5)[0]
    rounds = [spectra(MANY, 10 + seed) for seed in range(ROUNDS)]
    return {
        "first_shell_fit": medians([spent(alone.fit, item) for item in singles]),
        "networks": medians([spent(alone.predict, item, settings) for item in singles]),
        "networks_with_fit": medians(
            [spent(complete, alone, item) for item in spectra(REPEATS, 4)]
        ),
        "networks_1000_with_fit": medians(
            [spent(complete_many, alone, items) for items in rounds]
        ),
        "networks_1000": medians(
            [spent(alone.predict_many, items, [settings] * MANY) for items in rounds]
        ),
        "joint": medians(
            [spent(complete, ensemble, item) for item in spectra(REPEATS, 6)]
        ),
        "joint_other_e0": medians(
            [spent(ensemble.predict, example, one) for one in moved]
        ),
        "joint_1000": medians(
            [spent(complete_many, ensemble, items) for items in rounds]
        ),
    }


def complete(ensemble: Ensemble, item: Spectrum) -> None:
    ensemble.predict(item, ensemble.settings_for(item))


def complete_many(ensemble: Ensemble, items: list[Spectrum]) -> None:
    """Predict in batches, as series are."""
    for first in range(0, len(items), AT_ONCE):
        batch = items[first : first + AT_ONCE]
        given = [(None, None)] * len(batch)
        ensemble.predict_many(batch, ensemble.settings_for_many(batch, given))


def main(name: str) -> None:
    found = measured(load_ensemble(name))
    print(json.dumps({"spent": found, "threads": psutil.Process().num_threads()}))


if __name__ == "__main__":
    main(sys.argv[1])
