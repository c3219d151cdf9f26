"""Section: the oscillating dimer of the paper's appendix."""

from dataclasses import asdict

from evaluation.places import Places
from evaluation.section import Part, Section, Table, section
from onne_core import pipeline
from onne_core.jobs import Stage, run

MEMBERS, SEED, WORKERS = 3, 1, 2

TEXT = (
    "onne demo dimer: networks that have seen Gaussians only, on four kinds of "
    "distributions with white noise, beside Tikhonov inversion of the same spectra. "
    "Mean absolute errors; the oscillator's density is infinite at its ends, so its L1 "
    "says little."
)


def dimer(_: Places) -> Stage[Section]:
    """Train on the dimer and compare; takes about a minute."""
    return section("dimer", "Oscillating dimer", TEXT, {"demo": _demo})


def _demo() -> Part:
    scores = run(pipeline.demo_dimer(members=MEMBERS, seed=SEED, workers=WORKERS))
    rows = tuple(
        (
            score.kind,
            score.method,
            f"{score.l1:.3f}",
            f"{score.wasserstein:.4f}",
            f"{score.mean_error:.4f}",
            f"{score.variance_error:.5f}",
        )
        for score in scores
    )
    head = ("shape", "method", "L1", "Wasserstein (Å)", "mean (Å)", "variance (Å²)")
    table = Table(f"{MEMBERS} members, seed {SEED}", head, rows)
    numbers = {f"{score.kind}, {score.method}": asdict(score) for score in scores}
    return Part(tables=(table,), numbers=numbers)
