"""What can be watched of a member in training, and that watching changes nothing."""

from dataclasses import replace

import numpy as np
import pytest

from onne_core.calibration.calibration import quantities_of
from onne_core.ensemble.member import Member
from onne_core.ensemble.outputs import output_width
from onne_core.jobs import run
from onne_core.networks.material_file import MaterialFile
from onne_core.networks.train import train_member
from onne_core.networks.train.watching import EXAMPLES, Watch, answers_of
from onne_core.pipeline.ensembles.members import (
    MemberTask,
    arrays_of,
    make_member,
    store,
)
from onne_core.values.training_progress import RANKS, watched_from
from tests.core import tiny_ensemble

REQUEST = "0" * 64


@pytest.fixture(scope="module")
def made(tiny_set):
    return tiny_ensemble.untrained(tiny_set)


def training(made, *, begun=None, keep=None):
    pytest.importorskip("tensorflow")
    return train_member(
        made.material,
        made.whitening,
        families=made.split.training[:, None],
        validation=made.split.validation,
        seed=3,
        begun=begun,
        keep=keep,
    )


def same(one, other) -> bool:
    layers = zip(one.layers, other.layers, strict=True)
    return one.losses == other.losses and all(
        np.array_equal(a, b) and np.array_equal(c, d) for (a, c), (b, d) in layers
    )


@pytest.mark.tensorflow
def test_watching_changes_no_bit_and_goes_on_where_it_stopped(
    made, monkeypatch: pytest.MonkeyPatch
) -> None:
    states = []
    straight = run(training(made, keep=lambda state: states.append(dict(state))))
    resumed = run(training(made, begun=states[0]))
    assert same(resumed, straight)
    for name, array in straight.watched.items():
        assert np.array_equal(resumed.watched[name], array), name
    monkeypatch.setattr(Watch, "note", lambda *_, **__: None)
    assert same(straight, run(training(made)))


@pytest.mark.tensorflow
def test_every_epoch_is_told_and_on_resuming_those_before(made) -> None:
    states = []
    told = list(training(made, keep=lambda state: states.append(dict(state))))
    assert [(step.done, step.total) for step in told] == [(1, 2), (2, 2)]
    assert [step.metrics["ended"] for step in told] == [0.0, 1.0]
    assert [step.detail.steps.size for step in told] == [1, 2]
    again = list(training(made, begun=states[0]))
    assert [step.metrics for step in again] == [step.metrics for step in told]
    over = list(training(made, begun=states[1]))
    assert [step.metrics for step in over] == [step.metrics for step in told]
    assert over[-1].detail.steps.tolist() == [100.0, 200.0]


@pytest.mark.tensorflow
def test_errors_shrink_and_examples_are_chosen_by_their_loss(made) -> None:
    noted = run(training(made)).watched
    seen = watched_from(noted)
    assert seen is not None
    assert seen.steps.tolist() == [100.0, 200.0]
    # The learning rate has its largest value at step 200, where warming up ends.
    assert seen.rates == pytest.approx([1e-2, 2e-2])
    assert [head.label for head in seen.heads] == ["Ni-O", "Ni-Ni 1", "Ni-Ni 2"]
    # N of the first head was never varied; its R is learnt in the second epoch.
    assert seen.errors[:, 0, 0] == pytest.approx(0.0, abs=1e-4)
    assert seen.errors[1, 0, 1] < seen.errors[0, 0, 1] < 0.1
    assert tuple(example.rank for example in seen.examples) == RANKS
    losses = [example.loss for example in seen.examples]
    assert losses == sorted(losses)
    every = noted["example_losses"]
    assert (losses[0], losses[-1]) == (every.min(), every.max())
    for example in seen.examples:
        assert sorted(example.answers) == [1, 2]
        for head, truth, first, last in zip(
            seen.heads, example.truth, *example.answers.values(), strict=True
        ):
            assert head.r.shape == truth.shape == first.shape == last.shape
            assert not np.array_equal(first, last)


