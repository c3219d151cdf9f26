"""Separation of foreign spectra from inside ones by the verdict.

Inside are macrostates that neither networks nor thresholds have seen, with new
measurement errors drawn in k space. Those at the end of a trained range are counted
separately: borderline is the right verdict on them. Each foreign kind is the inside
spectra with the same errors and one thing wrong. For each kind: the area under the
curve (AUC), which is the chance that a foreign spectrum scores above an inside one, and
how many of them are called borderline or outside.

    python -m evaluation.foreign ENSEMBLE TRAINING_SET [PAIRS ...]
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float
from rich.console import Console
from rich.table import Table

from onne_core.ensemble.card import Card
from onne_core.ensemble.features import shifted_origin, smooth_basis
from onne_core.first_shell.shell_fit import path_chi
from onne_core.pipeline.analysis.analysis import load_ensemble
from onne_core.posterior.predict import Ensemble
from onne_core.training_set.split import split_of
from onne_core.training_set.training_set import TrainingSet, load_training_set
from onne_core.values.prediction import MeasurementSettings
from onne_core.values.recipe import TrainingRecipe
from onne_core.values.spectrum import K_STEP, Spectrum
from onne_core.verdict.domain import RANGE_MARGIN

Chi = Float[np.ndarray, "item k"]

FAR = 7.0
"""R up to which the error of the theory is applied, Å; beyond is noise."""

POINTS = 2048
"""Points of the transforms: spectra end at a third of it."""

GLITCH_AT = 8.0
"""Where the glitch is, Å^-1: in the middle of every window."""

AT_END = "at the end of a range"
HALVED = "chi times 0.5"
"""Not foreign where coordination numbers were varied: half the neighbours look so."""

OTHER_EDGE = 646.0
"""Distance of the next element's edge, eV: from Ni K to Cu K."""


@dataclass(frozen=True)
class Separation:
    """Verdicts on the spectra of one kind.

    ``auc`` against the inside spectra, shares of them borderline or outside, and
    outside; ``score`` is the median.
    """

    spectra: int
    auc: float
    not_inside: float
    outside: float
    score: float


@dataclass(frozen=True)
class Errors:
    """Errors of a measurement: ``theory`` as share of the trained, ``noise`` of chi."""

    theory: float
    noise: float


def told_apart(
    ensemble: Ensemble, training_set: TrainingSet, errors: Errors, *, seed: int = 1
) -> dict[str, Separation]:
    """Return the verdicts on the inside spectra and on every foreign kind."""
    training = ensemble.card.training
    items = len(training_set.pairs)
    split = split_of(items, held_out=training.held_out, seed=training.seed)
    is_clear = clear_of_ends(ensemble.card, training_set.pairs.moments[split.test])
    chi = training_set.pairs.chi[split.test[is_clear]].astype(float)
    at_end = training_set.pairs.chi[split.test[~is_clear]].astype(float)
    scores: dict[str, np.ndarray] = {}
    for name, changed, e0 in foreign_kinds(ensemble, training_set.k, chi):
        rng = np.random.default_rng(seed)
        measured = with_errors(training_set.k, changed, training, errors, rng)
        if name.startswith("glitch"):
            measured[:, round(GLITCH_AT / K_STEP)] += float(name.split()[1])
        spectra = [Spectrum(training_set.k.copy(), row, e0=e0) for row in measured]
        scores[name] = scores_of(ensemble, spectra, theory=errors.theory)
    if len(at_end):
        rng = np.random.default_rng(seed)
        measured = with_errors(training_set.k, at_end, training, errors, rng)
        own = ensemble.card.edge_energy
        spectra = [Spectrum(training_set.k.copy(), row, e0=own) for row in measured]
        scores[AT_END] = scores_of(ensemble, spectra, theory=errors.theory)
    return {
        name: separation_of(found, scores["inside"]) for name, found in scores.items()
    }


def clear_of_ends(
    card: Card, moments: Float[np.ndarray, "item head 4"]
) -> Bool[np.ndarray, " item"]:
    """Return the macrostates without N, R or sigma at the end of a trained range.

    The end is that within which the verdict says so.
    """
    values = np.stack(
        [moments[..., 0], moments[..., 1], np.sqrt(moments[..., 2])], axis=-1
    )
    lower, upper, fixed = (
        np.array([getattr(head, name) for head in card.heads])
        for name in ("lowest", "highest", "fixed")
    )
    margin = RANGE_MARGIN * (upper - lower)
    is_clear = (values > lower + margin) & (values < upper - margin)
    # An empty shell has neither R nor sigma; a fixed quantity has no ends.
    return np.all(is_clear | fixed | ~np.isfinite(values), axis=(1, 2))


def false_alarms(ensemble: Ensemble, folders: list[Path]) -> Separation:
    """Return the verdicts on the spectra of molecular dynamics, which are inside."""
    spectra = [
        Spectrum(pairs.k.copy(), chi.astype(float))
        for pairs in map(load_training_set, folders)
        for chi in pairs.pairs.chi
    ]
    scores = scores_of(ensemble, spectra, theory=0.0)
    return separation_of(scores, scores)


def scores_of(
    ensemble: Ensemble, spectra: list[Spectrum], *, theory: float
) -> Float[np.ndarray, " item"]:
    """Return the scores of the verdicts, with E0 and S0^2 given."""
    settings = MeasurementSettings(e0_shift=0.0, s02=1.0, theory=theory)
    return np.array(
        [ensemble.predict(spectrum, settings).verdict.score for spectrum in spectra]
    )


