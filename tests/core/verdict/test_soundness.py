"""Ensembles whose own card speaks against them."""

from dataclasses import replace

import pytest

from onne_core.ensemble.card import Card
from onne_core.posterior.predict import Ensemble
from onne_core.verdict.check import severity_of
from onne_core.verdict.soundness import shortcomings

CLOSED = (((100.0, 5.0, 4.9), (900.0, 3.4, 3.5)),)
OPEN = (((100.0, 5.0, 4.9), (900.0, 3.2, 4.6)),)
GOOD = {"Ni-O": {"distance": [0.67, 0.95], "sigma": [0.7, 0.94]}}


@pytest.fixture
def card(tiny: Ensemble) -> Card:
    return replace(tiny.card, items=300, coverage=GOOD, losses=CLOSED)


def test_a_sound_ensemble_has_none(card: Card) -> None:
    assert shortcomings(card) == ()


def test_few_macrostates_are_said(card: Card) -> None:
    (text,) = shortcomings(replace(card, items=20))
    assert "2 of 20 macrostates" in text


@pytest.mark.parametrize("share", [0.4, 0.9])
def test_bands_that_hold_too_few_or_too_many_are_said(card: Card, share: float) -> None:
    wrong = {"Ni-O": {**GOOD["Ni-O"], "sigma": [share, 0.95]}}
    (text,) = shortcomings(replace(card, coverage=wrong))
    assert f"68 % bands of sigma hold {100 * share:.0f} %" in text


def test_networks_that_know_their_own_examples_are_said(card: Card) -> None:
    (text,) = shortcomings(replace(card, losses=OPEN))
    assert "1.40 above that of training" in text


def test_beyond_a_limit_of_zero_is_outside() -> None:
    assert severity_of(0.0, borderline=0.0, outside=0.0) == 0.0
    assert severity_of(0.1, borderline=0.0, outside=0.0) > 2.0
