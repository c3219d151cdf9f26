"""Building of a bundle from trained members: calibration, domain, reference, card."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from onne_core.back_calculation.decoder_fit import fit_decoder
from onne_core.back_calculation.residual import example_statistics, scaled
from onne_core.bundle.bundle import Bundle
from onne_core.bundle.model_card import model_card
from onne_core.bundle.onnx_writer import member_to_onnx
from onne_core.bundle.statistics import Statistics, statistics_to_arrays
from onne_core.calibration.calibration import (
    Calibration,
    HeadAnswer,
    calibrate,
    coverage_of,
    head_answers,
    quantities_of,
)
from onne_core.ensemble.card import Card, HeadCard, card_to_json
from onne_core.ensemble.crystal import numbers_of
from onne_core.ensemble.member import Member
from onne_core.ensemble.uncertainty_levels import LEVELS
from onne_core.networks.augment import (
    NOTHING_FIXED,
    TrainingData,
    draw,
    head_cards,
    mixtures_for_ranges,
)
from onne_core.networks.joint_fit import JointMaterial, joint_statistics
from onne_core.networks.nearest_fit import nearness_of, with_usual
from onne_core.posterior.sessions import Networks, reference_answers
from onne_core.training_set.split import Split
from onne_core.training_set.training_set import TrainingSet, selected
from onne_core.verdict.domain import domain_of
from onne_core.verdict.nearest import Nearness

REDRAWS = 12
"""Examples drawn from every held-out macrostate, with different nuisances."""

REFERENCES = 4
"""Spectra whose answers are stored with a bundle and checked whenever it is loaded."""

STREAM, CALIBRATION_STREAM, TEST_STREAM, DOMAIN_STREAM, NEAREST_STREAM = (
    10**6,
    1,
    2,
    3,
    4,
)
"""Keys of the random streams, apart from those of the members."""


@dataclass(frozen=True, eq=False)
class Trained:
    """Input for building a bundle; ``whitening`` is (feature, component).

    ``inputs`` lead from features to what the networks see (feature, seen). Networks
    that were trained further keep the prior (head, 4, 2) with which they began;
    ``None`` for those that were not.
    """

    name: str
    material: TrainingData = field(repr=False)
    whitening: np.ndarray = field(repr=False)
    members: tuple[Member, ...] = field(repr=False)
    split: Split = field(repr=False)
    inputs: np.ndarray = field(repr=False)
    prior: np.ndarray | None = field(default=None, repr=False)


def built_from(
    trained: Trained,
    training_set: TrainingSet,
    *,
    edge_energy: float | None,
    versions: dict[str, str],
) -> Bundle:
    """Calibrate ``trained``, learn its domain and return the bundle to be written.

    ``edge_energy`` is that of the absorber's edge in eV, where it is tabulated.

    Raises
    ------
    BundleError
        If a number is not finite.
    DefinitionError
        If a shell has no neighbours in the spectra kept for calibration.
    """
    split, kernel = trained.split, trained.material.kernel
    card = _card(trained, training_set, edge_energy, versions)
    files = _files(trained)
    networks = Networks(files)
    calibration = _calibration(trained, networks, card)
    # A measurement without a standard: all of the theory's error may be there.
    seen = _answered(
        trained, networks, card, split.calibration, DOMAIN_STREAM, {"theory": 1.0}
    )
    decoder, misfit = fit_decoder(training_set, card, split)
    residual = None
    if decoder is not None:
        examples = (seen.answers, seen.features, seen.noise, kernel)
        decoder = scaled(decoder, *examples, card=card)
        residual = example_statistics(decoder, *examples, card=card, levels=seen.levels)
    nearness, nearest = with_usual(_nearness(trained), seen.features)
    domain = domain_of(
        seen.features,
        seen.answers,
        trained.whitening,
        card,
        residual=residual,
        nearest=nearest,
    )
    prior = _prior(trained, training_set)
    joint, errors = None, {}
    training = trained.material.training
    if decoder is not None and training.joint_spectra:
        joint, errors = joint_statistics(
            JointMaterial(
                trained.material,
                training_set,
                split,
                trained.whitening,
                nearness,
                networks,
                calibration,
                card,
                decoder,
            )
        )
    learnt = Statistics(
        calibration, domain, decoder, training_set.paths, prior, nearness, joint
    )
    card = replace(
        card,
        joint=errors,
        coverage=_coverage(trained, networks, card, calibration),
        decoder=_decoder_record(misfit),
    )
    return Bundle(
        name=trained.name,
        card=card_to_json(card),
        networks=files,
        arrays=statistics_to_arrays(learnt),
        reference=_reference(networks, card, training_set, split),
        readme=model_card(card, len(files)),
    )


def _files(trained: Trained) -> tuple[bytes, ...]:
    """Return the networks as ONNX files."""
    material = trained.material
    first = material.kernel @ trained.inputs
    return tuple(
        member_to_onnx(
            member,
            input_matrix=first,
            heads=material.heads,
            training=material.training,
            r=material.radial.centres,
            half=True,
        )
        for member in trained.members
    )


def _prior_of_mixtures(material: TrainingData) -> np.ndarray:
    """Return the same of the mixtures that training draws."""
    examples = mixtures_for_ranges(material)
    rows = []
    shapes = material.by_head(examples.shapes)
    for head, g in zip(material.heads, shapes, strict=True):
        r = material.radial.step * np.arange(head.bins)
        number, _, _, third = quantities_of(r, g).T
        own = examples.quantities[:, len(rows)].astype(float)
        third = np.where(number > 0.0, third, np.nan)
        values = np.stack([own[:, 0], own[:, 1], own[:, 2] ** 2, third])
        rows.append(np.stack([np.nanmean(values, 1), np.nanstd(values, 1)], axis=-1))
    return np.stack(rows)


def prior_of(training_set: TrainingSet) -> np.ndarray:
    """Return mean and standard deviation of N, R, sigma^2, C3 per head (head, 4, 2)."""
    moments = training_set.pairs.moments
    return np.stack([np.nanmean(moments, axis=0), np.nanstd(moments, axis=0)], axis=-1)


@dataclass(frozen=True, eq=False)
class _Answered:
    """Examples with what the networks answer and what is true, per head."""

    features: np.ndarray
    answers: tuple[HeadAnswer, ...]
    truth: tuple[np.ndarray, ...]
    noise: np.ndarray
    levels: np.ndarray


def _answered(
    trained: Trained,
    networks: Networks,
    card: Card,
    index: np.ndarray,
    stream: int,
    fixed: Mapping[str, float] = NOTHING_FIXED,
) -> _Answered:
    """Return the networks' answers to examples of the macrostates at ``index``.

    Features are brought back to chi(k) on the networks' grid, so that the very files
    that users will run are calibrated. Levels are drawn unless ``fixed`` names them.
    """
    material = trained.material
    seed = np.random.SeedSequence(material.training.seed, spawn_key=(STREAM, stream))
    examples = draw(
        material,
        index,
        count=REDRAWS * index.size,
        rng=np.random.default_rng(seed),
        mixed=material.training.for_mixtures,
        fixed=fixed,
    )
    chi = examples.features @ material.to_chi
    answers = head_answers(networks.answers(chi, examples.levels, card), card)
    truth = material.by_head(examples.shapes)
    return _Answered(examples.features, answers, truth, examples.noise, examples.levels)


def _calibration(trained: Trained, networks: Networks, card: Card) -> Calibration:
    """Return the factors learnt from the macrostates kept for calibration."""
    index = trained.split.calibration
    drawn = _answered(trained, networks, card, index, CALIBRATION_STREAM)
    return calibrate(drawn.answers, drawn.truth, card.heads, drawn.levels)


def _coverage(
    trained: Trained, networks: Networks, card: Card, calibration: Calibration
) -> dict[str, dict[str, list[float]]]:
    """Return what the bands cover of the macrostates kept for the test."""
    drawn = _answered(trained, networks, card, trained.split.test, TEST_STREAM)
    return coverage_of(drawn.answers, drawn.truth, calibration, card, drawn.levels)


def _decoder_record(misfit: np.ndarray) -> dict[str, float]:
    """Return what the card says of the back-calculation's error."""
    if not misfit.size:
        return {}
    return {
        "median": float(np.median(misfit)),
        "largest": float(np.max(misfit)),
        "spectra": float(misfit.size),
    }


