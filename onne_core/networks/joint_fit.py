"""What the joint posterior of an ensemble learns from held-out macrostates.

The data may move the shells by their moments, or change the curves of g(r): which one,
and how freely, is decided by the errors. Bands are calibrated, limits learnt, and
errors compared with those of the networks alone: where neither is better, the ensemble
does without.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from onne_core.back_calculation.decoder import Decoder
from onne_core.back_calculation.decoder_fit import pairs_at
from onne_core.back_calculation.extra_shell import search_of
from onne_core.back_calculation.residual import example_statistics
from onne_core.bundle.statistics import JointStatistics
from onne_core.calibration.calibration import (
    Calibration,
    HeadAnswer,
    calibrate,
    coverage_of,
    head_answers,
    quantities_of,
)
from onne_core.calibration.shell_prior import prior_from
from onne_core.ensemble.card import QUANTITIES, Card
from onne_core.ensemble.crystal import crystal_of
from onne_core.ensemble.uncertainty_levels import LEVELS
from onne_core.networks.augment import NOTHING_FIXED, TrainingData
from onne_core.networks.joint_examples import chosen_from, measured_examples
from onne_core.posterior.joint.answer import JointAnswers
from onne_core.posterior.joint.batch import Measured, solved_batch
from onne_core.posterior.joint.curves import Process
from onne_core.posterior.joint.model import Forward, forward_of
from onne_core.posterior.joint.shapes import shapes_of
from onne_core.posterior.joint.solve import within_ends
from onne_core.posterior.reading import corrected_chi
from onne_core.posterior.sessions import Networks
from onne_core.training_set.split import Split
from onne_core.training_set.training_set import TrainingSet
from onne_core.verdict.domain import domain_of, structure_limits
from onne_core.verdict.nearest import Nearness

STREAM = 5 * 10**6
"""Key of the random stream of the spectra."""

SHRUNK = 0.2
"""Share of the usual covariance in that of the back-calculation's error: few examples
alone would make it singular."""

SCALES, LENGTHS = (0.2, 0.4, 0.8), (0.03, 0.06, 0.12)
"""Processes of the curves that are tried: factors on their deviations, lengths (Å)."""

MOMENTS, CURVE = "moments", "curve"
"""What the data change."""

NO_ERROR = 1e-6
"""What stands for an error of zero in logarithms."""

ABOUT_E0 = 2.0
"""E0 (eV) within which the joint posterior must find it in the median."""


@dataclass(frozen=True, eq=False)
class JointMaterial:
    """What the joint posterior of an ensemble is learnt from.

    ``calibration`` is that of the networks alone.
    """

    data: TrainingData = field(repr=False)
    training_set: TrainingSet = field(repr=False)
    split: Split = field(repr=False)
    whitening: Float[np.ndarray, "feature component"] = field(repr=False)
    nearness: Nearness = field(repr=False)
    networks: Networks = field(repr=False)
    calibration: Calibration = field(repr=False)
    card: Card = field(repr=False)
    decoder: Decoder = field(repr=False)


@dataclass(frozen=True, eq=False)
class _Solved:
    """Held-out spectra with their E0 shifts (eV), joint answers, and truth per head."""

    measured: Measured
    shifts: Float[np.ndarray, " item"]
    found: JointAnswers
    truth: tuple[np.ndarray, ...]


def joint_statistics(
    material: JointMaterial,
) -> tuple[JointStatistics | None, dict[str, Any]]:
    """Return what the joint posterior needs, and how it compares with the networks.

    The first is ``None`` where the networks alone are better.
    """
    card, data, split = material.card, material.data, material.split
    # Sharp shells with multiple scattering keep their shape; a mixture has no shells.
    tried = {}
    if data.training.for_mixtures or crystal_of(card) is None:
        tried[CURVE] = _tried(material, _curve_forward(material))
    if not data.training.for_mixtures:
        tried[MOMENTS] = _tried(material, _moments_forward(material))
    kind = min(tried, key=lambda name: tried[name][2]["rank"])
    forward, calibration, record = tried[kind]
    ratios = {name: own["ratio"] for name, (_, _, own) in tried.items()}
    record = record | {"kind": kind, "ratios": ratios}
    del record["rank"]
    if not record["used"]:
        return None, record
    usual = _solved(material, forward, split.calibration, 1, {"theory": 1.0})
    chi, noise = corrected(usual.measured, usual.found, card)
    features = chi @ data.kernel
    residual = example_statistics(
        material.decoder,
        usual.found.heads,
        features,
        noise,
        data.kernel,
        card=card,
        levels=usual.measured.levels,
    )
    nearest, _ = material.nearness.found(features)
    domain = domain_of(
        features,
        usual.found.heads,
        material.whitening,
        card,
        residual=residual,
        nearest=nearest[:, 0],
    )
    if len(card.heads) > 1:  # one head is like itself
        exact = _solved(material, forward, split.calibration, 3, {"theory": 0.0})
        limits = [
            structure_limits(np.array([fit.structure for fit in one.found.fits]))
            for one in (exact, usual)
        ]
        domain = replace(domain, structure=np.array(limits))
    process = forward.process
    curve = None if process is None else np.array([process.scale, process.length])
    learnt = JointStatistics(forward.prior, forward.error, calibration, domain, curve)
    return learnt, record


def _tried(
    material: JointMaterial, forward: Forward
) -> tuple[Forward, Calibration, dict[str, Any]]:
    """Return ``forward`` with calibration and errors of what it leads to."""
    card, split = material.card, material.split
    drawn = _solved(material, forward, split.calibration, 0)
    calibration = calibrate(
        drawn.found.heads, drawn.truth, card.heads, drawn.measured.levels
    )
    test = _solved(material, forward, split.test, 2)
    return forward, calibration, _comparison(material, test, calibration)


def corrected(
    measured: Measured, found: JointAnswers, card: Card
) -> tuple[Float[np.ndarray, "item k"], Float[np.ndarray, " item"]]:
    """Return chi on the card's grid with E0 and S0^2 as found, and its noise."""
    rows = [
        corrected_chi(measured.k, chi, fit.e0_shift, fit.s02, card)
        for chi, fit in zip(measured.chi, found.fits, strict=True)
    ]
    return np.array(rows), measured.noise / np.array([fit.s02 for fit in found.fits])


