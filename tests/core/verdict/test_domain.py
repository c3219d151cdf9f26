"""The verdict: every check on its own, and thresholds learnt from examples."""

from dataclasses import replace

import numpy as np
import pytest

from onne_core.back_calculation.extra_shell import (
    Uncertainties,
    extra_shells,
    search_of,
)
from onne_core.calibration.calibration import head_answers
from onne_core.ensemble.card import Card
from onne_core.ensemble.crystal import Crystal
from onne_core.ensemble.uncertainty_levels import LEVELS
from onne_core.first_shell.alignment import Alignment
from onne_core.posterior.predict import Ensemble
from onne_core.values.prediction import (
    BackCalculation,
    ExtraShell,
    JointFit,
    MeasurementSettings,
    Verdict,
)
from onne_core.values.spectrum import Spectrum
from onne_core.verdict.domain import (
    BORDERLINE_SHARE,
    OUTSIDE_MARGIN,
    Domain,
    _range_severities,
    domain_of,
    judge_all,
    statistics_of,
)
from onne_core.verdict.evidence import Evidence
from onne_core.verdict.glitches import Glitch, largest_glitches, running_medians
from tests.core import tiny_ensemble

SETTINGS = MeasurementSettings(e0_shift=0.3, s02=0.9)
FIT = Alignment(5.4, 0.2, 2.05, 0.01, 0.005, 0.001, 0.5, 0.3, 0.01)
LEVEL = np.ones((1, len(LEVELS)))
"""A measurement as uncertain as any in training."""

LOOSE = np.array([[50.0, 100.0], [50.0, 100.0]])
"""Thresholds that nothing crosses, so that one check can be looked at alone."""


def evidence_of(tiny: Ensemble, **changes) -> Evidence:
    """Return what is known of a spectrum in the middle of the training set."""
    spectrum = tiny_ensemble.spectrum_of(
        tiny_ensemble.typical(), e0=tiny_ensemble.EDGE_ENERGY + 3.0
    )
    first = round(tiny.card.k[0] / 0.05)
    chi = spectrum.chi[first : first + tiny.card.k.size]
    answers = head_answers(
        tiny.networks.answers(chi[None], LEVEL, tiny.card), tiny.card
    )
    features = (chi @ tiny.kernel)[None]
    evidence = Evidence(
        spectrum=spectrum,
        statistics=statistics_of(features, answers, tiny.domain.whitening, tiny.card)[
            0
        ],
        values=np.array([answer.quantities[0, :3] for answer in answers]),
        spreads=np.array([answer.spread[0] for answer in answers]),
        settings=SETTINGS,
        fit=FIT,
        noise=0.0005,
    )
    return replace(evidence, **changes)


def judge(evidence: Evidence, domain: Domain, card: Card) -> Verdict:
    (verdict,) = judge_all([evidence], domain, card)
    return verdict


def judged(tiny: Ensemble, evidence: Evidence) -> Verdict:
    return judge(evidence, replace(tiny.domain, thresholds=LOOSE), tiny.card)


def failed(verdict: Verdict) -> list[str]:
    return [reason.text for reason in verdict.reasons if not reason.passed]


def shorter(spectrum: Spectrum, last: float) -> Spectrum:
    kept = spectrum.k <= last
    return replace(spectrum, k=spectrum.k[kept].copy(), chi=spectrum.chi[kept].copy())


def test_the_distance_is_that_of_whitened_features(tiny) -> None:
    features = np.random.default_rng(3).normal(size=(2, tiny.kernel.shape[1]))
    chi = tiny_ensemble.spectrum_of(tiny_ensemble.typical(), tiny.card.k).chi
    found = tiny.networks.answers(
        np.array([chi, chi]), np.repeat(LEVEL, 2, 0), tiny.card
    )
    answers = head_answers(found, tiny.card)
    whitening = tiny.domain.whitening
    distance, spread = statistics_of(features, answers, whitening, tiny.card).T
    assert distance**2 == pytest.approx(np.mean((features @ whitening) ** 2, axis=1))
    spreads = [
        np.std([member @ answer.r / member.sum() for member in answer.members[:, 0]])
        / head.scale[1]
        for answer, head in zip(answers, tiny.card.heads, strict=True)
    ]
    assert spread == pytest.approx(np.full(2, max(spreads)), rel=1e-5)


