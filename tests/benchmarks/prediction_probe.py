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

from onne_core.pipeline.analysis.analysis import load_ensemble, measured_spectrum
from onne_core.posterior.predict import Ensemble
from onne_core.values.spectrum import Spectrum

EXAMPLES = Path(__file__).parents[2] / "resources" / "examples"
MANY = 1000
REPEATS, ROUNDS = 60, 5

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
    settings = ensemble.settings_for(spectra(1, 0)[0])
    ensemble.predict(spectra(1, 1)[0], settings)
    ensemble.predict_many(spectra(2, 2), [settings] * 2)

    def complete(item: Spectrum) -> None:
        ensemble.predict(item, ensemble.settings_for(item))

    def complete_many(items: list[Spectrum]) -> None:
        ensemble.predict_many(items, [ensemble.settings_for(item) for item in items])

    # A fit is kept, and settings and verdict both ask for it.
    singles = spectra(REPEATS, 3)
    fits = [spent(ensemble.fit, item) for item in singles]
    alone = [spent(ensemble.predict, item, settings) for item in singles]
    both = [spent(complete, item) for item in spectra(REPEATS, 4)]
    many, many_both = [], []
    for seed in range(ROUNDS):
        items = spectra(MANY, 10 + seed)
        many_both.append(spent(complete_many, items))
        many.append(spent(ensemble.predict_many, items, [settings] * MANY))
    return {
        "first_shell_fit": medians(fits),
        "predict": medians(alone),
        "predict_with_fit": medians(both),
        "predict_1000": medians(many),
        "predict_1000_with_fit": medians(many_both),
    }


def main(name: str) -> None:
    found = measured(load_ensemble(name))
    print(json.dumps({"spent": found, "threads": psutil.Process().num_threads()}))


if __name__ == "__main__":
    main(sys.argv[1])
