"""Section: error of the back-calculated chi(k) on held-out macrostates."""

from functools import partial
from itertools import pairwise

import numpy as np
from jaxtyping import Bool, Float

from evaluation.places import MissingError, Places
from evaluation.section import Part, Section, Table, section
from onne_core.back_calculation.decoder_fit import pairs_at
from onne_core.ensemble.card import Card
from onne_core.ensemble.features import r_points
from onne_core.jobs import Stage
from onne_core.posterior.predict import Ensemble
from onne_core.standard.standard import PEAK_SHIFT
from onne_core.training_set.split import split_of
from onne_core.training_set.training_set import TrainingSet

EDGES = (0.0, 3e-3, 6e-3, 1e-2, 1.5e-2, np.inf)
"""Limits of the groups of macrostates: sigma^2 of the nearest shell, Å^2."""

AROUND = 0.25
"""R on either side of a shell's peak in which its error is counted, Å."""

TEXT = (
    "chi(k) back-calculated from the true g(r) of held-out macrostates, compared with "
    "their spectra in R space: rms error over rms signal, in percent, around the peak "
    "of every reported shell and over the whole R filter; grouped by σ² of the nearest "
    "shell. Shells that are not reported are part of the error."
)


def back_calculation(places: Places) -> Stage[Section]:
    """Measure every ensemble that has its training set."""
    makers = {name: partial(_of_ensemble, places, name) for name in places.trained()}
    return section("back_calculation", "Back-calculated χ(k)", TEXT, makers)


def _of_ensemble(places: Places, name: str) -> Part:
    ensemble, training_set = places.ensemble(name), places.training_set(name)
    card = ensemble.card
    if card.training_set != training_set.digest:
        raise MissingError(f"{name} was trained on another set")
    split = split_of(
        card.items, held_out=card.training.held_out, seed=card.training.seed
    )
    return errors_part(ensemble, training_set, np.sort(split.test))


def errors_part(
    ensemble: Ensemble, training_set: TrainingSet, index: np.ndarray
) -> Part:
    """Return the errors for the macrostates at ``index``.

    Raises
    ------
    MissingError
        If the ensemble cannot calculate back.
    """
    card, decoder = ensemble.card, ensemble.decoder
    if decoder is None:
        raise MissingError(f"{ensemble.name} has no back-calculation")
    chi, densities = pairs_at(training_set, card, index)
    error = _in_r(decoder.chi(densities) - chi, ensemble)
    signal = _in_r(chi, ensemble)
    ranges = ranges_of(card)
    first = card.heads.index(card.first_head)
    sigma2 = training_set.pairs.moments[index, first, 2]
    rows, numbers = [], {}
    for name, group in groups_of(sigma2).items():
        shares = {
            label: relative(error[group][:, inside], signal[group][:, inside])
            for label, inside in ranges.items()
        }
        cells = ("–" if np.isnan(s) else f"{100 * s:.1f}" for s in shares.values())
        rows.append((name, str(group.sum()), *cells))
        numbers[name] = {"macrostates": int(group.sum()), **shares}
    head = ("σ² of the nearest shell (10⁻³ Å²)", "macrostates", *ranges)
    title = f"{ensemble.name}: error over signal (%)"
    return Part(tables=(Table(title, head, tuple(rows)),), numbers=numbers)


def _in_r(
    chi: Float[np.ndarray, "item k"], ensemble: Ensemble
) -> Float[np.ndarray, "item r"]:
    """Return the squared size of the transform at the R of the features."""
    parts = (chi @ ensemble.kernel).reshape(len(chi), 2, -1)
    return np.sum(parts**2, axis=1)


def ranges_of(card: Card) -> dict[str, Bool[np.ndarray, " r"]]:
    """Return where in R every shell is seen, and the whole filter."""
    r = r_points(card.training)
    peaks = {head.label: head.centre[1] - PEAK_SHIFT for head in card.heads}
    found = {label: np.abs(r - peak) <= AROUND for label, peak in peaks.items()}
    return {**found, "whole filter": np.ones(r.size, bool)}


def groups_of(
    sigma2: Float[np.ndarray, " item"],
) -> dict[str, Bool[np.ndarray, " item"]]:
    """Return which macrostates belong to which group; empty groups are left out."""
    found = {}
    for low, high in pairwise(EDGES):
        end = f"to {1e3 * high:g}" if np.isfinite(high) else "and more"
        found[f"{1e3 * low:g} {end}"] = (sigma2 >= low) & (sigma2 < high)
    found["all"] = np.isfinite(sigma2)
    return {name: group for name, group in found.items() if group.any()}


def relative(
    error: Float[np.ndarray, "item r"], signal: Float[np.ndarray, "item r"]
) -> float:
    """Return rms error over rms signal; NaN where the filter shows nothing."""
    return float(np.sqrt(error.sum() / signal.sum())) if signal.size else float("nan")