def test_a_typical_spectrum_is_inside_and_every_check_is_told(tiny) -> None:
    verdict = judged(tiny, evidence_of(tiny))
    assert failed(verdict) == []
    assert verdict.name == "inside"
    assert len(verdict.reasons) == 12
    assert 0.0 < verdict.score <= 1.0
    assert all(reason.text.endswith(".") for reason in verdict.reasons)


@pytest.mark.parametrize(
    ("last", "name"), [(12.5, "inside"), (11.5, "borderline"), (9.5, "outside")]
)
def test_data_must_reach_the_end_of_the_window(tiny, last: float, name: str) -> None:
    evidence = evidence_of(tiny)
    evidence = replace(evidence, spectrum=shorter(evidence.spectrum, last))
    verdict = judged(tiny, evidence)
    assert verdict.name == name
    assert ("Data end at" in " ".join(failed(verdict))) == (name != "inside")


@pytest.mark.parametrize(
    ("kept", "name", "words"),
    [
        ((2.5, 12.5), "inside", ""),
        ((0.0, 11.5), "borderline", "Data end at k = 11.5"),
        ((0.0, 9.5), "outside", "Data end at k = 9.5"),
        ((3.5, 12.5), "borderline", "Data start at k = 3.5"),
        ((5.5, 12.5), "outside", "Data start at k = 5.5"),
    ],
)
def test_zeros_filled_in_at_the_ends_are_no_data(tiny, kept, name, words) -> None:
    evidence = evidence_of(tiny)
    spectrum = evidence.spectrum
    measured = (spectrum.k > kept[0] - 0.01) & (spectrum.k < kept[1] + 0.01)
    padded = replace(spectrum, chi=np.where(measured, spectrum.chi + 1e-9, 0.0))
    verdict = judged(tiny, replace(evidence, spectrum=padded))
    assert verdict.name == name
    assert words in " ".join(failed(verdict))


@pytest.mark.parametrize("end", [-20.0, 19.97])
def test_a_fit_at_the_end_of_its_e0_range_is_at_the_edge(tiny, end: float) -> None:
    evidence = evidence_of(
        tiny,
        fit=replace(FIT, e0_shift=end),
        settings=replace(SETTINGS, e0_shift=end),
    )
    verdict = judged(tiny, evidence)
    assert verdict.name == "borderline"
    assert failed(verdict) == [
        f"E0 shift of the first-shell fit {end:.1f} eV (allowed ±20 eV)."
    ]


@pytest.mark.parametrize(
    ("noise", "name"), [(0.0009, "inside"), (0.002, "borderline"), (0.02, "outside")]
)
def test_noise_is_compared_with_the_trained_one(tiny, noise: float, name: str) -> None:
    assert judged(tiny, evidence_of(tiny, noise=noise)).name == name


@pytest.mark.parametrize(
    ("s02", "name"),
    [
        (0.9, "inside"),
        (0.5, "borderline"),
        (1.3, "borderline"),
        (0.3, "outside"),
        (1.5, "outside"),
    ],
)
def test_the_amplitude_must_be_plausible(tiny, s02: float, name: str) -> None:
    evidence = evidence_of(tiny, settings=replace(SETTINGS, s02=s02))
    verdict = judged(tiny, evidence)
    assert verdict.name == name
    if name != "inside":
        assert failed(verdict)[0].startswith(f"S0² {s02:.2f} (plausible: ")


@pytest.mark.parametrize(
    ("shift", "name"), [(1.4, "inside"), (-1.0, "borderline"), (9.0, "outside")]
)
def test_e0_must_agree_with_the_fit(tiny, shift: float, name: str) -> None:
    evidence = evidence_of(tiny, settings=replace(SETTINGS, e0_shift=shift))
    assert judged(tiny, evidence).name == name


@pytest.mark.parametrize(
    ("misfit", "name"), [(0.05, "inside"), (0.1, "borderline"), (0.4, "outside")]
)
def test_the_first_shell_must_be_fitted(tiny, misfit: float, name: str) -> None:
    verdict = judged(tiny, evidence_of(tiny, fit=replace(FIT, r_factor=misfit)))
    assert verdict.name == name
    if name != "inside":
        assert "first-shell fit of Ni-O" in failed(verdict)[0]


