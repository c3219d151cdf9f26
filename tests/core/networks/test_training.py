"""Training: reproducible, resumable, and refused early where it cannot succeed."""

from collections.abc import Generator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from evaluation.demo import comparing, dimer
from onne_core import execution
from onne_core.bundle.bundle import read_bundle
from onne_core.bundle.onnx_reader import written_again
from onne_core.bundle.onnx_writer import member_to_onnx
from onne_core.ensemble.card import Card
from onne_core.ensemble.member import Member
from onne_core.ensemble.outputs import output_width
from onne_core.ensemble.uncertainty_levels import LEVELS
from onne_core.errors import DefinitionError, StorageError
from onne_core.jobs import Progress, run
from onne_core.networks.augment import head_cards, material_of
from onne_core.networks.inputs import input_matrix
from onne_core.networks.material_file import MaterialFile, read_material, write_material
from onne_core.networks.train import train_member
from onne_core.networks.train.models import network_of
from onne_core.pipeline.ensembles import members, training
from onne_core.pipeline.ensembles.members import (
    MemberTask,
    finished_member,
    make_member,
)
from onne_core.pipeline.ensembles.training import train
from onne_core.posterior.predict import load
from onne_core.posterior.sessions import Networks
from onne_core.training_set.split import split_of
from onne_core.training_set.training_set import TrainingSet
from tests.core import tiny_ensemble

REQUEST = "0" * 64


class PulledPlugError(Exception):
    """The end of a run in its middle."""


def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("training") / "set"
    tiny_ensemble.store(tiny_ensemble.training_set(), folder)
    return folder


def one_after_the_other(
    trained: list[int], most: int | None = None
) -> Generator[Progress, None, list[Path]]:
    """Return a stand-in for the pool: in this process, stopping after ``most``."""

    def run_tasks(function, tasks: Sequence[MemberTask], *, workers, message):
        results = []
        for done, task in enumerate(tasks):
            if most is not None and done == most:
                raise PulledPlugError
            results.append((yield from function(task)))
            trained.append(task.member)
            yield Progress(done + 1, len(tasks), message)
        return results

    return run_tasks


@pytest.fixture(scope="module")
def resumed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[int]]:
    """Return a bundle from a run that was stopped after one member and resumed.

    With the members that were trained, in order.
    """
    pytest.importorskip("tensorflow")
    folder, trained = stored(tmp_path_factory), []
    out = folder.parent / "resumed" / "tiny"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(execution, "run_tasks", one_after_the_other(trained, most=1))
        with pytest.raises(PulledPlugError):
            run(train(folder, out))
        assert not out.exists()
        patch.setattr(execution, "run_tasks", one_after_the_other(trained))
        assert run(train(folder, out)) == out
    return out, trained


@pytest.mark.tensorflow
def test_a_resumed_run_trains_only_what_is_missing(resumed) -> None:
    out, trained = resumed
    assert trained == [0, 1]
    assert [path.name for path in out.parent.iterdir()] == ["tiny"]


