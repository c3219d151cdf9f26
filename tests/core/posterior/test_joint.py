"""Joint posterior: shells, E0 and S0^2 that explain a spectrum, from poor networks.

The networks were never trained and answer with the middle of the trained ranges.
"""

from dataclasses import replace

import numpy as np
import pytest

from onne_core.bundle.bundle import Bundle
from onne_core.calibration.calibration import head_answers, quantities_of
from onne_core.errors import BundleError, DefinitionError
from onne_core.posterior.joint import kept
from onne_core.posterior.joint.answer import JointAnswers, starts_of
from onne_core.posterior.joint.model import ROUGHNESS, roughness
from onne_core.posterior.joint.over_e0 import over_e0
from onne_core.posterior.joint.shapes import Shapes, shapes_of
from onne_core.posterior.predict import Ensemble, load
from onne_core.results import record
from onne_core.results.report import method_text
from onne_core.values.prediction import AUTOMATIC_E0_SOURCE, MeasurementSettings
from onne_core.values.spectrum import Spectrum, e0_shifted
from tests.core import tiny_ensemble

TRAINING = replace(tiny_ensemble.TRAINING, joint_spectra=40)
TRUE = np.array([[6.0, 2.03, 0.07], [6.5, 2.97, 0.08], [9.0, 3.53, 0.075]])
"""N (1), R (Å) and sigma (Å), away from the middle of the ranges."""

SHIFT = 6.0
"""E0 shift (eV) that the spectrum needs."""

KNOWN = (1.0, 0.03)
"""S0^2 and its standard deviation."""

CALCULATED = MeasurementSettings(s02=1.0, s02_std=0.03, theory=0.0)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory) -> Bundle:
    folder = tmp_path_factory.mktemp("joint") / "tiny"
    made = tiny_ensemble.training_set(120)
    return tiny_ensemble.write_untrained(folder, made, TRAINING)


@pytest.fixture(scope="module")
def ensemble(bundle: Bundle) -> Ensemble:
    return load(bundle)


@pytest.fixture(scope="module")
def spectrum() -> Spectrum:
    exact = tiny_ensemble.spectrum_of(TRUE)
    moved = e0_shifted(exact.k, exact.chi, -SHIFT)
    return Spectrum(exact.k, moved, name="moved", e0=tiny_ensemble.EDGE_ENERGY)


@pytest.fixture(scope="module")
def shapes() -> Shapes:
    r = 2.0 + 0.02 * np.arange(60)
    g = np.exp(-0.5 * ((r - 2.5) / 0.07) ** 2) + 0.3 * np.exp(
        -0.5 * ((r - 2.62) / 0.06) ** 2
    )
    return shapes_of(r, 7.0 * g[None] / (0.02 * g.sum()))


def test_a_shell_moved_to_its_own_numbers_stays(shapes) -> None:
    own = np.array([[*shapes.quantities[0, :3], 0.0]])
    assert shapes.moved(own) == pytest.approx(shapes.g, abs=1e-9)


def test_a_shell_gets_the_numbers_it_is_moved_to(shapes) -> None:
    moves = np.array([[5.0, 2.6, 0.09, 0.0]])
    found = quantities_of(shapes.r, shapes.moved(moves))[0]
    assert found[:3] == pytest.approx([5.0, 2.6, 0.09], abs=1e-3)
    assert found[3] / found[2] ** 3 == pytest.approx(shapes.skewness[0], abs=0.02)


def test_q_adds_six_times_itself_to_the_skewness(shapes) -> None:
    own = shapes.quantities[0, :3]
    for q in (-0.03, 0.03):
        moved = shapes.moved(np.array([[*own, q]]))
        number, _, sigma, third = quantities_of(shapes.r, moved)[0]
        assert number == pytest.approx(own[0])
        assert third / sigma**3 - shapes.skewness[0] == pytest.approx(6 * q, abs=0.06)


@pytest.mark.parametrize("unknown", range(4))
def test_slopes_are_those_of_moved_shells(shapes, unknown) -> None:
    at = np.array([[5.0, 2.55, 0.08, 0.01]])
    step = np.zeros((1, 4))
    step[0, unknown] = (0.01, 0.004, 0.0016, 0.01)[unknown]
    expected = shapes.moved(at + step) - shapes.moved(at - step)
    found = shapes.moved_and_changes(at)[1][:, unknown] * 2.0 * step[0, unknown]
    # The old shape is drawn through bins: its slope is known to a few percent.
    assert np.linalg.norm(found - expected) < 0.03 * np.linalg.norm(expected)