@pytest.mark.parametrize(("offset", "name"), [(20.0, "inside"), (650.0, "outside")])
def test_another_edge_is_another_element(tiny, offset: float, name: str) -> None:
    evidence = evidence_of(tiny)
    spectrum = replace(evidence.spectrum, e0=tiny_ensemble.EDGE_ENERGY + offset)
    verdict = judged(tiny, replace(evidence, spectrum=spectrum))
    assert verdict.name == name
    assert any("the Ni K edge is at 8333 eV" in item.text for item in verdict.reasons)


def test_what_is_not_known_is_not_checked(tiny) -> None:
    evidence = evidence_of(tiny)
    spectrum = replace(evidence.spectrum, e0=None)
    verdict = judged(tiny, replace(evidence, spectrum=spectrum, fit=None))
    words = " ".join(reason.text for reason in verdict.reasons)
    assert "first-shell fit" not in words
    assert "edge is at" not in words
    assert verdict.name == "borderline"
    assert [one.split(" (")[0] for one in failed(verdict)] == [
        "Assumed: the absorber is Ni"
    ]
    assert verdict.assumptions == tuple(failed(verdict))


@pytest.mark.parametrize(
    ("e0", "element", "edge", "name"),
    [
        (None, "Ni", "K", "inside"),
        (None, "Cu", "K", "outside"),
        (None, "Ni", "L3", "outside"),
        (8333.0, "Cu", "K", "borderline"),
        (8340.0, "Er", "L3", "outside"),
    ],
)
def test_a_named_absorber_counts(tiny, e0, element, edge, name: str) -> None:
    evidence = evidence_of(tiny)
    spectrum = replace(evidence.spectrum, e0=e0, element=element, edge=edge)
    verdict = judged(tiny, replace(evidence, spectrum=spectrum))
    assert verdict.name == name
    words = " ".join(failed(verdict))
    assert (f"named as {element} {edge}" in words) == (name != "inside")
    assert ("as named" in " ".join(verdict.assumptions)) == (name == "inside")


def test_the_absorber_of_a_calculated_spectrum_is_not_in_doubt(tiny) -> None:
    evidence = evidence_of(tiny)
    spectrum = replace(evidence.spectrum, e0=None)
    calculated = replace(evidence.settings, theory=0.0)
    verdict = judged(tiny, replace(evidence, spectrum=spectrum, settings=calculated))
    assert verdict.name == "inside"
    assert verdict.assumptions == ()


def test_an_answer_at_the_end_of_a_trained_range_is_named(tiny) -> None:
    evidence = evidence_of(tiny)
    farther = evidence.values + np.array([[0.0, 0.12, 0.0]] + 2 * [[0.0] * 3])
    verdict = judged(tiny, replace(evidence, values=farther))
    assert verdict.name == "borderline"
    (text,) = failed(verdict)
    assert text.startswith("Ni-O: R 2.1")
    wanted = float(text.split("widen it to ")[1].split(" ")[0])
    limit = float(text.split("trained range (")[1].split(" ")[0])
    assert wanted > limit
    (widening,) = (reason.widening for reason in verdict.reasons if reason.widening)
    assert (widening.label, widening.quantity) == ("Ni-O", "distance")
    assert widening.upper == pytest.approx(wanted, abs=1e-3)
    assert widening.old_upper == pytest.approx(limit, abs=1e-3)
    assert widening.lower == widening.old_lower


def test_a_fixed_number_of_neighbours_has_no_range_to_leave(tiny) -> None:
    evidence = evidence_of(tiny)
    doubled = evidence.values * np.array([[2.0, 1.0, 1.0]] + 2 * [[1.0] * 3])
    assert judged(tiny, replace(evidence, values=doubled)).name == "inside"


