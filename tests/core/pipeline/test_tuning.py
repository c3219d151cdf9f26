"""Fine-tuning: frozen networks, layers behind them, pairs in an ensemble's terms."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from jaxtyping import Float

from onne_core import execution
from onne_core.bundle.bundle import read_bundle
from onne_core.bundle.onnx_reader import network_from
from onne_core.bundle.onnx_writer import member_to_onnx
from onne_core.cli.tuning import show_tuning
from onne_core.ensemble.card import Card, card_from_json
from onne_core.ensemble.member import Member
from onne_core.errors import BundleError, StorageError
from onne_core.jobs import run
from onne_core.networks.augment import head_cards
from onne_core.networks.build import Trained
from onne_core.networks.train import Mixture, tune_member
from onne_core.pipeline.ensembles.tuning import TuningRequest, finetune
from onne_core.pipeline.ensembles.tuning_pairs import (
    in_terms_of,
    tuning_parts,
    tuning_sets,
)
from onne_core.pipeline.ensembles.tuning_report import AFTER, BEFORE, MEAN
from onne_core.posterior.predict import Ensemble, Networks, load
from onne_core.training_set.training_set import Head, Pairs, TrainingSet
from tests.core import tiny_ensemble

PAIRS = 30
HELD_BACK = 9


@pytest.fixture(scope="module")
def pairs_set() -> TrainingSet:
    """Return pairs with one head per pair of elements, as trajectories give them."""
    made = tiny_ensemble.training_set(PAIRS, seed=31)
    g = made.pairs.g
    return replace(
        made,
        heads=(Head("Ni-O", "Ni-O"), Head("Ni-Ni", "Ni-Ni")),
        pairs=Pairs(
            made.pairs.chi,
            np.stack([g[:, 0], g[:, 1] + g[:, 2]], axis=1),
            np.full((PAIRS, 2, 4), np.nan),
        ),
    )


def test_pairs_get_the_heads_of_the_ensemble(tiny: Ensemble, pairs_set) -> None:
    pairs, limits = in_terms_of(tiny.card, pairs_set, tiny_ensemble.K)
    true = tiny_ensemble.training_set(PAIRS, seed=31).pairs
    assert list(limits) == [head.label for head in tiny_ensemble.HEADS]
    assert limits["Ni-Ni 1"][1] == limits["Ni-Ni 2"][0]
    assert 3.0 < limits["Ni-Ni 1"][1] < 3.5
    assert pairs.moments[..., 0] == pytest.approx(true.moments[..., 0], rel=0.05)
    assert pairs.moments[..., 1] == pytest.approx(true.moments[..., 1], abs=0.01)
    assert pairs.chi == pytest.approx(true.chi)


def test_a_last_shell_ends_before_the_next_one_begins(
    tiny: Ensemble, pairs_set
) -> None:
    r = tiny_ensemble.RADIAL.centres
    following = 40.0 * np.exp(-0.5 * ((r - 2.6) / 0.08) ** 2)
    g = pairs_set.pairs.g.copy()
    g[:, 0] += following
    # A head whose networks answer for all distances.
    wide = replace(tiny.card.heads[0], first_bin=0, bins=r.size)
    card = replace(tiny.card, heads=(wide, *tiny.card.heads[1:]))
    longer = replace(pairs_set, pairs=replace(pairs_set.pairs, g=g))
    pairs, limits = in_terms_of(card, longer, tiny_ensemble.K)
    assert 2.2 < limits["Ni-O"][1] < 2.45
    assert pairs.moments[:, 0, 0] == pytest.approx(6.0, rel=0.05)


def test_pairs_that_do_not_fit_are_refused(tiny: Ensemble, pairs_set) -> None:
    k = tiny_ensemble.K
    other = replace(pairs_set, heads=(Head("Ni-S", "Ni-S"), Head("Ni-Ni", "Ni-Ni")))
    with pytest.raises(StorageError, match=r"have no Ni-O, .* have Ni-Ni, Ni-S"):
        in_terms_of(tiny.card, other, k)
    short = replace(pairs_set, k=k[:200])
    with pytest.raises(StorageError, match=r"the pairs end at k = 9\.95"):
        in_terms_of(tiny.card, short, k)
    g = pairs_set.pairs.g.copy()
    g[:, 0] = 0.0
    empty = replace(pairs_set, pairs=replace(pairs_set.pairs, g=g))
    with pytest.raises(StorageError, match="no Ni-O between"):
        in_terms_of(tiny.card, empty, k)


def test_pairs_of_another_theory_are_refused(
    tiny: Ensemble, pairs_set, tiny_set
) -> None:
    other = replace(pairs_set, description={"scattering": {"core_hole": False}})
    with pytest.raises(StorageError, match=r"with a core hole.* --core-hole\."):
        tuning_sets(tiny.card, other, tiny_set, held_back=None)


def test_every_pair_has_one_part() -> None:
    parts = tuning_parts(83, held_back=26, seed=1)
    every = np.concatenate(list(vars(parts).values()))
    assert np.sort(every).tolist() == list(range(83))
    assert parts.test.size == 26
    assert tuning_parts(83, held_back=None, seed=1).test.size == 25
    other = tuning_parts(83, held_back=26, seed=2)
    assert parts.test.tolist() != other.test.tolist()
    for back in (0, 75):
        with pytest.raises(StorageError, match=f"83 pairs, {back} held out"):
            tuning_parts(83, held_back=back, seed=1)


def test_held_back_pairs_are_nowhere_learnt_from(tiny: Ensemble, pairs_set) -> None:
    original = tiny_ensemble.training_set()
    sets = tuning_sets(tiny.card, pairs_set, original, held_back=HELD_BACK)
    held = sets.pairs_at(sets.parts.test).pairs.chi
    learnt = np.concatenate([sets.union.pairs.chi, sets.copies.chi])
    nearest = [np.abs(learnt - chi).max(axis=1).min() for chi in held]
    assert min(nearest) > 1e-6
    assert sets.split.test.max() < len(original.pairs)
    mixture = sets.mixture
    assert mixture.replay.shape[0] == sets.split.training.size - len(mixture.tuning)
    # Originals and their copies have the same place in either part.
    tuned = sets.pairs_at(sets.parts.training).pairs.chi
    assert sets.union.pairs.chi[mixture.tuning[:, 0]] == pytest.approx(tuned)


def appended_to(member: Member, rng: np.random.Generator, size: float) -> Member:
    """Return ``member`` with random layers behind it."""
    width, outputs = member.layers[-1][0].shape
    shapes = ((outputs + width + 4, 5), (5, outputs))
    layers = tuple(
        (
            (size * rng.standard_normal(shape)).astype(np.float32),
            np.zeros(shape[1], np.float32),
        )
        for shape in shapes
    )
    return replace(member, appended=layers)


def test_layers_behind_a_network_correct_its_answers(tiny_set) -> None:
    made = tiny_ensemble.untrained(tiny_set)
    rng = np.random.default_rng(3)
    base = made.members[0]
    members = (base, appended_to(base, rng, 0.0), appended_to(base, rng, 0.3))
    files = files_of(members, made)
    card = card_of(tiny_set)
    chi = 0.1 * rng.standard_normal((4, card.k.size))
    answers = Networks(files).answers(chi, rng.random((4, 4)), card)
    plain, same, other = answers.shape
    assert np.array_equal(plain, same)
    assert np.abs(other - plain).max() > 1e-3
    _, read = network_from(files[2], card)
    assert len(read.layers) == len(base.layers)
    assert [weight.shape for weight, _ in read.appended] == [
        weight.shape for weight, _ in appended_to(base, rng, 0.3).appended
    ]


def files_of(members: tuple[Member, ...], made: Trained) -> tuple[bytes, ...]:
    """Return ``members`` as they lie in the bundle of ``made``."""
    return tuple(
        member_to_onnx(
            member,
            input_matrix=made.material.kernel @ made.inputs,
            heads=made.material.heads,
            training=made.material.training,
            r=tiny_ensemble.RADIAL.centres,
        )
        for member in members
    )


def card_of(made: TrainingSet) -> Card:
    """Return as much of a card as networks need to answer."""
    return Card(
        name="tiny",
        absorber="Ni",
        edge="K",
        radial=made.radial,
        heads=head_cards(made),
        training=tiny_ensemble.TRAINING,
        training_set=made.digest,
        items=len(made.pairs),
    )


@pytest.mark.tensorflow
def test_tuning_corrects_what_a_frozen_network_gets_wrong(tiny_set) -> None:
    pytest.importorskip("tensorflow")
    made = tiny_ensemble.untrained(tiny_set)
    split = made.split
    mixture = Mixture(
        tuning=split.training[:5, None],
        replay=split.training[5:, None],
        tuning_validation=split.validation,
        replay_validation=split.test,
    )
    base = shifted(made.members[0], 2.0)
    tuned = run(tune_member(base, made.material, made.inputs, mixture=mixture, seed=0))
    assert tuned.layers is base.layers
    assert tuned.appended[-1][0].shape[1] == base.layers[-1][0].shape[1]
    before, after = mean_errors((base, tuned), made, tiny_set)
    assert before == pytest.approx(2.0, abs=0.3)
    assert np.abs(after).max() < 0.5


def shifted(member: Member, shift: float) -> Member:
    """Return ``member`` with answers ``shift`` spreads of its training set too high."""
    *hidden, (weight, bias) = member.layers
    heads = len(tiny_ensemble.HEADS)
    # The means, of three quantities per head, stand behind one number per head.
    means = np.arange(bias.size) - heads
    moved = np.where((means >= 0) & (means < 3 * heads), bias + shift, bias)
    return replace(member, layers=(*hidden, (weight, moved.astype(np.float32))))


def mean_errors(
    members: tuple[Member, ...], made: Trained, true: TrainingSet
) -> Float[np.ndarray, "member head"]:
    """Return how far answers are off in distance, in spreads of the training set."""
    card = card_of(true)
    chi = true.pairs.chi[:, np.isin(true.k, card.k)]
    levels = np.full((len(chi), 4), 0.1)
    answers = Networks(files_of(members, made)).answers(chi, levels, card)
    distances = true.pairs.moments[..., 1]
    spreads = (distances - distances.mean(axis=0)) / distances.std(axis=0)
    return (answers.mean[..., 1] - spreads).mean(axis=1)


@pytest.fixture(scope="module")
def places(tmp_path_factory, tiny_folder: Path, tiny_set, pairs_set) -> TuningRequest:
    """Return a request whose ensemble, training set and pairs lie in folders."""
    folder = tmp_path_factory.mktemp("tuning")
    tiny_ensemble.store(tiny_set, folder / "set")
    tiny_ensemble.store(pairs_set, folder / "pairs")
    return TuningRequest(
        ensemble=str(tiny_folder),
        pairs=folder / "pairs",
        replay=folder / "set",
        held_back=HELD_BACK,
        steps=100,
    )


def in_this_process(function, tasks, *, workers, message):
    """Stand in for the pool."""
    for task in tasks:
        yield from function(task)


@pytest.mark.tensorflow
def test_a_tuned_ensemble_says_what_it_gained(
    places: TuningRequest, tmp_path: Path, monkeypatch, capsys
) -> None:
    pytest.importorskip("tensorflow")
    monkeypatch.setattr(execution, "run_tasks", in_this_process)
    report = run(finetune(places, tmp_path / "tuned"))
    assert set(report.held_back) == {BEFORE, AFTER, MEAN}
    assert set(report.original) == {BEFORE, AFTER}
    assert report.held_back[AFTER].spectra == HELD_BACK
    # Random networks know less than the mean of what they are tuned to.
    before, after = (report.held_back[name].l1["Ni-O"] for name in (BEFORE, AFTER))
    assert after < before
    assert [path.name for path in tmp_path.iterdir()] == ["tuned"]
    base, tuned = (
        read_bundle(folder) for folder in (Path(places.ensemble), tmp_path / "tuned")
    )
    first, second = (
        network_from(bundle.networks[0], card_from_json(bundle.card))[1]
        for bundle in (base, tuned)
    )
    for (weight, bias), (other, other_bias) in zip(
        first.layers, second.layers, strict=True
    ):
        assert np.array_equal(weight, other)
        assert np.array_equal(bias, other_bias)
    card = card_from_json(tuned.card)
    assert card.tuning["base_digest"] == base.digest
    assert len(card.tuning["held_back"]) == HELD_BACK
    assert card.items == card_from_json(base.card).items
    assert f"Tuned to {PAIRS - HELD_BACK} averages" in tuned.readme
    prior = load(tuned).prior
    assert prior[1, 1, 0] == pytest.approx(2.95, abs=0.02)
    show_tuning(report)
    assert "held-out pairs, after" in capsys.readouterr().out

    again = replace(places, ensemble=str(tmp_path / "tuned"))
    with pytest.raises(BundleError, match="is fine-tuned"):
        run(finetune(again, tmp_path / "twice"))


def test_another_training_set_is_no_replay(
    places: TuningRequest, tmp_path: Path
) -> None:
    with pytest.raises(StorageError, match=r"trained on another set \(digest"):
        run(finetune(replace(places, replay=places.pairs), tmp_path / "tuned"))
