"""Ensembles for mixtures: ranges, answers and settings are those of split shells."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from onne_core.calibration.calibration import head_answers, quantities_of
from onne_core.ensemble.uncertainty_levels import LEVELS
from onne_core.networks.augment import head_cards, material_of
from onne_core.posterior.predict import Ensemble
from onne_core.training_set.training_set import TrainingSet
from onne_core.values.recipe import TrainingRecipe, paper_training, read_recipe
from tests.core import tiny_ensemble

MIXED = replace(tiny_ensemble.TRAINING, mixed_share=0.8, mixed_most=4)


def for_mixtures(ensemble: Ensemble) -> Ensemble:
    return replace(ensemble, card=replace(ensemble.card, training=MIXED))


def test_most_examples_must_be_mixtures() -> None:
    assert MIXED.for_mixtures
    assert not MIXED.matches_shapes
    assert not TrainingRecipe().for_mixtures
    assert TrainingRecipe().matches_shapes
    assert not paper_training(MIXED).for_mixtures


def test_ranges_are_those_of_mixtures(tiny_set: TrainingSet) -> None:
    plain = head_cards(tiny_set)
    mixed = material_of(tiny_set, MIXED).heads
    for one, other in zip(plain, mixed, strict=True):
        assert other.highest[2] > 1.05 * one.highest[2]
        assert other.lowest[1] >= one.lowest[1] - 1e-6
        assert other.highest[1] <= one.highest[1] + 1e-6
        assert (other.first_bin, other.bins) == (one.first_bin, one.bins)
    assert mixed[0].fixed[0]
    assert material_of(tiny_set, tiny_ensemble.TRAINING).heads == plain


def test_no_single_shell_is_fitted_to_a_mixture(tiny: Ensemble) -> None:
    spectrum = tiny_ensemble.spectrum_of(tiny_ensemble.typical())
    assert tiny.fit(spectrum) is not None
    mixed = for_mixtures(tiny)
    assert mixed.fit(spectrum) is None
    settings = mixed.settings_for(spectrum)
    assert settings.e0_source.startswith("not determined")
    assert mixed.settings_for(spectrum, e0=1.5).e0_shift == 1.5


def test_shapes_of_mixtures_stay_as_they_are(tiny: Ensemble) -> None:
    spectrum = tiny_ensemble.spectrum_of(tiny_ensemble.typical())
    card = tiny.card
    first = round(card.k[0] / (spectrum.k[1] - spectrum.k[0]))
    chi = spectrum.chi[None, first : first + card.k.size]
    answers = tiny.networks.answers(chi, np.zeros((1, len(LEVELS))), card)
    mixed = replace(card, training=MIXED)
    head = card.heads[1]
    start = card.heads[0].bins
    shape = answers.shape[:, 0, start : start + head.bins]
    (_, own, _), (_, plain, _) = (head_answers(answers, item) for item in (mixed, card))
    scale = answers.number[:, 0, 1, None] / card.radial.step
    np.testing.assert_allclose(own.members[:, 0], scale * shape)
    found = quantities_of(plain.r, plain.members[:, 0])[:, 1]
    wanted = head.centre[1] + head.scale[1] * answers.mean[:, 0, 1, 1]
    assert found == pytest.approx(wanted, abs=2e-3)


def test_a_reference_is_looked_for_beside_the_recipe(tmp_path: Path) -> None:
    system = Path(__file__).parents[3] / "resources/systems/dimer.json"
    for name in ("dimer.json", "dimer.xyz"):
        text = system.with_name(name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text, encoding="utf-8")
    recipe = read_recipe(tmp_path / "dimer.json")
    assert recipe.scattering.reference == str(tmp_path / "dimer.xyz")
    (tmp_path / "dimer.xyz").unlink()
    assert read_recipe(tmp_path / "dimer.json").scattering.reference == "dimer.xyz"
