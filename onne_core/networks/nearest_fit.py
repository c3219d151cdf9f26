"""Selection of the training spectra in a bundle, and of the directions of comparison.

R. A. Fisher, Ann. Eugen. 7, 179 (1936), doi:10.1111/j.1469-1809.1936.tb02137.x: the
directions in which spectra of different structures differ most, in units of what the
errors of a measurement make of one and the same structure.
"""

from dataclasses import replace

import numpy as np
from jaxtyping import Float, Int
from scipy.linalg import eigh

from onne_core.networks.augment import UNDISTURBED, TrainingData, draw
from onne_core.verdict.nearest import Nearness

DIRECTIONS = 20
"""Directions kept at most."""

LEAST_RATIO = 0.1
"""Variance between structures, relative to that by the errors of a measurement, below
which a direction tells nothing."""

SPECTRA = 1600
"""Training spectra kept at most: they are a tenth of a megabyte."""

EXAMPLES = 6000
"""Examples from which the errors of a measurement are learnt."""

REGULAR = 1e-6
"""Share of the mean variance that is added to every direction, against rounding."""


def nearness_of(
    material: TrainingData,
    index: Int[np.ndarray, " choice"],
    whitening: Float[np.ndarray, "feature component"],
    *,
    rng: np.random.Generator,
) -> Nearness:
    """Learn the directions from the macrostates at ``index`` and keep some of these.

    The usual distance is left at 1; see :func:`with_usual`.
    """
    kept = np.sort(rng.permutation(index)[:SPECTRA])
    # As the theory has them: a generator that nothing asks for numbers.
    clean = draw(
        material,
        kept,
        count=kept.size,
        rng=np.random.default_rng(0),
        mixed=False,
        fixed=UNDISTURBED,
    )
    measured = draw(material, kept, count=EXAMPLES, rng=rng, mixed=False)
    errors = measured.features - clean.features[np.arange(EXAMPLES) % kept.size]
    directions = whitening @ _discriminants(
        clean.features.astype(float) @ whitening, errors.astype(float) @ whitening
    )
    centre, scale = (
        np.array([getattr(head, name) for head in material.heads])
        for name in ("centre", "scale")
    )
    apart = clean.quantities - centre
    # A quantity that never varied has no spread, one of an empty shell no value.
    units = np.divide(apart, scale, out=np.zeros_like(apart), where=scale > 0.0)
    return Nearness(
        directions=directions,
        spectra=clean.features @ directions,
        quantities=np.nan_to_num(units).astype(float),
    )


def with_usual(
    nearness: Nearness, features: Float[np.ndarray, "item feature"]
) -> tuple[Nearness, Float[np.ndarray, " item"]]:
    """Return ``nearness`` with the typical (median) distance of ``features``.

    They are measurements of structures that were not trained; with it come their
    distances in this unit.
    """
    distances, _ = nearness.found(features)
    usual = float(np.median(distances[:, 0]))
    return replace(nearness, usual=nearness.usual * usual), distances[:, 0] / usual


def _discriminants(
    structures: Float[np.ndarray, "item component"],
    errors: Float[np.ndarray, "example component"],
) -> Float[np.ndarray, "component direction"]:
    """Return the directions along which ``structures`` differ most.

    ``errors`` have unit variance along each.
    """
    between = np.cov(structures, rowvar=False)
    within = errors.T @ errors / len(errors)
    # A recipe without errors, as the paper's, leaves only the variance of structures.
    level = float(np.trace(within)) / len(within) or 1.0 / REGULAR
    within += REGULAR * level * np.eye(len(within))
    ratios, vectors = eigh(between, within)
    wanted = int(np.sum(ratios > LEAST_RATIO))
    return vectors[:, ::-1][:, : max(1, min(wanted, DIRECTIONS))]
