"""Prediction: shapes, units and signs, with networks that were never trained."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from onne_core.bundle.bundle import Bundle, read_bundle
from onne_core.bundle.onnx_reader import network_from
from onne_core.bundle.onnx_writer import member_to_onnx
from onne_core.calibration.calibration import head_answers
from onne_core.ensemble.member import Member
from onne_core.ensemble.outputs import output_sizes
from onne_core.ensemble.uncertainty_levels import LEVELS, levels_of
from onne_core.errors import BundleError
from onne_core.pipeline.analysis.analysis import summaries
from onne_core.posterior import predict
from onne_core.posterior.predict import Ensemble, load
from onne_core.values.prediction import MeasurementSettings, Prediction
from onne_core.values.radial import moments
from onne_core.values.spectrum import HBAR2_OVER_2M, Spectrum, noise_of
from tests.core import tiny_ensemble

THEORY = MeasurementSettings(e0_shift=0.0, s02=1.0, s02_std=0.0)
STEP = tiny_ensemble.RADIAL.step


@pytest.fixture(scope="module")
def spectrum() -> Spectrum:
    return tiny_ensemble.spectrum_of(tiny_ensemble.typical(), e0=8335.0, name="foil")


@pytest.fixture(scope="module")
def prediction(tiny: Ensemble, spectrum: Spectrum) -> Prediction:
    return tiny.predict(spectrum, THEORY)


@pytest.fixture(scope="module")
def bundle(tiny_folder) -> Bundle:
    return read_bundle(tiny_folder)


def test_a_prediction_is_on_the_grid_of_the_card(tiny, spectrum, prediction) -> None:
    assert np.array_equal(prediction.r, tiny_ensemble.RADIAL.centres)
    assert list(prediction.pairs) == ["Ni-O", "Ni-Ni"]
    for band in prediction.pairs.values():
        assert band.g.shape == prediction.r.shape
        assert band.members.shape == (2, prediction.r.size)
        assert band.members.mean(axis=0) == pytest.approx(band.g)
    assert prediction.spectrum is spectrum
    assert np.array_equal(prediction.corrected.k, tiny.card.k)
    assert (prediction.k_min, prediction.k_max, prediction.k_weight) == (3.0, 12.0, 2)
    assert (prediction.ensemble_name, prediction.members) == ("tiny", 2)
    assert prediction.ensemble_digest == tiny.digest


def test_the_integral_of_g_is_the_number_of_neighbours(tiny, prediction) -> None:
    chi = prediction.corrected.chi[None]
    levels = levels_of(THEORY, prediction.noise, tiny.card.training)[None]
    answers = tiny.networks.answers(chi, levels, tiny.card)
    number = answers.number[:, 0].mean(axis=0)
    oxygen, nickel = (band.g.sum() * STEP for band in prediction.pairs.values())
    assert oxygen == pytest.approx(6.0, rel=1e-5)
    assert nickel == pytest.approx(number[1] + number[2], rel=1e-5)


def test_bands_are_ordered_and_nowhere_negative(prediction) -> None:
    for band in prediction.pairs.values():
        assert np.all(band.lower95 >= 0.0)
        assert np.all(band.lower95 <= band.lower68)
        assert np.all(band.lower68 <= band.g)
        assert np.all(band.g <= band.upper68)
        assert np.all(band.upper68 <= band.upper95)
        assert np.any(band.lower95 < band.lower68)
        assert np.any(band.upper95 > band.upper68)


def test_shells_are_moments_of_g_within_their_limits(prediction) -> None:
    assert [shell.label for shell in prediction.shells] == [
        head.label for head in tiny_ensemble.HEADS
    ]
    for shell in prediction.shells[1:]:
        g = prediction.pairs[shell.pair].g
        found = moments(prediction.r, g, r_min=shell.r_min, r_max=shell.r_max)
        assert shell.coordination_number.value == found.coordination
        assert shell.distance.value == found.distance
        assert shell.sigma2.value == found.sigma2
        assert shell.c3.value == found.c3
        assert min(e.std for e in (shell.distance, shell.sigma2, shell.c3)) > 0.0


def test_shells_of_a_pair_meet_at_the_minimum_between_them(prediction) -> None:
    oxygen, first, second = prediction.shells
    assert first.r_max == second.r_min
    g, r = prediction.pairs["Ni-Ni"].g, prediction.r
    between = (r > first.distance.value) & (r < second.distance.value)
    assert g[np.argmin(np.abs(r - first.r_max))] == pytest.approx(
        g[between].min(), abs=1e-6
    )
    assert oxygen.r_min < oxygen.distance.value < oxygen.r_max


def test_limits_are_taken_where_given(tiny, spectrum, prediction) -> None:
    limits = {"Ni-Ni 1": (2.8, 3.1), "Ni-O": (2.0, 2.1), "of another ensemble": (1, 2)}
    oxygen, first, second = tiny.predict(spectrum, THEORY, limits).shells
    assert (first.r_min, first.r_max) == (2.8, 3.1)
    found = moments(prediction.r, prediction.pairs["Ni-Ni"].g, r_min=2.8, r_max=3.1)
    assert first.coordination_number.value == found.coordination
    assert second == prediction.shells[2]
    # Between limits of the user's own, neighbours are counted, fixed or not.
    assert 1.0 < oxygen.coordination_number.value < 5.0


def test_a_fixed_number_is_marked_and_shown_whole(tiny_set, prediction) -> None:
    oxygen, first, _ = prediction.shells
    number = oxygen.coordination_number
    assert (number.value, number.std, number.fixed) == (6.0, 0.0, True)
    assert not oxygen.distance.fixed
    assert not first.coordination_number.fixed
    assert first.coordination_number.std > 0.0


def test_estimates_carry_the_prior_of_the_training_set(tiny_set, prediction) -> None:
    for i, shell in enumerate(prediction.shells):
        estimates = (shell.coordination_number, shell.distance, shell.sigma2, shell.c3)
        for q, estimate in enumerate(estimates):
            values = tiny_set.pairs.moments[:, i, q]
            assert estimate.prior == pytest.approx(values.mean())
            assert estimate.prior_std == pytest.approx(values.std())


def test_e0_and_s02_bring_a_measurement_to_the_theory(tiny, spectrum) -> None:
    shift, s02 = 3.0, 0.8
    k = tiny_ensemble.K[20:]
    true_k = np.sqrt(k**2 - shift / HBAR2_OVER_2M)
    chi = s02 * tiny_ensemble.spectrum_of(tiny_ensemble.typical(), true_k).chi
    measured = Spectrum(k.copy(), chi, e0=8330.0)
    right = MeasurementSettings(e0_shift=shift, s02=s02, s02_std=s02 * THEORY.s02_std)
    corrected = tiny_ensemble.corrected_spectrum(measured, right, tiny.card)
    theory = tiny_ensemble.corrected_spectrum(spectrum, THEORY, tiny.card)
    assert corrected.chi == pytest.approx(theory.chi, abs=1e-4)
    assert corrected.e0 == 8333.0
    wrong = MeasurementSettings(e0_shift=-shift, s02=s02)
    away = tiny_ensemble.corrected_spectrum(measured, wrong, tiny.card)
    assert np.abs(away.chi - theory.chi).max() > 0.1
    answer = tiny.predict(measured, right).pairs["Ni-Ni"].g
    assert answer == pytest.approx(
        tiny.predict(spectrum, THEORY).pairs["Ni-Ni"].g, rel=1e-3, abs=1e-3
    )


def test_beyond_the_data_chi_is_zero(tiny, spectrum) -> None:
    kept = spectrum.k <= 10.0
    short = Spectrum(spectrum.k[kept].copy(), spectrum.chi[kept].copy())
    corrected = tiny_ensemble.corrected_spectrum(short, THEORY, tiny.card)
    assert np.all(corrected.chi[tiny.card.k > 10.01] == 0.0)
    assert tiny.predict(short, THEORY).verdict.name != "inside"


def test_the_uncertainty_of_s02_is_that_of_the_number(tiny, spectrum) -> None:
    trained = tiny.card.training.amplitude
    usual = replace(THEORY, s02_std=trained)
    known = tiny.predict(spectrum, usual).shells[1].coordination_number
    vague = tiny.predict(spectrum, replace(THEORY, s02_std=0.2)).shells[1]
    share = np.sqrt(0.2**2 - trained**2)
    whole = quantity_of(tiny, spectrum, usual)
    expected = np.hypot(known.std, share * whole)
    assert vague.coordination_number.std == pytest.approx(expected, rel=1e-6)
    fixed = tiny.predict(spectrum, replace(THEORY, s02_std=0.2)).shells[0]
    assert fixed.coordination_number.std == 0.0


def test_the_networks_are_told_how_uncertain_a_measurement_is(tiny, spectrum) -> None:
    simulated = replace(THEORY, theory=0.0)
    answers = [tiny.predict(spectrum, each) for each in (THEORY, simulated)]
    first, second = (answer.shells[1].distance.std for answer in answers)
    assert first != pytest.approx(second, rel=1e-3)


def test_an_uncertain_k_scale_is_one_of_all_distances(tiny, spectrum) -> None:
    sure = tiny.predict(spectrum, THEORY).shells
    unsure = tiny.predict(spectrum, replace(THEORY, scale_std=0.01)).shells
    for known, vague, head in zip(sure, unsure, tiny.card.heads, strict=True):
        expected = np.hypot(known.distance.std, 0.01 * head.centre[1])
        assert vague.distance.std == pytest.approx(expected)


def quantity_of(
    tiny: Ensemble, spectrum: Spectrum, settings: MeasurementSettings
) -> float:
    """Return N of the second head, tails included."""
    chi = tiny_ensemble.corrected_spectrum(spectrum, settings, tiny.card).chi[None]
    noise = noise_of(spectrum, k_min=3.0, k_max=12.0)
    levels = levels_of(settings, noise, tiny.card.training)[None]
    return float(tiny.networks.answers(chi, levels, tiny.card).number[:, 0, 1].mean())


def test_noise_is_that_of_the_spectrum(tiny, spectrum, prediction) -> None:
    assert prediction.noise < 1e-5
    found = []
    for seed in range(4):
        error = 2e-3 * np.random.default_rng(seed).normal(size=spectrum.k.size)
        noisy = replace(spectrum, chi=spectrum.chi + error)
        found.append(tiny.predict(noisy, THEORY).noise)
    # The range above 15 Å that it is read from holds some 30 independent points.
    assert np.mean(found) == pytest.approx(2e-3, rel=0.25)


def test_the_digest_is_that_of_the_question(tiny, spectrum, prediction) -> None:
    copy = Spectrum(spectrum.k.copy(), spectrum.chi.copy(), name="another name")
    assert tiny.predict(copy, THEORY).digest == prediction.digest
    others = [
        tiny.predict(spectrum, replace(THEORY, e0_shift=0.1)).digest,
        tiny.predict(spectrum, THEORY, {"Ni-O": (1.8, 2.3)}).digest,
        tiny.predict(replace(copy, chi=1.001 * copy.chi), THEORY).digest,
    ]
    assert len({prediction.digest, *others}) == 4


def test_predictions_repeat_to_the_last_bit(tiny, spectrum, prediction) -> None:
    again = tiny.predict(spectrum, THEORY)
    assert again.shells == prediction.shells
    assert again.verdict == prediction.verdict
    for pair, band in prediction.pairs.items():
        assert np.array_equal(again.pairs[pair].upper95, band.upper95)


def test_spectra_are_answered_alike_alone_and_together(tiny, tiny_set) -> None:
    chi = tiny_set.pairs.chi[:5, 40 : 40 + tiny.card.k.size]
    levels = np.full((5, len(LEVELS)), 0.5)
    together = tiny.networks.answers(chi, levels, tiny.card)
    alone = [tiny.networks.answers(row[None], levels[:1], tiny.card) for row in chi]
    numbers = np.concatenate([answer.number for answer in alone], axis=1)
    assert together.number == pytest.approx(numbers, abs=1e-5)
    assert np.ptp(numbers[:, :, 1], axis=1).min() > 0.01


def test_settings_are_found_where_they_are_not_given(tiny, spectrum) -> None:
    found = tiny.settings_for(spectrum)
    assert found.e0_source == "first-shell fit"
    assert found.e0_shift == pytest.approx(0.0, abs=1.0)
    assert found.s02 == pytest.approx(1.0, abs=0.1)
    given = tiny.settings_for(spectrum, e0=1.5, s02=(0.9, 0.02))
    assert (given.e0_shift, given.s02, given.s02_std) == (1.5, 0.9, 0.02)


def other_arrays(bundle: Bundle, name: str, value: np.ndarray | None) -> Bundle:
    arrays = {key: item for key, item in bundle.arrays.items() if key != name}
    return replace(bundle, arrays=arrays if value is None else arrays | {name: value})


def test_a_bundle_loads_as_it_is(bundle: Bundle, tiny: Ensemble) -> None:
    ensemble = load(bundle)
    assert ensemble.digest == tiny.digest
    assert set(ensemble.paths) == {head.label for head in tiny_ensemble.HEADS}


def test_a_swapped_network_is_refused(bundle: Bundle, tiny_set, tmp_path) -> None:
    strange = replace(tiny_ensemble.TRAINING, seed=99)
    other = tiny_ensemble.write_untrained(tmp_path / "other", tiny_set, strange)
    swapped = replace(bundle, networks=(bundle.networks[0], other.networks[0]))
    with pytest.raises(BundleError, match=r"^tiny: reference_io.npz: .* differs"):
        load(swapped)
    with pytest.raises(BundleError, match="differs"):
        load(replace(bundle, networks=bundle.networks[::-1]))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("prior", None),
        ("calibration.curve", None),
        ("calibration.quantity", np.ones((2, 3, 2))),
        ("domain.whitening", np.ones((7, 3))),
        ("domain.thresholds", np.ones(4)),
        ("path.Ni-O", np.ones((5, 100))),
    ],
)
def test_statistics_must_fit_the_card(bundle: Bundle, name, value) -> None:
    with pytest.raises(BundleError, match=r"^tiny: statistics.npz"):
        load(other_arrays(bundle, name, value))


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("domain.thresholds", lambda limits: limits[:, ::-1]),
        ("decoder.thresholds", lambda limits: -limits),
        ("calibration.quantity", lambda factors: -factors),
        ("calibration.curve", lambda factors: factors + np.nan),
        ("prior", lambda prior: prior + np.inf),
    ],
)
def test_statistics_must_mean_something(bundle: Bundle, name, change) -> None:
    with pytest.raises(BundleError, match=r"^tiny: statistics.npz"):
        load(other_arrays(bundle, name, change(bundle.arrays[name])))


def test_answers_must_be_stored_with_the_bundle(bundle: Bundle) -> None:
    reference = {name: bundle.reference[name] for name in ("chi", "level")}
    with pytest.raises(BundleError, match="shape of the networks differs"):
        load(replace(bundle, reference=reference))
    fewer = {**bundle.reference, "mean": bundle.reference["mean"][:1]}
    with pytest.raises(BundleError, match="mean of the networks differs"):
        load(replace(bundle, reference=fewer))


@pytest.mark.parametrize("part", [0, 2], ids=["N", "spread"])
def test_networks_must_answer_with_finite_numbers(bundle: Bundle, tiny, part) -> None:
    """Weights so large that only N or the spreads, which are not stored, overflow."""
    matrix, read = network_from(bundle.networks[0], tiny.card)
    start = sum(output_sizes(tiny.card.heads)[:part])
    weight = read.layers[-1][0].copy()
    weight[:, start + 1] = np.finfo(np.float32).max
    content = member_to_onnx(
        Member((*read.layers[:-1], (weight, read.layers[-1][1])), ()),
        input_matrix=matrix,
        heads=tiny.card.heads,
        training=tiny.card.training,
        r=tiny.card.radial.centres,
    )
    with pytest.raises(BundleError, match="a network gives NaN or infinite values"):
        load(replace(bundle, networks=(content, *bundle.networks[1:])))


def test_a_prediction_carries_its_back_calculation(tiny, spectrum, prediction) -> None:
    back, corrected = prediction.back, prediction.corrected
    assert back is not None
    assert back.chi.shape == corrected.k.shape
    assert np.array_equal(back.residual, corrected.chi - back.chi)
    levels = levels_of(THEORY, prediction.noise, tiny.card.training)[None]
    answers = tiny.networks.answers(corrected.chi[None], levels, tiny.card)
    densities = tuple(answer.g for answer in head_answers(answers, tiny.card))
    assert back.chi == pytest.approx(tiny.decoder.chi(densities)[0])
    older = replace(tiny, decoder=None)
    assert older.predict(spectrum, THEORY).back is None


def test_the_residual_is_told_in_the_verdict(tiny, prediction) -> None:
    words = " ".join(reason.text for reason in prediction.verdict.reasons)
    assert "Residual of the back-calculated χ(k)" in words
    older = replace(tiny, decoder=None).predict(prediction.spectrum, THEORY)
    words = " ".join(reason.text for reason in older.verdict.reasons)
    assert "Residual of" not in words


def test_s02_scales_both_the_spectrum_and_what_is_left(tiny, spectrum) -> None:
    """Half the signal with half the S0^2 is the same corrected spectrum."""
    half = replace(spectrum, chi=0.5 * spectrum.chi)
    found = tiny.predict(half, replace(THEORY, s02=0.5)).back
    wanted = tiny.predict(spectrum, THEORY).back
    assert found.chi == pytest.approx(wanted.chi, rel=1e-5, abs=1e-6)
    assert found.r_factor_k == pytest.approx(wanted.r_factor_k, rel=1e-4)


def test_many_predictions_are_those_of_one_after_the_other(tiny, spectrum) -> None:
    rng = np.random.default_rng(6)
    spectra = [
        replace(spectrum, chi=spectrum.chi + 1e-3 * rng.normal(size=spectrum.k.size))
        for _ in range(5)
    ]
    settings = [replace(THEORY, e0_shift=shift) for shift in (-2.0, 0.0, 0.3, 1.0, 2.0)]
    limits = {"Ni-O": (1.7, 2.5)}
    together = tiny.predict_many(spectra, settings, limits)
    assert len(together) == len(spectra)
    for found, item, known in zip(together, spectra, settings, strict=True):
        alone = tiny.predict(item, known, limits)
        assert found.spectrum is item
        assert found.digest == alone.digest
        assert found.verdict.name == alone.verdict.name
        for pair, band in alone.pairs.items():
            for name in ("g", "members", "lower68", "upper95", "upper_whole"):
                np.testing.assert_allclose(
                    getattr(found.pairs[pair], name),
                    getattr(band, name),
                    rtol=1e-5,
                    atol=1e-5 * band.g.max(),
                )
        for shell, one in zip(found.shells, alone.shells, strict=True):
            assert shell.distance.value == pytest.approx(one.distance.value, abs=1e-5)
            assert shell.distance.std == pytest.approx(one.distance.std, rel=1e-4)


def test_more_spectra_than_a_batch_come_in_their_order(
    tiny, spectrum, monkeypatch
) -> None:
    monkeypatch.setattr(predict, "AT_ONCE", 2)
    spectra = [replace(spectrum, chi=spectrum.chi * (1.0 + 0.01 * i)) for i in range(5)]
    found = tiny.predict_many(spectra, [THEORY] * 5)
    assert [item.spectrum for item in found] == spectra
    assert tiny.predict_many([], []) == ()


def test_a_refused_batch_is_answered_one_by_one(tiny, spectrum, monkeypatch) -> None:
    whole = Ensemble.predict_many

    def predict_many(self, spectra, settings, limits=None):
        if any(one.name == "bad" for one in spectra):
            raise BundleError("no")
        return whole(self, spectra, settings, limits)

    monkeypatch.setattr(Ensemble, "predict_many", predict_many)
    bad = replace(spectrum, name="bad")
    good, refused = summaries([spectrum, bad], tiny, [THEORY] * 2)
    assert refused == "no"
    assert not isinstance(good, str)
    assert good.verdict == tiny.predict(spectrum, THEORY).verdict.name


def test_the_analysis_is_imported_without_the_slow_parts_of_scipy() -> None:
    slow = ("scipy.stats", "scipy.signal", "scipy.ndimage")
    script = (
        "import sys, onne_core.pipeline.analysis.analysis\n"
        f"sys.exit(', '.join(m for m in {slow!r} if m in sys.modules) or 0)"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], check=False, capture_output=True
    )
    assert run.returncode == 0, run.stderr