def test_spectra_over_e0_are_shifted_spectra(spectrum, ensemble) -> None:
    k, kernel = spectrum.k, np.eye(ensemble.card.k.size)
    over = over_e0(k, spectrum.chi[None], ensemble.card.k, kernel)
    item, shift = np.zeros(1, dtype=int), np.array([4.3])
    expected = np.interp(ensemble.card.k, k, e0_shifted(k, spectrum.chi, 4.3))
    seen, slope = over.at(item, shift)
    assert seen[0] == pytest.approx(expected, abs=2e-3)
    assert over.chi_at(item, shift) == pytest.approx(seen)
    ahead, behind = (over.at(item, shift + step)[0] for step in (0.01, -0.01))
    assert slope == pytest.approx((ahead - behind) / 0.02, abs=1e-5)


def test_starts_lie_around_what_is_known_of_e0() -> None:
    item, e0 = starts_of(np.array([[5.0, 7.0], [2.0, 0.5]]))
    wide, narrow = e0[item == 0], e0[item == 1]
    assert (wide.min(), wide.max()) == (-12.5, 22.5)
    assert np.diff(wide).max() <= 3.5
    assert narrow.tolist() == [0.75, 2.0, 3.25]


def test_joint_fit_finds_e0_and_shells(ensemble, spectrum) -> None:
    settings = ensemble.settings_for(spectrum, s02=KNOWN)
    assert settings.e0_source == AUTOMATIC_E0_SOURCE
    assert settings.e0_shift == pytest.approx(SHIFT, abs=1.0)
    prediction = ensemble.predict(spectrum, settings)
    assert prediction.joint is not None
    assert prediction.joint.e0_shift == settings.e0_shift
    assert prediction.back is not None
    assert prediction.back.r_factor_r < 0.02
    for shell, (number, distance, sigma) in zip(prediction.shells, TRUE, strict=True):
        for found, true in (
            (shell.coordination_number, number),
            (shell.distance, distance),
            (shell.sigma2, sigma**2),
        ):
            assert found.fixed or abs(found.value - true) < 3.0 * found.std
        assert shell.distance.value == pytest.approx(distance, abs=0.02)


def test_networks_alone_answer_where_they_are_asked(ensemble, spectrum) -> None:
    settings = ensemble.settings_for(spectrum, s02=KNOWN)
    alone = ensemble.predict(spectrum, replace(settings, method="networks"))
    assert alone.joint is None
    assert alone.back is not None
    joint = ensemble.predict(spectrum, settings)
    assert joint.back is not None
    assert joint.back.r_factor_r < 0.2 * alone.back.r_factor_r
    assert joint.digest != alone.digest
    assert method_text(alone) == "Answer of the networks alone."
    assert "differs from the networks by up to" in method_text(joint)


def test_many_spectra_are_answered_as_one_by_one(ensemble, spectrum) -> None:
    other = tiny_ensemble.spectrum_of(tiny_ensemble.typical(), name="typical")
    settings = (
        ensemble.settings_for(spectrum, s02=KNOWN),
        replace(CALCULATED, method="networks"),
        CALCULATED,
    )
    many = ensemble.predict_many((spectrum, other, other), settings)
    for item, known, found in zip(
        (spectrum, other, other), settings, many, strict=True
    ):
        alone = ensemble.predict(item, known)
        for pair, band in alone.pairs.items():
            assert found.pairs[pair].g == pytest.approx(band.g, abs=1e-6)
        assert (found.joint is None) == (known.method == "networks")


def test_a_given_e0_is_a_prior_and_its_contradiction_is_said(
    ensemble, spectrum
) -> None:
    settings = ensemble.settings_for(spectrum, e0=0.0, s02=KNOWN)
    assert settings.e0_source == "given"
    prediction = ensemble.predict(spectrum, replace(settings, e0_shift_std=2.0))
    assert prediction.joint is not None
    assert 1.0 < prediction.joint.e0_shift < SHIFT + 0.5
    failed = [reason.text for reason in prediction.verdict.reasons if not reason.passed]
    assert any("above the given one" in text for text in failed)
    assert prediction.verdict.name != "inside"


def test_what_explains_nothing_is_outside(ensemble) -> None:
    foreign = np.array([[6.0, 2.35, 0.07], [8.0, 3.25, 0.08], [4.0, 3.8, 0.07]])
    spectrum = tiny_ensemble.spectrum_of(foreign)
    prediction = ensemble.predict(spectrum, ensemble.settings_for(spectrum, s02=KNOWN))
    assert prediction.verdict.name == "outside"
    assert prediction.back is not None
    text = f"R-factor of the back-calculated χ(R): {prediction.back.r_factor_r:.3f}"
    reasons = prediction.verdict.reasons
    found = {reason.text.split(" (")[0]: reason.passed for reason in reasons}
    assert found[text] == (prediction.back.r_factor_r <= 0.05)


