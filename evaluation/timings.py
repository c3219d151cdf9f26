"""Section: how long predictions take."""

from collections.abc import Callable
from statistics import median
from time import perf_counter

import numpy as np

from evaluation.places import MissingError, Places
from evaluation.section import Part, Section, Table, section
from onne_core.ensemble.alignment import path_chi
from onne_core.ensemble.levels import LEVELS
from onne_core.ensemble.predict import Ensemble
from onne_core.jobs import Stage
from onne_core.pipeline.validation import SIMULATED
from onne_core.spectrum import Spectrum, k_grid

ENSEMBLES = ("ni-foil", "cu-foil", "ni-molten-chloride", "u-molten-fluoride", "dimer")

MANY = 1000
REPEATS = 15
WANTED_ONE, WANTED_MANY = 5e-3, 1.0
"""Times that are wanted for one spectrum and for many, s."""

TEXT = (
    "One thread. The networks alone answer for a spectrum on their grid; a prediction "
    "has bands, back-calculation, the fit of the first shell and the verdict besides. "
    "Medians, on the machine that made this report and with whatever else it did."
)


def timings(places: Places) -> Stage[Section]:
    """Measure every ensemble."""
    makers: dict[str, Callable[[], Part]] = {
        name: lambda name=name: _timed(places, name) for name in ENSEMBLES
    }
    makers["training of ten members"] = _training
    return section("timings", "Times", TEXT, makers)


def seconds(work: Callable[[int], object], *, repeats: int) -> float:
    """Return the median time of ``work``, s; it gets the number of the repetition."""
    work(repeats)
    times = []
    for repeat in range(repeats):
        start = perf_counter()
        work(repeat)
        times.append(perf_counter() - start)
    return median(times)


def _timed(places: Places, name: str) -> Part:
    ensemble = places.ensemble(name)
    spectra = _spectra(ensemble, MANY + 2 * REPEATS + 2)
    chi = np.array([s.chi[-ensemble.card.k.size :] for s in spectra])
    levels = np.full((len(chi), len(LEVELS)), 0.5)

    def answers(first: int, count: int) -> object:
        part = slice(first, first + count)
        return ensemble.networks.answers(chi[part], levels[part], ensemble.card)

    # Fits are remembered: every prediction gets a spectrum of its own.
    found = {
        "networks, one spectrum": seconds(lambda i: answers(i, 1), repeats=REPEATS),
        "prediction, one spectrum": seconds(
            lambda i: ensemble.predict(spectra[MANY + i], SIMULATED), repeats=REPEATS
        ),
        f"networks, {MANY} spectra": seconds(lambda i: answers(i, MANY), repeats=3),
        f"predictions, {MANY} spectra": _whole(ensemble, spectra[:MANY]),
    }
    wanted = (WANTED_ONE, WANTED_ONE, WANTED_MANY, WANTED_MANY)
    rows = tuple(
        (what, f"{1e3 * time:.2f}", f"{1e3 * limit:g}", "yes" if time < limit else "NO")
        for (what, time), limit in zip(found.items(), wanted, strict=True)
    )
    head = ("what", "time (ms)", "wanted below (ms)", "met")
    members = ensemble.card.training.members
    table = Table(f"{name}, {members} members", head, rows)
    return Part(tables=(table,), numbers={"members": members, "seconds": found})


def _training() -> Part:
    raise MissingError(
        "no file of an ensemble says how long its training took; time onne train"
    )


def _whole(ensemble: Ensemble, spectra: list[Spectrum]) -> float:
    start = perf_counter()
    ensemble.predict_many(spectra, [SIMULATED] * len(spectra))
    return perf_counter() - start


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