@pytest.mark.parametrize(
    ("factor", "name"), [(0.9, "inside"), (1.1, "borderline"), (2.1, "outside")]
)
def test_the_distance_is_compared_with_what_was_learnt(tiny, factor, name) -> None:
    evidence = evidence_of(tiny)
    distance = evidence.statistics[0]
    thresholds = np.array([[distance / factor, 2.0 * distance / factor], LOOSE[1]])
    verdict = judge(evidence, replace(tiny.domain, thresholds=thresholds), tiny.card)
    assert verdict.name == name
    text = verdict.reasons[0].text if name != "inside" else ""
    assert name == "inside" or text.startswith("Distance from the centre")


LEFT = np.array([[1.5, 3.0], [4.0, 8.0]])
"""Edge and outside of the back-calculation's misfit and of its largest value."""


def left_over(misfit: float, largest: float) -> BackCalculation:
    """Return a back-calculation that leaves so much of the spectrum."""
    nothing = np.zeros(8)
    return BackCalculation(
        chi=nothing,
        std=nothing,
        error=nothing,
        residual=nothing,
        r_factor_k=0.03,
        r_factor_r=0.01,
        misfit=misfit,
        largest=largest,
        largest_at=2.9,
    )


@pytest.mark.parametrize(
    ("misfit", "largest", "name"),
    [
        (1.4, 3.9, "inside"),
        (1.6, 3.9, "borderline"),
        (1.4, 4.1, "borderline"),
        (3.1, 3.9, "outside"),
        (1.4, 8.1, "outside"),
    ],
)
def test_what_g_leaves_of_the_spectrum_is_judged(
    tiny, misfit: float, largest: float, name: str
) -> None:
    evidence = evidence_of(tiny, back=left_over(misfit, largest))
    domain = replace(tiny.domain, thresholds=LOOSE, residual=LEFT)
    verdict = judge(evidence, domain, tiny.card)
    assert verdict.name == name
    assert len(verdict.reasons) == 15
    words = " ".join(failed(verdict))
    assert ("Residual of the back-calculated" in words) == (misfit > 1.5)
    signal = "does not explain the signal at R = 2.9 Å (not phase-corrected)"
    assert (signal in words) == (largest > 4.0)


@pytest.mark.parametrize(
    ("significance", "name"), [(4.9, "inside"), (5.1, "borderline"), (10.1, "outside")]
)
def test_neighbours_that_no_shell_explains_are_named(
    tiny, significance: float, name: str
) -> None:
    extra = ExtraShell(distance=2.52, number=2.1, significance=significance)
    back = replace(left_over(0.5, 0.5), extra=extra)
    limits = np.vstack([LEFT, [5.0, 10.0]])
    domain = replace(tiny.domain, thresholds=LOOSE, residual=limits)
    verdict = judge(evidence_of(tiny, back=back), domain, tiny.card)
    assert verdict.name == name
    words = "About 2.1 extra neighbours at R = 2.5 Å, where no training spectrum"
    assert (words in " ".join(failed(verdict))) == (name != "inside")


def test_the_extra_shell_is_found_where_it_was_put(tiny) -> None:
    search = search_of(tiny.decoder, tiny.kernel, tiny.card)
    sizes = {"noise": 5e-4, "theory": 0.3, "amplitude": 0.02, "e0": 0.5}
    known = Uncertainties(**{name: np.full(2, size) for name, size in sizes.items()})
    k = tiny.card.k
    back = tiny_ensemble.spectrum_of(tiny_ensemble.typical(), k).chi
    added = tiny_ensemble.shell_chi(k, number=2.0, distance=2.5, sigma2=0.008)
    changes = np.zeros((2, 0, k.size))
    left = np.array([added, 0.0 * added])
    found, nothing = extra_shells(
        search, np.array([back, back]), left, changes, known, card=tiny.card
    )
    assert found.distance == pytest.approx(2.5, abs=0.05)
    assert found.number == pytest.approx(2.0, abs=0.2)
    assert found.significance > 6.0
    assert nothing.significance == 0.0