@pytest.mark.tensorflow
@pytest.mark.slow
def test_processes_and_interruptions_change_no_bit(
    resumed, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = stored(tmp_path_factory)
    out = folder.parent / "straight" / "tiny"
    steps = list(training.train(folder, out, workers=2))
    assert [step.message for step in (steps[0], steps[-1])] == [
        "preparing",
        "calibrating",
    ]
    epochs = [step for step in steps if step.message == "training networks"]
    assert [step.done for step in epochs] == [1, 2, 3, 4]
    assert {step.total for step in epochs} == {4}
    assert {step.metrics["member"] for step in epochs} == {0.0, 1.0}
    assert all(np.isfinite(step.metrics["validation loss"]) for step in epochs)
    ended = [step.metrics["member"] for step in epochs if step.metrics["ended"]]
    assert sorted(ended) == [0.0, 1.0]
    watched = [step.detail for step in epochs if step.metrics["ended"]]
    assert [seen.steps.tolist() for seen in watched] == [[100.0, 200.0]] * 2
    once, twice = read_bundle(out), read_bundle(resumed[0])
    assert once.networks == twice.networks
    assert once.digest == twice.digest
    assert once.networks[0] != once.networks[1]


@pytest.mark.tensorflow
def test_training_learns(resumed, tiny_set) -> None:
    ensemble = load(read_bundle(resumed[0]))
    for member in ensemble.card.losses:
        steps, losses, held_out = np.transpose(member)
        assert steps.tolist() == [100.0, 200.0]
        assert losses[1] < 0.9 * losses[0]
        assert np.all(np.isfinite(held_out))
    first = round(ensemble.card.k[0] / 0.05)
    chi = tiny_set.pairs.chi[:, first : first + ensemble.card.k.size]
    levels = np.zeros((len(chi), len(LEVELS)))
    answers = ensemble.networks.answers(chi, levels, ensemble.card)
    found = answers.mean.mean(axis=0)[:, 0, 1]
    true = tiny_set.pairs.moments[:, 0, 1]
    assert np.corrcoef(found, true)[0, 1] > 0.6


@pytest.mark.tensorflow
def test_the_card_says_what_was_trained_on(resumed, tiny_set) -> None:
    card = load(read_bundle(resumed[0])).card
    assert (card.name, card.absorber, card.edge) == ("tiny", "Ni", "K")
    assert card.training == tiny_ensemble.TRAINING
    assert (card.training_set, card.items) == (tiny_set.digest, 60)
    assert card.edge_energy == pytest.approx(8333.0, abs=1.0)
    assert card.pairs == ("Ni-O", "Ni-Ni")
    readme = (resumed[0] / "README.md").read_text(encoding="utf-8")
    assert "| Ni-O | 6 (fixed) |" in readme
    assert "2 neural networks" in readme


@pytest.mark.tensorflow
def test_a_network_of_another_ensemble_is_refused(resumed, tmp_path) -> None:
    from onne_core.errors import BundleError

    bundle = read_bundle(resumed[0])
    load(bundle)
    swapped = replace(bundle, networks=bundle.networks[::-1])
    with pytest.raises(BundleError, match="differs from the stored answers"):
        load(swapped)


@pytest.mark.tensorflow
def test_a_loss_that_is_no_number_ends_training(tiny_set) -> None:
    pytest.importorskip("tensorflow")
    made = tiny_ensemble.untrained(tiny_set)
    endless = np.full_like(made.material.shapes, np.inf)
    stage = train_member(
        replace(made.material, shapes=endless),
        made.whitening,
        families=made.split.training[:, None],
        validation=made.split.validation,
        seed=0,
    )
    with pytest.raises(DefinitionError, match=r"^training.learning_rate: .*diverge"):
        run(stage)


@pytest.mark.tensorflow
def test_a_member_goes_on_from_any_epoch_with_the_same_weights(tiny_set) -> None:
    pytest.importorskip("tensorflow")
    made = tiny_ensemble.untrained(tiny_set)
    how = {
        "families": made.split.training[:, None],
        "validation": made.split.validation,
        "seed": 3,
    }
    states: list[dict[str, np.ndarray]] = []
    straight = run(
        train_member(
            made.material,
            made.whitening,
            keep=lambda state: states.append(dict(state)),
            **how,
        )
    )
    assert len(states) == 2
    resumed = run(train_member(made.material, made.whitening, begun=states[0], **how))
    assert resumed.losses == straight.losses
    for (weight, bias), (other, other_bias) in zip(
        resumed.layers, straight.layers, strict=True
    ):
        assert np.array_equal(weight, other)
        assert np.array_equal(bias, other_bias)


@pytest.mark.tensorflow
@pytest.mark.parametrize(
    "changes",
    [
        {"inputs": "features", "layers": 1},
        {"loss": "squares", "inputs": "weighted"},
    ],
)
def test_every_kind_of_network_becomes_the_same_file(tiny_set, changes: dict) -> None:
    tf = pytest.importorskip("tensorflow")
    recipe = replace(tiny_ensemble.TRAINING, **changes)
    material = replace(tiny_ensemble.untrained(tiny_set).material, training=recipe)
    inputs = input_matrix(material, np.eye(material.kernel.shape[1]))
    width = output_width(material.heads, recipe)
    network = network_of(inputs.shape[1], width, recipe, seed=1)
    # The output layer begins with zeros, which would hide every fault before it.
    rng = np.random.default_rng(4)
    weights = [
        array if array.any() else 0.1 * rng.normal(size=array.shape)
        for array in network.get_weights()
    ]
    network.set_weights(weights)
    member = Member(tuple(zip(weights[0::2], weights[1::2], strict=True)), ())
    content = member_to_onnx(
        member,
        input_matrix=material.kernel @ inputs,
        heads=material.heads,
        training=recipe,
        r=tiny_ensemble.RADIAL.centres,
    )
    card = replace(tiny_card(tiny_set), training=recipe)
    assert written_again(content, card) == content
    first = round(card.k[0] / 0.05)
    chi = tiny_set.pairs.chi[:6, first : first + card.k.size]
    levels = rng.random((6, len(LEVELS)))
    answers = Networks((content,)).answers(chi, levels, card)
    seen = np.concatenate([chi @ material.kernel @ inputs, levels], axis=1)
    outputs = network(tf.constant(seen, tf.float32)).numpy()
    if recipe.loss == "squares":
        ends = np.cumsum([head.bins for head in material.heads])[:-1]
        parts = np.split(outputs, ends, axis=1)
        found = np.split(answers.shape[0], ends, axis=1)
        for i, (part, shape) in enumerate(zip(parts, found, strict=True)):
            number = np.maximum(part.sum(axis=1) * material.radial.step, 1e-3)
            assert answers.number[0, :, i] == pytest.approx(number, rel=1e-3)
            g = number[:, None] * shape / material.radial.step
            assert g == pytest.approx(part, rel=1e-3, abs=1e-4)
    else:
        heads = len(material.heads)
        mean = outputs[:, heads : 4 * heads].reshape(6, heads, 3)
        assert answers.mean[0] == pytest.approx(mean, rel=1e-3, abs=1e-4)


@pytest.mark.tensorflow
def test_the_dimer_is_trained_and_compared(monkeypatch) -> None:
    pytest.importorskip("tensorflow")
    small = replace(dimer.TRAINING, width=16, steps=20, batch=32)
    monkeypatch.setattr(dimer, "TRAINING", small)
    monkeypatch.setattr(comparing, "GAUSSIANS", 64)
    monkeypatch.setattr(comparing, "TESTS", 2)
    trained: list[int] = []
    monkeypatch.setattr(execution, "run_tasks", one_after_the_other(trained))
    scores = run(comparing.demo_dimer(members=1, seed=1, workers=1))
    assert trained == [0]
    kinds = ("gaussian", "skewed", "bimodal", "oscillator")
    assert [(score.kind, score.method) for score in scores] == [
        (kind, method) for kind in kinds for method in ("networks", "Tikhonov")
    ]
    for score in scores:
        assert 0.0 < score.l1 < 2.0
        assert 0.0 < score.wasserstein < 1.5
    # Twenty steps teach nothing, so the classical inversion must win here.
    networks, tikhonov = scores[:2]
    assert tikhonov.l1 < networks.l1


def tiny_card(made: TrainingSet) -> Card:
    return Card(
        name="tiny",
        absorber="Ni",
        edge="K",
        radial=tiny_ensemble.RADIAL,
        heads=head_cards(made),
        training=tiny_ensemble.TRAINING,
        training_set="",
        items=len(made.pairs),
    )


def task_in(tmp_path: Path) -> MemberTask:
    """Return a task whose material does not exist."""
    return MemberTask(
        learn=train_member,
        material=MaterialFile(
            tmp_path / "nowhere", {}, {"training": tiny_ensemble.TRAINING}
        ),
        inputs=np.zeros((1, 1)),
        member=0,
        target=tmp_path / "member-00.npz",
        request=REQUEST,
    )


def store_member(task: MemberTask, request: str = REQUEST) -> Member:
    rng = np.random.default_rng(0)
    layers = tuple(
        (rng.random((3, 2), np.float32), rng.random(2, np.float32)) for _ in range(2)
    )
    member = Member(layers, ((50.0, 1.0, 1.1), (100.0, 0.9, 1.0)))
    members.store(task.target, request, members.arrays_of(member))
    return member


def test_a_finished_member_is_read_back(tmp_path: Path) -> None:
    task = task_in(tmp_path)
    assert finished_member(task) is None
    member = store_member(task)
    found = finished_member(task)
    assert found is not None
    assert found.losses == member.losses
    for (weight, bias), (other, other_bias) in zip(
        found.layers, member.layers, strict=True
    ):
        assert np.array_equal(weight, other)
        assert np.array_equal(bias, other_bias)


def test_a_finished_member_is_not_trained_again(tmp_path: Path) -> None:
    task = task_in(tmp_path)
    store_member(task)
    told = list(make_member(task))
    assert [(step.done, step.metrics["ended"]) for step in told] == [(1, 0), (2, 1)]
    assert run(make_member(task)) == task.target


def test_a_member_of_another_request_does_not_count(tmp_path: Path) -> None:
    task = task_in(tmp_path)
    store_member(task, request="1" * 64)
    assert finished_member(task) is None


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "text"])
def test_a_damaged_member_does_not_count(tmp_path: Path, damage: str) -> None:
    task = task_in(tmp_path)
    store_member(task)
    content = bytearray(task.target.read_bytes())
    content[len(content) // 2] ^= 0xFF
    task.target.write_bytes(
        {
            "cut": bytes(content[: len(content) // 2]),
            "flipped": bytes(content),
            "empty": b"",
            "text": b"not an archive",
        }[damage]
    )
    assert finished_member(task) is None


def test_material_is_mapped_as_it_was(tiny_set, tmp_path: Path) -> None:
    material = material_of(tiny_set, tiny_ensemble.TRAINING)
    found = read_material(write_material(material, tmp_path))
    for name, value in vars(material).items():
        other = getattr(found, name)
        if isinstance(value, np.ndarray):
            assert other.tobytes() == value.tobytes()
            assert other.flags.c_contiguous == value.flags.c_contiguous
            assert not other.flags.writeable
        else:
            assert other == value


def test_material_that_changed_is_refused(tiny_set, tmp_path: Path) -> None:
    material = material_of(tiny_set, tiny_ensemble.TRAINING)
    written = write_material(material, tmp_path)
    path = tmp_path / "shapes.npy"
    content = bytearray(path.read_bytes())
    content[-1] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(StorageError, match=r"shapes.npy: changed since"):
        read_material(written)
    path.unlink()
    with pytest.raises(StorageError, match=r"missing; train again"):
        read_material(written)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"members": 65}, "at most 64"),
        ({"k_max": 15.5}, "lower k_max"),
    ],
)
def test_a_recipe_that_cannot_work_is_refused_at_once(
    tmp_path_factory: pytest.TempPathFactory, changes: dict, text: str
) -> None:
    folder = stored(tmp_path_factory)
    recipe = replace(tiny_ensemble.TRAINING, **changes)
    with pytest.raises(DefinitionError, match=text):
        run(train(folder, folder.parent / "out", training=recipe))


