"""Networks of strangers: the weights are taken, everything else must be our own."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest

from onne_core.bundle.bundle import network_name, read_bundle
from onne_core.bundle.onnx_reader import network_from, written_again
from onne_core.bundle.onnx_structure import structure_bytes
from onne_core.errors import BundleError
from tests.core.bundle import onnx_models
from tests.core.bundle.onnx_models import CARD, CHANGES, HEADS, HOSTILE, PAPER

MODELS = Path(__file__).parents[3] / "models"

LONE = replace(CARD, heads=HEADS[1:])


@pytest.mark.parametrize("card", [CARD, LONE, PAPER], ids=["two", "one", "paper"])
@pytest.mark.parametrize("appended", [0, 3])
def test_what_this_program_writes_is_read_and_written_again(card, appended) -> None:
    content = onnx_models.file_of(card, appended=appended)
    assert written_again(content, card) == content
    matrix, read = network_from(content, card)
    made = onnx_models.member_of(card, appended=appended)
    assert matrix.shape == (card.k.size, onnx_models.SEEN)
    for found, layers in ((read.layers, made.layers), (read.appended, made.appended)):
        for layer, wanted in zip(found, layers, strict=True):
            for array, own in zip(layer, wanted, strict=True):
                np.testing.assert_array_equal(array, own)


@pytest.mark.parametrize("folder", sorted(MODELS.iterdir()), ids=lambda path: path.name)
def test_supplied_networks_run_as_they_are(folder: Path) -> None:
    networks = read_bundle(folder).networks
    for i, network in enumerate(networks):
        assert network == (folder / network_name(i)).read_bytes()


@pytest.mark.parametrize("name", sorted(CHANGES))
def test_changed_network_is_refused_and_the_place_is_named(name: str) -> None:
    with pytest.raises(BundleError, match=re.escape(CHANGES[name][1])):
        written_again(HOSTILE[name], CARD)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("gigabyte", "the weights 'input' are missing"),
        ("many nodes", "more than 524288 bytes besides the weights"),
        ("many numbers", "more than 524288 bytes besides the weights"),
        ("unknown field", "a field that this program does not know"),
        ("deep", "not a readable ONNX file"),
        ("cut", "not a readable ONNX file"),
        ("empty", "the weights 'input' are missing"),
        ("garbage", "not a readable ONNX file"),
    ],
)
def test_what_is_no_network_is_refused(name: str, reason: str) -> None:
    with pytest.raises(BundleError, match=reason):
        written_again(HOSTILE[name], CARD)


@pytest.mark.parametrize(
    ("training", "reason"),
    [
        ({"width": 9}, r"'dense0.weight' has the shape \[9, 8\], not \[9, 9\]"),
        ({"layers": 2}, "'dense1.weight' are missing"),
        ({"k_max": 6.0}, r"'input' has the shape"),
        (
            {"loss": "squares"},
            r"'outputs.weight' has the shape \[8, 30\], not \[8, 16\]",
        ),
    ],
)
def test_network_of_another_card_is_refused(training: dict, reason: str) -> None:
    card = replace(CARD, training=replace(CARD.training, **training))
    with pytest.raises(BundleError, match=reason):
        written_again(onnx_models.file_of(), card)


def test_constants_that_another_machine_has_rounded_stay_as_they_are() -> None:
    bias = np.frombuffer(
        onnx.load_model_from_string(onnx_models.file_of())
        .graph.initializer[6]
        .raw_data,
        np.float32,
    )
    value = np.nextafter(bias[-1], np.float32(np.inf))
    content = onnx_models.changed(onnx_models.with_value(6, value))
    assert content != onnx_models.file_of()
    assert written_again(content, CARD) == content


def test_structure_is_what_is_not_weights() -> None:
    small, large = (
        onnx_models.file_of(replace(CARD, training=replace(CARD.training, width=width)))
        for width in (1000, 3000)
    )
    assert len(large) > 400_000
    assert abs(structure_bytes(large) - structure_bytes(small)) < 64
    assert structure_bytes(large) < 4000


@pytest.mark.parametrize(
    "garbage", [b"", b"\xff" * 50, b"\x3a\xff\xff\xff\xff\x7f", b"\x0b"]
)
def test_structure_of_garbage_is_all_of_it(garbage: bytes) -> None:
    assert structure_bytes(garbage) == len(garbage)


def test_damaged_networks_are_refused_or_have_other_weights_alone() -> None:
    rng = np.random.default_rng(5)
    content = onnx_models.file_of()
    sound = onnx.load_model_from_string(content)
    accepted = 0
    for _ in range(300):
        damaged = bytearray(content)
        for position in rng.integers(len(content), size=rng.integers(1, 4)):
            damaged[position] = rng.integers(256)
        try:
            own = onnx.load_model_from_string(written_again(bytes(damaged), CARD))
        except BundleError:
            continue
        accepted += 1
        assert list(own.graph.node) == list(sound.graph.node)
    assert 0 < accepted < 300