def test_a_glitch_is_named_with_its_k(tiny) -> None:
    noise = 1e-3 * np.random.default_rng(5).standard_normal(tiny_ensemble.K.size)
    typical = tiny_ensemble.spectrum_of(
        tiny_ensemble.typical(), e0=tiny_ensemble.EDGE_ENERGY
    )
    noisy = replace(typical, chi=typical.chi + noise)
    chi = noisy.chi.copy()
    chi[round(7.5 / 0.05)] += 0.03
    spoilt = judged(tiny, evidence_of(tiny, spectrum=replace(noisy, chi=chi)))
    assert spoilt.name == "outside"
    assert failed(spoilt)[0].startswith("Glitch at k = 7.50 Å⁻¹, ")
    assert judged(tiny, evidence_of(tiny, spectrum=noisy)).name == "inside"


def test_foreign_spectra_score_above_inside_ones(tiny) -> None:
    rng = np.random.default_rng(6)
    typical = tiny_ensemble.spectrum_of(tiny_ensemble.typical(), e0=8333.0)
    inside, foreign = [], []
    for _ in range(20):
        chi = typical.chi + 1e-3 * rng.standard_normal(typical.k.size)
        spectrum = replace(typical, chi=chi)
        inside.append(judged(tiny, evidence_of(tiny, spectrum=spectrum)).score)
        chi = chi.copy()
        chi[rng.integers(80, 200)] += 0.05
        foreign.append(
            judged(tiny, evidence_of(tiny, spectrum=replace(typical, chi=chi))).score
        )
    assert np.mean(np.array(foreign)[:, None] > np.array(inside)) >= 0.99


def test_what_no_ensemble_calculated_back_is_not_judged(tiny) -> None:
    back = left_over(100.0, 100.0)
    domain = replace(tiny.domain, thresholds=LOOSE, residual=None)
    assert judge(evidence_of(tiny, back=back), domain, tiny.card).name == "inside"
    domain = replace(domain, residual=LEFT)
    assert judge(evidence_of(tiny, back=None), domain, tiny.card).name == "inside"


def test_residual_thresholds_are_quantiles_of_the_examples(tiny) -> None:
    count = 400
    features = np.zeros((count, tiny.domain.whitening.shape[0]))
    chi = np.zeros((count, tiny.card.k.size))
    answers = head_answers(
        tiny.networks.answers(chi, np.repeat(LEVEL, count, axis=0), tiny.card),
        tiny.card,
    )
    residual = np.abs(np.random.default_rng(1).normal(size=(count, 2)))
    domain = domain_of(
        features, answers, tiny.domain.whitening, tiny.card, residual=residual
    )
    assert domain.residual is not None
    beyond = residual > domain.residual[:, 0]
    assert np.mean(beyond.any(axis=1)) == pytest.approx(1 - BORDERLINE_SHARE, abs=0.01)
    half = 0.5 * (1 - BORDERLINE_SHARE)
    assert np.mean(beyond, axis=0) == pytest.approx(half, abs=0.01)
    assert np.all(domain.residual[:, 1] > domain.residual[:, 0])


def test_glitches_of_many_spectra_are_those_of_each_alone(tiny) -> None:
    rng = np.random.default_rng(8)
    k = tiny_ensemble.K
    spectra = [
        Spectrum(k[first:last].copy(), 1e-3 * rng.normal(size=last - first))
        for first, last in ((0, k.size), (0, 200), (90, 260), (0, 200), (0, 9))
    ]
    spectra[1].chi.flags.writeable = True
    spectra[1].chi[120] += 0.05
    limits = {"k_min": 3.0, "k_max": 12.0, "trained_noise": 1e-3}
    together = largest_glitches(spectra, **limits)
    for found, spectrum in zip(together, spectra, strict=True):
        (alone,) = largest_glitches([spectrum], **limits)
        assert found.k == alone.k
        assert found.size == pytest.approx(alone.size)
    assert together[1].k == pytest.approx(k[120])
    assert together[1].size > 20.0
    assert together[4] == Glitch(3.0, 0.0)


def test_a_value_within_the_ranges_matters_only_near_an_end(tiny) -> None:
    """Most of a range is as good as its middle."""
    values = np.array([[head.centre for head in tiny.card.heads]])
    head = tiny.card.heads[1]
    middle, half = (
        0.5 * (head.highest[1] + head.lowest[1]),
        0.5 * (head.highest[1] - head.lowest[1]),
    )
    spreads = np.full_like(values, 0.1 * half)
    found = []
    for share in (0.0, 0.7, 0.85, 0.95, 1.2):
        values[0, 1, 1] = middle + share * half
        found.append(_range_severities(values, spreads, tiny.card)[0, 1, 1])
    assert found[:2] == [0.0, 0.0]
    assert 0.0 < found[2] < 1.0 < found[3] < found[4] <= 2.0
    fixed = np.array([head.fixed for head in tiny.card.heads])
    assert np.all(_range_severities(values + 9.0, spreads, tiny.card)[0, fixed] == 0.0)