def test_a_shell_of_known_number_determines_s02(ensemble) -> None:
    exact = tiny_ensemble.spectrum_of(TRUE)
    spectrum = Spectrum(exact.k, 0.8 * exact.chi)
    settings = ensemble.settings_for(spectrum, e0=0.0, s02=(0.9, 0.15))
    joint = ensemble.predict(spectrum, settings).joint
    assert joint is not None
    assert joint.s02 == pytest.approx(0.8, abs=0.05)
    assert joint.s02_std < 0.1
    # N of the second shell and S0^2 make the same amplitude.
    assert joint.correlation[4, -1] < -0.2


def test_the_card_compares_joint_fit_and_networks(ensemble) -> None:
    found = ensemble.card.joint
    assert found["used"] is True
    assert found["ratio"] < 1.0
    for errors in found["errors"].values():
        assert errors["joint"]["distance"] < errors["networks"]["distance"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("joint.error", np.zeros((3, 4))),
        ("joint.prior.mean", np.zeros(5)),
        ("joint.calibration.quantity", None),
        ("joint.nearest.thresholds", None),
    ],
)
def test_damaged_joint_statistics_are_refused(bundle, name, value) -> None:
    arrays = {**bundle.arrays, name: value}
    if value is None:
        del arrays[name]
    with pytest.raises(BundleError, match=r"statistics\.npz"):
        load(replace(bundle, arrays=arrays))


def test_without_joint_statistics_the_networks_answer(bundle, spectrum) -> None:
    arrays = {
        name: value
        for name, value in bundle.arrays.items()
        if not name.startswith("joint.")
    }
    alone = load(replace(bundle, arrays=arrays))
    assert alone.joint is None
    settings = alone.settings_for(spectrum)
    assert settings.e0_source == "first-shell fit"
    assert alone.predict(spectrum, settings).joint is None


def test_the_record_has_the_joint_fit(ensemble, spectrum) -> None:
    prediction = ensemble.predict(spectrum, ensemble.settings_for(spectrum, s02=KNOWN))
    content = record.prediction_to_json(prediction, file="a.chi", sha256="0")["joint"]
    assert content["unknowns"][:2] == ["Ni-O: N", "Ni-O: R"]
    assert len(content["correlation"]) == len(content["unknowns"]) == 14
    evidence = content["e0_evidence"]
    best = evidence["e0_shift"][int(np.argmax(evidence["probability"]))]
    assert best == pytest.approx(content["e0_shift"], abs=1.0)
    alone = ensemble.predict(spectrum, replace(CALCULATED, method="networks"))
    assert record.prediction_to_json(alone, file="a", sha256="0")["joint"] is None


def test_answers_are_kept_and_the_oldest_forgotten(
    ensemble, spectrum, monkeypatch
) -> None:
    networks = head_answers(
        ensemble.networks.answers(
            np.zeros((1, ensemble.card.k.size)), np.zeros((1, 4)), ensemble.card
        ),
        ensemble.card,
    )
    fit = ensemble.predict(spectrum, CALCULATED).joint
    joint = JointAnswers(networks, (fit,))
    monkeypatch.setattr(kept, "MOST", 2)
    store, asked = kept.Kept(), []

    def make(missing: list[int]):
        asked.append(list(missing))
        return JointAnswers.joined([joint] * len(missing))

    store.answers(["a", "b"], make)
    store.answers(["a"], make)
    store.answers(["c", "a"], make)
    store.answers(["b"], make)
    assert asked == [[0, 1], [0], [0]]


FULL = {"Ni-O": 6.0, "Ni-Ni 1": 7.0, "Ni-Ni 2": 12.0}
"""Neighbours in a crystal that the tiny ensemble might have been made from."""


@pytest.fixture(scope="module")
def crystalline(bundle: Bundle) -> Ensemble:
    """Return the ensemble as if its shells had been those of a crystal."""
    recipe = {"system": {"angles": {"template": "rocksalt"}}}
    description = {**bundle.card["description"], "recipe": recipe}
    card = {**bundle.card, "description": description, "crystal": FULL}
    return load(replace(bundle, card=card))


def crystal_spectrum(share: float = 1.0) -> Spectrum:
    """Return the spectrum of the full shells, or with a ``share`` of their atoms."""
    shells = np.array([[6.0, 2.05, 0.07], [7.0, 2.95, 0.08], [12.0, 3.55, 0.08]])
    shells[1:, 0] *= share
    return tiny_ensemble.spectrum_of(shells, e0=tiny_ensemble.EDGE_ENERGY)


