"""The right ensemble: absorber and edge first, then verdict and R-factor."""

from dataclasses import replace

import numpy as np
import pytest

from onne_core.ensemble.card import Card
from onne_core.ensemble.suited import (
    Trial,
    absorber_of,
    best,
    is_better,
    missing,
    next_to_try,
    relation,
    suited,
)
from onne_core.values.edges import Absorber, edge_energy, edge_near
from onne_core.values.spectrum import Spectrum

K = np.arange(0.0, 15.0, 0.05)


def spectrum(e0: float | None = None, element: str = "", edge: str = "") -> Spectrum:
    return Spectrum(K, np.sin(5.0 * K), e0=e0, element=element, edge=edge)


@pytest.fixture(name="nickel")
def _nickel(tiny) -> Card:
    return replace(tiny.card, edge_energy=None, joint={}, items=100)


@pytest.fixture(name="copper")
def _copper(nickel) -> Card:
    return replace(nickel, absorber="Cu")


@pytest.mark.parametrize(
    ("energy", "name"),
    [
        (7112.0, "Fe K"),
        (8340.0, "Ni K"),
        (8982.6, "Cu K"),
        (11563.0, "Pt L3"),
        (17166.0, "U L3"),
        (8450.0, "None"),
    ],
)
def test_an_energy_names_its_edge(energy, name):
    assert str(edge_near(energy)) == name


def test_energies_are_the_tabulated_ones():
    xraydb = pytest.importorskip("xraydb")
    for element, edge in (("Ni", "K"), ("Pt", "L3"), ("Ce", "L3"), ("Mo", "K")):
        tabulated = xraydb.xray_edge(element, edge).energy
        assert edge_energy(Absorber(element, edge)) == pytest.approx(tabulated, abs=1)


@pytest.mark.parametrize(
    ("one", "with_nickel", "with_copper"),
    [
        (spectrum(8340.0), "same", "other"),
        (spectrum(8979.0), "other", "same"),
        (spectrum(element="Cu"), "other", "same"),
        (spectrum(element="Ni", edge="L3"), "other", "other"),
        (spectrum(), "unknown", "unknown"),
        # Energies count before names.
        (spectrum(8333.0, "Cu", "K"), "same", "other"),
        # Where edges of two elements are close the name decides: Er L3 is at 8358 eV.
        (spectrum(8350.0, "Er", "L3"), "other", "other"),
        (spectrum(8350.0), "same", "other"),
    ],
)
def test_energies_then_names_tell_the_absorber(
    nickel, copper, one, with_nickel, with_copper
):
    assert relation(one, nickel) == with_nickel
    assert relation(one, copper) == with_copper


def test_only_ensembles_of_the_edge_are_tried_the_likeliest_first(nickel, copper):
    few = replace(nickel, items=10)
    joint = replace(nickel, joint={"used": True}, items=20)
    far = replace(nickel, training=replace(nickel.training, k_max=18.0), items=10_000)
    cards = [copper, few, far, joint]
    assert suited(spectrum(8333.0), cards).order == (3, 1, 2)
    assert suited(spectrum(8333.0), cards, preferred=2).order == (3, 1, 2)
    assert suited(spectrum(8979.0), cards, preferred=2).order == (0,)
    assert suited(spectrum(7112.0), cards).order == ()


def test_an_unknown_absorber_is_assumed_to_be_that_of_the_preferred_one(nickel, copper):
    found = suited(spectrum(), [nickel, copper, nickel], preferred=1)
    assert (found.order, found.is_assumed) == ((1,), True)
    found = suited(spectrum(), [nickel, copper, nickel])
    assert (found.order, found.is_assumed) == ((0, 2), True)
    assert not suited(spectrum(element="Cu"), [nickel, copper]).is_assumed


def test_the_first_that_is_inside_answers():
    outside, inside = Trial("outside", 0.01), Trial("inside", 0.04)
    assert next_to_try([None, None]) == 0
    assert next_to_try([outside, None, None]) == 1
    assert next_to_try([outside, inside, None]) is None
    assert best([outside, inside, None]) == 1
    assert best([None, None]) == 0


def test_otherwise_the_verdict_decides_then_the_r_factor():
    trials = [Trial("outside", 0.1), Trial("borderline", 0.3), Trial("borderline", 0.2)]
    assert next_to_try(trials) is None
    assert best(trials) == 2
    assert best([Trial(""), Trial("outside", None)]) == 1


def test_better_is_a_better_verdict_or_a_clearly_smaller_r_factor():
    assert is_better(Trial("inside", 0.9), Trial("borderline", 0.1))
    assert not is_better(Trial("inside", 0.01), Trial("inside", 0.1))
    assert is_better(Trial("outside", 0.1), Trial("outside", 0.2))
    assert not is_better(Trial("outside", 0.19), Trial("outside", 0.2))


def test_what_is_missing_is_named():
    assert missing(spectrum(7112.0)).startswith("No ensemble for Fe K: make one")
    assert "an edge at 8450 eV" in missing(spectrum(8450.0))
    assert "for Zn:" in missing(spectrum(element="Zn"))
    assert absorber_of(spectrum(8333.0, "Cu", "K")) == Absorber("Ni", "K")