def test_the_worst_check_decides_and_comes_first(tiny) -> None:
    evidence = evidence_of(tiny, noise=0.002, settings=replace(SETTINGS, s02=0.3))
    verdict = judged(tiny, evidence)
    assert verdict.name == "outside"
    assert [text[:5] for text in failed(verdict)] == ["S0² 0", "Noise"]
    assert [reason.passed for reason in verdict.reasons[:2]] == [False, False]
    assert all(reason.passed for reason in verdict.reasons[2:])


def test_thresholds_are_quantiles_of_the_examples(tiny) -> None:
    rng = np.random.default_rng(0)
    count, features = 400, tiny.domain.whitening.shape[0]
    examples = rng.normal(size=(count, features))
    chi = examples @ np.linalg.pinv(tiny.kernel)
    answers = head_answers(
        tiny.networks.answers(chi, np.repeat(LEVEL, count, axis=0), tiny.card),
        tiny.card,
    )
    domain = domain_of(examples, answers, tiny.domain.whitening, tiny.card)
    assert isinstance(domain, Domain)
    found = statistics_of(examples, answers, domain.whitening, tiny.card)
    edges, outside = domain.thresholds.T
    share = np.mean((found > edges).any(axis=1))
    assert share == pytest.approx(1 - BORDERLINE_SHARE, abs=0.01)
    assert np.all(outside >= OUTSIDE_MARGIN * edges)
    assert np.all(np.mean(found > outside / OUTSIDE_MARGIN, axis=0) <= 0.01)


def test_running_medians_are_those_of_the_mirrored_windows():
    values = np.random.default_rng(3).normal(size=(3, 90)).round(1)
    around = np.pad(values, ((0, 0), (10, 10)), mode="symmetric")
    windows = np.lib.stride_tricks.sliding_window_view(around, 21, axis=1)
    np.testing.assert_array_equal(
        running_medians(values, 21), np.median(windows, axis=-1)
    )


@pytest.mark.parametrize(
    ("structure", "theory", "name"),
    [
        (9.0, 1.0, "inside"),
        (11.0, 1.0, "borderline"),
        (25.0, 1.0, "outside"),
        (11.0, 0.0, "inside"),
        (14.0, 0.0, "borderline"),
    ],
)
def test_shells_that_do_not_belong_together_are_named(
    tiny, structure: float, theory: float, name: str
) -> None:
    joint = JointFit(
        e0_shift=SETTINGS.e0_shift,
        e0_shift_std=0.4,
        s02=0.9,
        s02_std=0.05,
        correlation=np.eye(14),
        shifts=np.arange(3.0),
        evidence=np.ones(3),
        structure=structure,
    )
    known = replace(SETTINGS, theory=theory)
    evidence = evidence_of(tiny, joint=joint, crystal=Crystal("fcc"), settings=known)
    limits = np.array([[13.0, 30.0], [10.0, 24.0]])
    domain = replace(tiny.domain, thresholds=LOOSE, structure=limits)
    verdict = judge(evidence, domain, tiny.card)
    assert verdict.name == name
    words = " ".join(failed(verdict))
    assert ("the structure may not be fcc" in words) == (name != "inside")
    assert verdict.assumptions == (
        "Assumed: the structure is fcc, as in training. CN and R of Ni-Ni 1, Ni-Ni 2 "
        "depend on it.",
    )


def test_networks_that_explain_nothing_are_outside(tiny) -> None:
    half = replace(left_over(0.5, 0.5), r_factor_r=0.6)
    verdict = judged(tiny, evidence_of(tiny, back=half))
    assert verdict.name == "outside"
    assert "R-factor of the back-calculated χ(R): 0.600 (limit 0.5)." in failed(verdict)