def _perfect(material: JointMaterial) -> Forward:
    """Return the forward model before its error is learnt."""
    card = material.card
    search = search_of(material.decoder, material.data.kernel, card)
    prior = prior_from(material.training_set.pairs.moments, card)
    return forward_of(card, material.decoder, search, prior, search.error)


def _with_error(forward: Forward, error: np.ndarray) -> Forward:
    """Return ``forward`` with the moments of ``error`` (macrostate, direction)."""
    known = error.T @ error / len(error)
    usual = forward.error * np.trace(known) / np.trace(forward.error)
    return replace(forward, error=(1.0 - SHRUNK) * known + SHRUNK * usual)


def _moments_forward(material: JointMaterial) -> Forward:
    """Return the forward model of moved shells, its error learnt from held-out ones."""
    perfect = _perfect(material)
    index = np.concatenate([material.split.validation, material.split.calibration])
    return _with_error(perfect, _model_error(material, perfect, index))


def _curve_forward(material: JointMaterial) -> Forward:
    """Return the forward model of curves; error and process are learnt held-out."""
    perfect, data, split = _perfect(material), material.data, material.split
    index = np.concatenate([split.validation, split.calibration])
    rng = np.random.default_rng(_seed(material, 5))
    chosen = chosen_from(data, material.training_set, index, index.size, rng)
    first = round(float(data.k[0]) / float(np.diff(material.training_set.k[:2])[0]))
    chi = chosen.chi[:, first : first + data.k.size]
    error = chi @ perfect.kernel - perfect.signal_of(chosen.truth)
    forward = _with_error(perfect, error)
    every = [
        replace(forward, process=Process(scale, length))
        for scale, length in product(SCALES, LENGTHS)
    ]
    found = [_solved(material, one, split.validation, 4) for one in every]
    return every[int(np.argmin([_unlike(one) for one in found]))]


def _unlike(solved: _Solved) -> float:
    """Return the mean logarithm of the L1 error of g(r) over spectra and heads.

    Every spectrum counts the same, not only those that are hardly known.
    """
    errors = [
        np.abs(answer.g - truth).sum(axis=1)
        for answer, truth in zip(solved.found.heads, solved.truth, strict=True)
    ]
    return float(np.mean(np.log(np.maximum(errors, NO_ERROR))))