def _nearness(trained: Trained) -> Nearness:
    """Return what finds the nearest spectra of those trained on, without copies."""
    seed = np.random.SeedSequence(
        trained.material.training.seed, spawn_key=(STREAM, NEAREST_STREAM)
    )
    return nearness_of(
        trained.material,
        trained.split.training,
        trained.whitening,
        rng=np.random.default_rng(seed),
    )


def _prior(trained: Trained, training_set: TrainingSet) -> np.ndarray:
    if trained.prior is not None:
        return trained.prior
    if trained.material.training.for_mixtures:
        return _prior_of_mixtures(trained.material)
    return prior_of(training_set)


def _reference(
    networks: Networks, card: Card, training_set: TrainingSet, split: Split
) -> dict[str, np.ndarray]:
    """Return the answers to a few spectra of the test set, of levels that differ."""
    first = round(card.k[0] / (training_set.k[1] - training_set.k[0]))
    chosen = selected(training_set.pairs, split.test[:REFERENCES])
    chi = chosen.chi[:, first : first + card.k.size]
    levels = np.linspace(0.0, 1.0, len(chi) * len(LEVELS)).reshape(len(chi), -1)
    return reference_answers(networks, card, chi, levels)


def _heads(trained: Trained, training_set: TrainingSet) -> tuple[HeadCard, ...]:
    """Return the heads with the ranges that the macrostates have, without copies.

    Those of mixtures are the mixtures' own.
    """
    if trained.material.training.for_mixtures:
        return trained.material.heads
    return tuple(
        replace(head, lowest=own.lowest, highest=own.highest)
        for head, own in zip(
            trained.material.heads, head_cards(training_set), strict=True
        )
    )


def _card(
    trained: Trained,
    training_set: TrainingSet,
    edge_energy: float | None,
    versions: dict[str, str],
) -> Card:
    description = training_set.description
    system: dict[str, Any] = description.get("recipe", {}).get("system", {})
    return Card(
        name=trained.name,
        absorber=system.get("absorber") or training_set.heads[0].pair.split("-")[0],
        edge=system.get("edge") or str(description.get("edge", "")),
        radial=training_set.radial,
        heads=_heads(trained, training_set),
        training=trained.material.training,
        training_set=training_set.digest,
        items=len(training_set.pairs),
        edge_energy=edge_energy,
        description={**description, "rejected": training_set.rejected},
        versions=versions,
        losses=tuple(member.losses for member in trained.members),
        crystal=numbers_of(description),
    )