def separation_of(
    scores: Float[np.ndarray, " item"], inside: Float[np.ndarray, " item"]
) -> Separation:
    """Compare ``scores`` with those of inside spectra; ties count half."""
    ordered = np.sort(inside)
    below = np.searchsorted(ordered, scores, "left") + np.searchsorted(
        ordered, scores, "right"
    )
    return Separation(
        spectra=scores.size,
        auc=float(below.mean() / (2.0 * inside.size)),
        not_inside=float(np.mean(scores > 1.0)),
        outside=float(np.mean(scores > 2.0)),
        score=float(np.median(scores)),
    )


def foreign_kinds(
    ensemble: Ensemble, k: Float[np.ndarray, " k"], chi: Chi
) -> Iterator[tuple[str, Chi, float | None]]:
    """Yield name, chi and the file's E0 (eV) of the inside spectra and every kind."""
    card = ensemble.card
    own = card.edge_energy
    first, path = card.first_head, ensemble.paths[card.first_head.label]
    safe = np.maximum(k, k[1])

    def shell(number: float, distance: float) -> np.ndarray:
        return path_chi(safe, path, np.array([number, distance, 0.006, 0.0, 0.0]))

    yield "inside", chi, own
    nearer, between = first.lowest[1] - 0.4, first.highest[1] + 0.35
    for number in (2.0, 4.0, 6.0):
        name = f"{number:g} more at {between:.2f} Å"
        yield name, chi + shell(number, between), own
    yield f"2 more at {nearer:.2f} Å", chi + shell(2.0, nearer), own
    yield "E0 8 eV too high", shifted_origin(k, chi, 8.0, k), own
    yield "E0 8 eV too low", shifted_origin(k, chi, -8.0, k), own
    yield "all distances + 0.3 Å", farther(k, chi, 0.3), own
    yield "chi k^2 in the place of chi", chi * k**2, own
    yield "glitch 0.02", chi, own
    yield "glitch 0.05", chi, own
    yield HALVED, 0.5 * chi, own
    if own is not None:
        yield "edge of the next element", chi, own + OTHER_EDGE


def farther(k: Float[np.ndarray, " k"], chi: Chi, distance: float) -> Chi:
    """Return chi with everything ``distance`` (Å) farther away."""
    spectrum = np.fft.fft(chi, POINTS, axis=1)
    spectrum[:, POINTS // 2 :] = 0.0
    analytic = 2.0 * np.fft.ifft(spectrum, axis=1)[:, : k.size]
    return np.real(analytic * np.exp(2j * k * distance))


def with_errors(
    k: Float[np.ndarray, " k"],
    chi: Chi,
    training: TrainingRecipe,
    errors: Errors,
    rng: np.random.Generator,
) -> Chi:
    """Return chi with E0, amplitude, theory and noise as uncertain as ``errors``."""
    count = len(chi)
    e0 = 0.25 * training.e0_range * np.clip(rng.standard_normal(count), -2.0, 2.0)
    shifted = [
        shifted_origin(k, row[None], float(shift), k)[0]
        for row, shift in zip(chi, e0, strict=True)
    ]
    factor = 1.0 + 0.05 * rng.standard_normal((count, 1))
    blurred = factor * _theory_error(np.array(shifted), training, errors.theory, rng)
    return blurred + errors.noise * rng.standard_normal(blurred.shape)


def _theory_error(
    chi: Chi, training: TrainingRecipe, share: float, rng: np.random.Generator
) -> Chi:
    r = np.pi * np.fft.rfftfreq(POINTS, K_STEP)
    near = r < FAR
    basis = smooth_basis(r[near])
    amplitude, phase = rng.standard_normal((2, len(chi), len(basis))) @ basis
    sizes = training.theory_error
    factor = sizes[0] * amplitude + 1j * sizes[1] * phase
    transform = np.fft.rfft(chi, POINTS, axis=1)
    transform[:, near] *= np.exp(share * factor)
    return np.fft.irfft(transform, POINTS, axis=1)[:, : chi.shape[1]]


def main() -> None:
    """Print the table for measured and for calculated spectra."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("ensemble")
    parser.add_argument("training_set", type=Path)
    parser.add_argument("pairs", type=Path, nargs="*", help="spectra of dynamics")
    given = parser.parse_args()
    ensemble = load_ensemble(given.ensemble)
    training_set = load_training_set(given.training_set)
    console = Console(width=100)
    for errors in (Errors(1.0, 1e-3), Errors(0.0, 3e-4)):
        found = told_apart(ensemble, training_set, errors)
        title = (
            f"theory error {errors.theory:g} of the trained value, noise "
            f"{errors.noise:g}"
        )
        console.print(_table(title, found))
    if given.pairs:
        found = {"dynamics": false_alarms(ensemble, given.pairs)}
        console.print(_table("dynamics, as calculated", found))


def _table(title: str, found: dict[str, Separation]) -> Table:
    table = Table(
        "kind", "spectra", "AUC", "not inside", "outside", "score", title=title
    )
    for name, item in found.items():
        table.add_row(
            name,
            str(item.spectra),
            f"{item.auc:.3f}",
            f"{100 * item.not_inside:.0f} %",
            f"{100 * item.outside:.0f} %",
            f"{item.score:.2f}",
        )
    return table


if __name__ == "__main__":
    main()
