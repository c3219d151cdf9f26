"""Members as ONNX: the files answer as the networks that were trained."""

from dataclasses import replace

import numpy as np
import onnx
import pytest

from onne_core.bundle.onnx_writer import member_to_onnx
from onne_core.ensemble.card import QUANTITIES, HeadCard
from onne_core.ensemble.member import Member
from onne_core.ensemble.outputs import SMALLEST_STD, number_constants, output_sizes
from onne_core.ensemble.uncertainty_levels import LEVELS
from onne_core.networks.augment import TrainingData
from onne_core.networks.build import Trained
from onne_core.posterior.predict import Ensemble
from onne_core.posterior.sessions import Networks
from tests.core import tiny_ensemble

CLOSE = 1e-5
LEVEL = np.random.default_rng(8).random((8, len(LEVELS)))


@pytest.fixture(scope="module")
def trained(tiny_set) -> Trained:
    return tiny_ensemble.untrained(tiny_set)


def spectra(tiny_set, tiny: Ensemble) -> np.ndarray:
    first = round(tiny.card.k[0] / 0.05)
    return tiny_set.pairs.chi[:8, first : first + tiny.card.k.size]


def softplus(x: np.ndarray) -> np.ndarray:
    return np.logaddexp(0.0, x)


def outputs_of(member: Member, components: np.ndarray) -> np.ndarray:
    """Return the last layer of the stack of dense swish layers."""
    *hidden, (weight, bias) = member.layers
    value = components
    for layer_weight, layer_bias in hidden:
        value = value @ layer_weight + layer_bias
        value = value / (1.0 + np.exp(-value))
    return value @ weight + bias


def with_levels(components: np.ndarray) -> np.ndarray:
    return np.concatenate([components, LEVEL], axis=1)


def answers_of(
    outputs: np.ndarray, heads: tuple[HeadCard, ...]
) -> dict[str, np.ndarray]:
    """Return what the outputs of a network mean."""
    ends = np.cumsum(output_sizes(heads))[:-1]
    number, mean, spread, logits = np.split(outputs, ends, axis=1)
    slope, offset, bias = number_constants(heads)
    parts = np.split(logits, np.cumsum([head.bins for head in heads])[:-1], axis=1)
    shapes = [np.exp(part) / np.exp(part).sum(1, keepdims=True) for part in parts]
    return {
        "coordination": slope * softplus(number + bias) + offset,
        "mean": mean,
        "std": softplus(spread) + SMALLEST_STD,
        "shape": np.concatenate(shapes, axis=1),
    }


def check_parity(
    member: Member, outputs: np.ndarray, chi: np.ndarray, made: Trained, tiny: Ensemble
) -> None:
    """Compare the ONNX file of ``member`` with what ``outputs`` mean."""
    heads = made.material.heads
    matrix = made.material.kernel @ made.whitening
    content = member_to_onnx(
        member,
        input_matrix=matrix,
        heads=heads,
        training=made.material.training,
        r=tiny.card.radial.centres,
    )
    found = Networks((content,)).answers(chi, LEVEL, tiny.card)
    wanted = answers_of(outputs, heads)
    form = (len(chi), len(heads), len(QUANTITIES))
    assert found.number[0] == pytest.approx(wanted["coordination"], abs=CLOSE)
    assert found.mean[0] == pytest.approx(wanted["mean"].reshape(form), abs=CLOSE)
    assert found.std[0] == pytest.approx(wanted["std"].reshape(form), abs=CLOSE)
    assert found.shape[0] == pytest.approx(wanted["shape"], abs=CLOSE)


def test_a_member_answers_as_its_layers_say(trained, tiny_set, tiny) -> None:
    chi = spectra(tiny_set, tiny)
    components = with_levels(chi @ trained.material.kernel @ trained.whitening)
    for member in trained.members:
        outputs = outputs_of(member, components)
        check_parity(member, outputs, chi, trained, tiny)


@pytest.mark.tensorflow
def test_a_member_answers_as_its_keras_network(trained, tiny_set, tiny) -> None:
    pytest.importorskip("tensorflow")
    from onne_core.networks.train.models import network_of

    member, training = trained.members[0], trained.material.training
    outputs = sum(output_sizes(tiny.card.heads))
    network = network_of(trained.whitening.shape[1], outputs, training, seed=0)
    network.set_weights([array for layer in member.layers for array in layer])
    chi = spectra(tiny_set, tiny)
    components = with_levels(chi @ trained.material.kernel @ trained.whitening)
    outputs = network(components.astype(np.float32)).numpy().astype(float)
    check_parity(member, outputs, chi, trained, tiny)


def test_what_was_never_varied_is_a_constant(trained, tiny_set, tiny) -> None:
    chi = 100.0 * spectra(tiny_set, tiny)
    answers = tiny.networks.answers(chi, LEVEL, tiny.card)
    assert np.all(answers.number[:, :, 0] == 6.0)
    assert np.all(answers.number[:, :, 1:] >= 0.0)
    parts = np.cumsum([head.bins for head in tiny.card.heads])[:-1]
    for part in np.split(answers.shape, parts, axis=2):
        assert part.sum(axis=2) == pytest.approx(1.0, abs=CLOSE)


def test_an_untouched_output_is_the_mean_of_the_training_set(trained) -> None:
    slope, offset, bias = number_constants(trained.material.heads)
    centre = [head.centre[0] for head in trained.material.heads]
    assert slope * softplus(bias) + offset == pytest.approx(centre, rel=1e-5)


def test_a_file_has_two_inputs_and_named_outputs(trained) -> None:
    content = file_of(trained.material, trained, trained.members[0])
    graph = onnx.load_from_string(content).graph
    assert [value.name for value in graph.input] == ["chi", "level"]
    assert [value.name for value in graph.output] == [
        "coordination",
        "mean",
        "std",
        "shape",
    ]
    assert {node.domain for node in graph.node} == {""}


def test_the_same_member_gives_the_same_bytes(trained) -> None:
    first, second = (
        file_of(trained.material, trained, trained.members[0]) for _ in range(2)
    )
    assert first == second
    assert first != file_of(trained.material, trained, trained.members[1])


def test_one_head_alone_needs_no_split(trained) -> None:
    material = trained.material
    lone = replace(material, heads=material.heads[:1])
    member = tiny_ensemble.random_member(lone, trained.whitening.shape[1], seed=0)
    content = file_of(lone, trained, member)
    kinds = [node.op_type for node in onnx.load_from_string(content).graph.node]
    # The one split is that of the outputs into N, means, spreads and shape.
    assert kinds.count("Split") == kinds.count("Softmax") == 1


def file_of(material: TrainingData, trained: Trained, member: Member) -> bytes:
    matrix = trained.material.kernel @ trained.whitening
    return member_to_onnx(
        member,
        input_matrix=matrix,
        heads=material.heads,
        training=material.training,
        r=tiny_ensemble.RADIAL.centres,
    )