def test_a_folder_that_holds_something_else_is_left_alone(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = stored(tmp_path_factory)
    with pytest.raises(StorageError, match="choose another folder"):
        next(train(folder, folder))
    assert (folder / "training_set.json").is_file()


def test_too_few_spectra_are_refused(tmp_path: Path) -> None:
    tiny_ensemble.store(tiny_ensemble.training_set(8), tmp_path / "set")
    with pytest.raises(StorageError, match="8 spectra are too few"):
        run(train(tmp_path / "set", tmp_path / "out"))


def test_the_recipe_is_that_of_the_training_set(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = stored(tmp_path_factory)
    assert training.training_recipe_of(folder) == tiny_ensemble.TRAINING
    with pytest.raises(StorageError, match="no finished training set"):
        training.training_recipe_of(folder.parent)


@pytest.mark.parametrize("held_out", [0.05, 0.2, 0.5, 0.99])
@pytest.mark.parametrize("count", [12, 13, 60, 400])
def test_a_split_uses_every_macrostate_once(count: int, held_out: float) -> None:
    split = split_of(count, held_out=held_out, seed=3)
    parts = (split.training, split.validation, split.calibration, split.test)
    assert sorted(np.concatenate(parts)) == list(range(count))
    assert len({part.size for part in parts[1:]}) == 1
    assert all(part.size > 0 for part in parts)
    aside = 3 * split.test.size
    assert aside == pytest.approx(min(held_out * count, count - 1), abs=3)


def test_a_split_follows_its_seed() -> None:
    first, again, other = (split_of(60, held_out=0.2, seed=s) for s in (1, 1, 2))
    assert np.array_equal(first.test, again.test)
    assert not np.array_equal(first.test, other.test)
