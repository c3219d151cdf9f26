"""The card of an ensemble: it survives JSON, and strangers' cards are checked."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from onne_core.bundle.model_card import model_card
from onne_core.ensemble.card import Card, card_from_json, card_to_json
from onne_core.errors import BundleError
from onne_core.posterior.predict import Ensemble


@pytest.fixture(scope="module")
def card(tiny: Ensemble) -> Card:
    return tiny.card


def content_of(card: Card) -> dict[str, Any]:
    return json.loads(json.dumps(card_to_json(card), allow_nan=False))


def test_a_card_survives_json(card: Card) -> None:
    assert card_from_json(content_of(card)) == card
    unknown = replace(card, edge_energy=None)
    assert card_from_json(content_of(unknown)) == unknown


def test_a_card_names_its_units(card: Card) -> None:
    assert content_of(card)["units"] == {
        "k": "Å^-1",
        "r": "Å",
        "g": "Å^-1",
        "quantities": ["coordination", "distance", "deviation"],
    }


def test_pairs_are_named_once_and_the_first_head_is_the_nearest(card: Card) -> None:
    assert card.pairs == ("Ni-O", "Ni-Ni")
    turned = replace(card, heads=card.heads[::-1])
    assert turned.pairs == ("Ni-Ni", "Ni-O")
    assert turned.first_head.label == "Ni-O"


def test_the_grid_is_that_of_the_networks(card: Card) -> None:
    assert card.k[[0, -1]] == pytest.approx([2.0, 13.0])
    assert np.diff(card.k) == pytest.approx(0.05)


def head_with(**changes: Any) -> Any:
    def change(content: dict[str, Any]) -> None:
        content["heads"][1] |= changes

    return change


def content_with(**changes: Any) -> Any:
    return lambda content: content.update(changes)


def training_with(**changes: Any) -> Any:
    return lambda content: content["training"].update(changes)


def many_bins(content: dict[str, Any]) -> None:
    (head, *_) = content["heads"]
    content["radial"] = [1.0, 3.0, 0.0002]
    content["heads"] = [
        {**head, "label": f"Ni-O {i}", "first_bin": 0, "bins": 9000} for i in range(4)
    ]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (content_with(heads=[]), "0 heads"),
        (content_with(absorber="Ni\x1b[2J"), "no name of an absorber"),
        (content_with(absorber="N" * 900_000), "no name of an absorber"),
        (content_with(edge="\x07"), "is no edge"),
        (content_with(name="foil\u202e"), "no name of an ensemble"),
        (lambda content: content["heads"].extend(content["heads"] * 30), "93 heads"),
        (head_with(label="Ni-O"), "same label"),
        (head_with(first_bin=-1), "head Ni-Ni 1 leaves the grid"),
        (head_with(bins=0), "leaves the grid"),
        (head_with(bins=1000), "leaves the grid"),
        (head_with(bins=float("inf")), "another program or version"),
        (head_with(centre=[1.0, 2.0]), "must name 3 quantities"),
        (head_with(scale=[1.0, -0.1, 0.1]), "numbers out of range"),
        (head_with(centre=["x", 2.0, 0.1]), "another program or version"),
        (content_with(radial=[1.6, 1.7, 0.05]), "2 bins of r"),
        (content_with(radial=[2.0, 1.0, 0.05]), "lower end must come first"),
        (content_with(radial=[1.6]), "another program or version"),
        (content_with(items=None), "another program or version"),
        (content_with(edge_energy="high"), "another program or version"),
        (training_with(k_max=1e9), "allowed at most"),
        (training_with(r_filter=[1.0, 1e9]), "allowed at most"),
        (training_with(k_min=20.0), "training.k_min"),
        (training_with(colour="red"), "colour"),
        (training_with(network="convolutional"), "network: 'convolutional'; use dense"),
        (training_with(width=10**6), "2 layers of 1000000 neurons"),
        (training_with(layers=10**9), "1000000000 layers"),
        (many_bins, "36000 bins of all heads"),
        (lambda content: content.pop("coverage"), "another program or version"),
    ],
)
def test_a_card_that_makes_no_sense_is_refused(card: Card, change, text: str) -> None:
    content = content_of(card)
    change(content)
    with pytest.raises(BundleError, match=rf"^card: .*{text}"):
        card_from_json(content)


@pytest.mark.parametrize("name", ["centre", "lowest", "highest", "scale"])
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_numbers_must_be_finite(card: Card, name: str, value: float) -> None:
    content = content_of(card)
    content["heads"][0][name][1] = value
    with pytest.raises(BundleError, match=rf"heads\[0\].{name}\[1\]: {value}; give a "):
        card_from_json(content)


def test_the_model_card_says_what_was_trained(card: Card) -> None:
    text = model_card(card, 2)
    assert text.startswith("# tiny\n\n2 neural networks")
    assert "3 to 12 Å^-1, k-weight 2" in text
    assert "| Ni-O | 6 (fixed) | 1.98" in text
    for label in ("Ni-O", "Ni-Ni 1", "Ni-Ni 2"):
        low, high = card.coverage[label]["distance"]
        row = f"| {label} | distance | {100 * low:.0f} % | {100 * high:.0f} % |"
        assert row in text
    assert "| Ni-O | coordination number" not in text


def test_the_model_card_has_errors_and_coverage_of_the_joint_fit(card: Card) -> None:
    errors = {"coordination": 0.51, "distance": 0.0123, "deviation": 0.0045}
    others = {"coordination": 0.62, "distance": 0.0234, "deviation": 0.0056}
    record = {
        "used": True,
        "ratio": 0.8,
        "e0": 0.4,
        "errors": {"Ni-O": {"joint": errors, "networks": others}},
        "coverage": {"Ni-O": {"distance": [0.71, 0.93]}},
        "spectra": 200,
    }
    text = model_card(replace(card, joint=record), 2)
    row = "| Ni-O | 0.51 / 0.62 | 0.0123 / 0.0234 | 0.0045 / 0.0056 |"
    _, joint = text.split("## Joint fit")
    assert row in joint
    assert "| Ni-O | distance | 71 % | 93 % |" in joint