def _l1(answer: HeadAnswer, truth: np.ndarray) -> float:
    """Return the relative L1 error of g(r) over all spectra."""
    return float(np.abs(answer.g - truth).sum() / truth.sum())


def _model_error(
    material: JointMaterial, forward: Forward, index: Int[np.ndarray, " macrostate"]
) -> Float[np.ndarray, "macrostate direction"]:
    """Return what is left where every shell has its true moments.

    The shapes are the networks', which are smoother than finite samples are: this
    costs more than the error of the back-calculation.
    """
    card = material.card
    chi, densities = pairs_at(material.training_set, card, index)
    levels = np.zeros((index.size, len(LEVELS)))
    found = head_answers(material.networks.answers(chi, levels, card), card)
    shapes, states = [], []
    for answer, g in zip(found, densities, strict=True):
        own, true = shapes_of(answer.r, answer.g), shapes_of(answer.r, g)
        state = true.quantities.copy()
        state[:, 3] = (true.skewness - own.skewness) / 6.0
        shapes.append(own)
        states.append(state)
    everything = within_ends(forward, tuple(shapes), np.hstack(states))
    return chi @ forward.kernel - forward.signal(tuple(shapes), everything)[0]


def _solved(
    material: JointMaterial,
    forward: Forward,
    index: Int[np.ndarray, " macrostate"],
    stream: int,
    fixed: Mapping[str, float] = NOTHING_FIXED,
) -> _Solved:
    data, rng = material.data, np.random.default_rng(_seed(material, stream))
    count = data.training.joint_spectra
    chosen = chosen_from(data, material.training_set, index, count, rng)
    measured, shifts = measured_examples(
        data, material.training_set, chosen, rng, fixed
    )
    found = solved_batch(forward, material.networks, material.calibration, measured)
    return _Solved(measured, shifts, found, chosen.truth)


def _seed(material: JointMaterial, stream: int) -> np.random.SeedSequence:
    seed = material.data.training.seed
    return np.random.SeedSequence(seed, spawn_key=(STREAM, stream))


def _comparison(
    material: JointMaterial, test: _Solved, calibration: Calibration
) -> dict[str, Any]:
    """Return the errors of the joint posterior and of the networks, per head.

    Both with E0 and S0^2 as the joint posterior finds them: automatic values of the
    networks' own may fail where shells overlap.
    """
    card = material.card
    chi, _ = corrected(test.measured, test.found, card)
    levels = test.measured.levels
    networks = head_answers(material.networks.answers(chi, levels, card), card)
    rows, ratios = {}, []
    for i, head in enumerate(card.heads):
        truth = quantities_of(networks[i].r, test.truth[i])[:, :3]
        both = [_rms(answers[i], truth) for answers in (test.found.heads, networks)]
        rows[head.label] = {
            name: dict(zip(QUANTITIES, errors.tolist(), strict=True))
            for name, errors in zip(("joint", "networks"), both, strict=True)
        }
        varied = ~np.array(head.fixed)
        numbers = np.log(both[0][varied] / both[1][varied])
        shapes = [_l1(own[i], test.truth[i]) for own in (test.found.heads, networks)]
        rows[head.label] |= {"shape": shapes}
        # The shape counts as much as all numbers together.
        every = [float(np.log(shapes[0] / shapes[1]))]
        ratios += [*every, float(numbers.mean())] if numbers.size else every
    away = [
        abs(fit.e0_shift - true)
        for fit, true in zip(test.found.fits, test.shifts.tolist(), strict=True)
    ]
    error = float(np.median(away))
    used = bool(np.mean(ratios) < 0.0 and error < ABOUT_E0)
    return {
        "used": used,
        "rank": (not used, float(np.mean(ratios))),
        "ratio": float(np.exp(np.mean(ratios))),
        "e0": error,
        "errors": rows,
        "coverage": coverage_of(
            test.found.heads, test.truth, calibration, card, levels
        ),
        "spectra": len(test.measured.chi),
    }


def _rms(
    answer: HeadAnswer, truth: Float[np.ndarray, "item 3"]
) -> Float[np.ndarray, " 3"]:
    """Return the root-mean-square errors of N, R (Å), sigma (Å)."""
    apart = answer.quantities[:, :3] - truth
    return np.sqrt(np.mean(apart[truth[:, 0] > 0.0] ** 2, axis=0))