def test_a_bulk_crystal_is_assumed_and_said(crystalline) -> None:
    spectrum = crystal_spectrum()
    settings = crystalline.settings_for(spectrum, e0=0.0, s02=KNOWN, sample="bulk")
    prediction = crystalline.predict(spectrum, settings)
    plain = crystalline.predict(spectrum, replace(settings, sample="unknown"))
    assert plain.digest != prediction.digest
    for shell, free in zip(prediction.shells[1:], plain.shells[1:], strict=True):
        number = shell.coordination_number
        assert number.set_by == "assumed"
        assert number.value == pytest.approx(FULL[shell.label], rel=0.05)
        assert number.std < free.coordination_number.std
        assert free.coordination_number.set_by != "assumed"
    said = prediction.verdict.assumptions
    assert [text.split(",")[0] for text in said] == [
        "Assumed: the structure is rocksalt",
        "Assumed: a bulk crystal",
    ]
    assert [text.split(",")[0] for text in plain.verdict.assumptions] == [
        "Assumed: the structure is rocksalt"
    ]
    content = record.prediction_to_json(prediction, file="a", sha256="0")
    assert content["settings"]["sample"] == "bulk"
    assert content["domain"]["assumptions"] == list(said)


def test_half_empty_shells_are_no_bulk_crystal(crystalline) -> None:
    spectrum = crystal_spectrum(0.65)
    settings = crystalline.settings_for(spectrum, e0=0.0, s02=KNOWN, sample="bulk")
    verdict = crystalline.predict(spectrum, settings).verdict
    assert verdict.name != "inside"
    failed = " ".join(reason.text for reason in verdict.reasons if not reason.passed)
    assert "Without what is assumed of the sample, CN of Ni-Ni" in failed
    unknown = replace(settings, sample="unknown")
    assert crystalline.predict(spectrum, unknown).verdict.name == "inside"


def test_shells_of_a_particle_have_no_more_than_the_crystal(crystalline) -> None:
    spectrum = crystal_spectrum(1.1)
    known = (1.0, 0.15)
    settings = crystalline.settings_for(spectrum, e0=0.0, s02=known, sample="particle")
    prediction = crystalline.predict(spectrum, settings)
    for shell in prediction.shells:
        assert shell.coordination_number.value < 1.02 * FULL[shell.label]


def test_without_a_crystal_the_sample_is_of_no_use(ensemble, spectrum) -> None:
    with pytest.raises(DefinitionError, match="choose unknown"):
        ensemble.settings_for(spectrum, sample="bulk")


def test_samples_of_a_batch_are_told_apart(crystalline) -> None:
    spectrum = crystal_spectrum(0.8)
    given = ((0.0, KNOWN),) * 2
    settings = crystalline.settings_for_many(
        (spectrum, spectrum), given, ("bulk", "unknown")
    )
    both = crystalline.predict_many((spectrum, spectrum), settings)
    numbers = [found.shells[2].coordination_number.value for found in both]
    assert numbers[0] > numbers[1] + 0.5


def test_an_e0_beyond_what_was_calibrated_is_not_passed(ensemble) -> None:
    exact = tiny_ensemble.spectrum_of(TRUE)
    far = e0_shifted(exact.k, exact.chi, -21.0)
    spectrum = Spectrum(exact.k, far, e0=tiny_ensemble.EDGE_ENERGY)
    prediction = ensemble.predict(spectrum, ensemble.settings_for(spectrum, s02=KNOWN))
    assert prediction.joint is not None
    assert prediction.joint.e0_shift > 18.0
    failed = [reason.text for reason in prediction.verdict.reasons if not reason.passed]
    assert any("calibrated for -7.6 to 17.6 eV" in text for text in failed)
    assert prediction.verdict.name != "inside"


def test_older_bundles_have_no_limits_of_the_structure(bundle, spectrum) -> None:
    name = "joint.structure.thresholds"
    assert bundle.arrays[name].shape == (2, 2)
    older = {key: value for key, value in bundle.arrays.items() if key != name}
    ensemble = load(replace(bundle, arrays=older))
    prediction = ensemble.predict(spectrum, ensemble.settings_for(spectrum, s02=KNOWN))
    assert not any("beside such a first" in r.text for r in prediction.verdict.reasons)
    with pytest.raises(BundleError, match=r"statistics\.npz"):
        load(replace(bundle, arrays={**older, name: np.ones(3)}))


def test_what_no_smooth_error_explains_grows_with_the_theory(ensemble) -> None:
    seen = np.array([[3.0, 4.0], [3.0, 4.0]])
    found = ensemble._forward.rough(seen, np.array([0.0, 1.0]))
    assert found == pytest.approx([0.0, ROUGHNESS * np.sqrt(12.5)])


def test_calculated_spectra_have_no_such_error() -> None:
    exact = replace(TRAINING, theory_amplitude=0.0, theory_phase=0.0)
    assert roughness(exact) == 0.0