def test_answers_are_those_of_the_finished_network(made) -> None:
    """The curve has the moments that the likelihood names, whatever the shape."""
    heads = made.material.heads
    width = output_width(heads, made.material.training)
    outputs = 0.1 * np.random.default_rng(2).standard_normal((5, width))
    r = tiny_ensemble.RADIAL.centres
    bins = [r[head.first_bin : head.first_bin + head.bins] for head in heads]
    # Narrow shapes: those that fill their bins cannot be moved.
    shapes = [
        -0.5 * ((own - head.centre[1]) / 0.08) ** 2
        for own, head in zip(bins, heads, strict=True)
    ]
    outputs[:, -sum(own.size for own in bins) :] = np.concatenate(shapes)
    found, curves = answers_of(outputs, made.material, bins, 4)
    ends = np.cumsum([head.bins for head in heads])[:-1]
    for i, curve in enumerate(np.split(curves, ends, axis=1)):
        moments = quantities_of(bins[i], curve)
        assert moments[:, 0] == pytest.approx(found[:4, i, 0], rel=1e-6)
        assert moments[:, 1] == pytest.approx(found[:4, i, 1], abs=2e-3)


def test_a_plain_network_answers_with_its_curve(made) -> None:
    squares = replace(made.material.training, loss="squares", inputs="weighted")
    material = replace(made.material, training=squares)
    outputs = made.material.shapes[:6].astype(float)
    r = tiny_ensemble.RADIAL.centres
    bins = [r[h.first_bin : h.first_bin + h.bins] for h in material.heads]
    found, curves = answers_of(outputs, material, bins, 2)
    assert np.array_equal(curves, outputs[:2])
    own = np.split(outputs, np.cumsum([b.size for b in bins])[:-1], axis=1)[1]
    assert found[:, 1, 1] == pytest.approx(quantities_of(bins[1], own)[:, 1])


def test_only_milestones_and_the_last_answers_are_kept(made) -> None:
    watch = Watch(made.material)
    watch._losses = lambda outputs, *_: np.arange(len(outputs), dtype=np.float32)
    width = output_width(made.material.heads, made.material.training)
    count = EXAMPLES + 2
    shapes = np.resize(made.material.shapes, (count, made.material.shapes.shape[1]))
    batch = (
        np.zeros((count, 1)),
        shapes,
        np.ones((count, len(made.material.heads), 3)),
    )
    for epoch in range(1, 13):
        watch.note(
            lambda inputs, _e=epoch: np.full((len(inputs), width), 0.01 * _e),
            batch,
            epoch=epoch,
            step=100.0 * epoch,
            rate=1e-3,
        )
    kept = watch.arrays
    assert kept["epochs"].tolist() == [1, 3, 10, 12]
    assert kept["answers"].shape[:2] == (4, EXAMPLES)
    assert kept["errors"].shape == (12, 3, 3)


def test_what_was_noted_of_a_finished_member_is_told(made, tmp_path) -> None:
    task = MemberTask(
        train_member,
        MaterialFile(tmp_path, {}, {"training": made.material.training}),
        made.whitening,
        0,
        tmp_path / "member-00.npz",
        REQUEST,
    )
    watch = Watch(made.material)
    assert watch.watched is None
    watch._losses = lambda outputs, *_: np.arange(len(outputs), dtype=np.float32)
    width = output_width(made.material.heads, made.material.training)
    shapes = np.resize(made.material.shapes, (EXAMPLES, made.material.shapes.shape[1]))
    batch = (np.zeros((EXAMPLES, 1)), shapes, np.ones((EXAMPLES, 3, 3)))
    watch.note(
        lambda inputs: np.zeros((len(inputs), width)),
        batch,
        epoch=1,
        step=100.0,
        rate=1e-3,
    )
    for watched in (watch.arrays, {}):
        member = Member((), ((100.0, 1.0, 1.1),), watched=watched)
        store(task.target, REQUEST, arrays_of(member))
        (told,) = make_member(task)
        assert told.metrics["validation loss"] == 1.1
        if watched:
            assert told.detail.steps.tolist() == [100.0]
            losses = [example.loss for example in told.detail.examples]
            assert losses == [0.0, 24.0, 47.0]
        else:
            assert told.detail is None
