"""Prediction: from measured chi(k) to g(r) with bands, shells and a verdict."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache

import numpy as np
from jaxtyping import Float

from onne_core.back_calculation.decoder import Decoder
from onne_core.back_calculation.extra_shell import Search, search_of
from onne_core.back_calculation.residual import back_calculations
from onne_core.bundle.bundle import Bundle
from onne_core.bundle.statistics import JointStatistics, statistics_from_arrays
from onne_core.calibration.calibration import (
    Calibration,
    HeadAnswer,
    half_widths,
    head_answers,
    level_scaled,
)
from onne_core.digest import digest
from onne_core.ensemble.card import Card, card_from_json
from onne_core.ensemble.crystal import Crystal, crystal_of
from onne_core.ensemble.features import feature_matrix
from onne_core.errors import BundleError, DefinitionError
from onne_core.first_shell.alignment import (
    Alignment,
    FirstShell,
    automatic_settings,
    first_shell_of,
)
from onne_core.posterior.estimates import (
    Deviations,
    Limits,
    bands_of,
    deviations_of,
    shells_of,
)
from onne_core.posterior.joint.answer import JointAnswers, disagreements
from onne_core.posterior.joint.batch import solved_batch
from onne_core.posterior.joint.curves import Process
from onne_core.posterior.joint.kept import Kept
from onne_core.posterior.joint.model import Forward, forward_of
from onne_core.posterior.joint.settings import (
    as_solved,
    automatic,
    known_e0,
    measured_for,
)
from onne_core.posterior.reading import Readings, readings_of
from onne_core.posterior.sessions import Networks, check_reference
from onne_core.quiet import without_collection
from onne_core.values.prediction import (
    AUTOMATIC_E0_SOURCE,
    BackCalculation,
    Band,
    JointFit,
    MeasurementSettings,
    NearestSpectrum,
    Prediction,
    Sample,
    ShellEstimate,
    Verdict,
)
from onne_core.values.spectrum import Spectrum
from onne_core.verdict.domain import Domain, judge_all, statistics_of
from onne_core.verdict.evidence import Evidence
from onne_core.verdict.nearest import Nearness, nearest_spectra

MOST_FITS = 2048
"""Spectra whose first-shell fit is kept: settings and verdict both ask for it."""

AT_ONCE = 128
"""Spectra that are predicted together; more take memory and save no time."""


Given = tuple[float | None, tuple[float, float] | None]
"""E0 shift (eV), and S0^2 with its standard deviation, where they are given."""

_JOINT = Kept()


@dataclass(frozen=True, eq=False)
class _Answered:
    """A batch answered by one method: spectra as read, answers, factors and limits.

    ``asked`` are the settings before, ``uncertain`` those with what the answers do not
    contain, ``fits`` the joint posteriors, ``None`` for networks alone;
    ``free_numbers`` as in :class:`Evidence`.
    """

    read: Readings
    asked: tuple[MeasurementSettings, ...]
    answers: tuple[HeadAnswer, ...]
    calibration: Calibration
    domain: Domain
    uncertain: tuple[MeasurementSettings, ...]
    fits: tuple[JointFit | None, ...]
    free_numbers: tuple[np.ndarray | None, ...]


@dataclass(frozen=True, eq=False)
class Ensemble:
    """A loaded bundle, ready to predict spectra.

    ``kernel`` turns chi on the card's k grid into features; ``paths`` are the
    single-scattering paths per head label, ``decoder`` turns g(r) back into chi(k)
    where there is one, ``prior`` mean and standard deviation of
    N (1), R (Å), sigma^2 (Å^2), C3 (Å^3) over the training set. ``nearness`` finds the
    nearest training spectra, where the bundle keeps any.
    """

    card: Card
    networks: Networks = field(repr=False)
    calibration: Calibration = field(repr=False)
    domain: Domain = field(repr=False)
    decoder: Decoder | None = field(repr=False)
    kernel: Float[np.ndarray, "k feature"] = field(repr=False)
    paths: dict[str, np.ndarray] = field(repr=False)
    prior: Float[np.ndarray, "head 4 2"] = field(repr=False)
    digest: str
    name: str
    nearness: Nearness | None = field(default=None, repr=False)
    joint: JointStatistics | None = field(default=None, repr=False)

    @cached_property
    def crystal(self) -> Crystal | None:
        """The crystal of the training set, if it was made from one."""
        return crystal_of(self.card)

    @property
    def knows_crystal(self) -> bool:
        """Whether the kind of a sample can be used: :class:`MeasurementSettings`."""
        numbers = self.crystal and self.crystal.numbers
        return self.joint is not None and numbers is not None

    def fit(self, spectrum: Spectrum) -> Alignment | None:
        """Return the first-shell fit of ``spectrum``, ``None`` if impossible."""
        return _cached_fit(self, spectrum)

    def settings_for(
        self,
        spectrum: Spectrum,
        *,
        e0: float | None = None,
        s02: tuple[float, float] | None = None,
        sample: Sample = "unknown",
    ) -> MeasurementSettings:
        """Return E0 shift (eV) and S0^2, determined automatically if not given."""
        (settings,) = self.settings_for_many((spectrum,), ((e0, s02),), (sample,))
        return settings

    def settings_for_many(
        self,
        spectra: Sequence[Spectrum],
        given: Sequence[Given],
        samples: Sequence[Sample] | None = None,
    ) -> tuple[MeasurementSettings, ...]:
        """Return the settings of many spectra, faster than one by one.

        ``given`` are E0 shift (eV) and S0^2 with its standard deviation, or ``None``;
        ``samples`` is what is known of the samples, nothing by default.

        Raises
        ------
        DefinitionError
            If something is known of a sample that this ensemble cannot use.
        """
        samples = samples or ("unknown",) * len(spectra)
        if not self.knows_crystal and set(samples) != {"unknown"}:
            raise DefinitionError(
                f"{self.name}: the kind of the sample is of no use, since this "
                "ensemble has no joint fit or does not know the coordination numbers "
                "of a crystal; choose unknown."
            )
        # A joint posterior finds E0 itself; the fit still knows S0^2 where N is fixed.
        fits = self.joint is None or self.card.first_head.fixed[0]
        found = [
            replace(
                automatic_settings(
                    self.card, self.fit(item) if fits else None, e0=e0, s02=s02
                ),
                sample=sample,
            )
            for item, (e0, s02), sample in zip(spectra, given, samples, strict=True)
        ]
        open_ = [i for i, (e0, _) in enumerate(given) if e0 is None]
        if self.joint is not None and open_:
            own = [replace(found[i], e0_source=AUTOMATIC_E0_SOURCE) for i in open_]
            fitted = self.with_automatic_e0([spectra[i] for i in open_], own)
            for i, settings in zip(open_, fitted, strict=True):
                found[i] = settings
        return tuple(found)

    def with_automatic_e0(
        self, spectra: Sequence[Spectrum], settings: Sequence[MeasurementSettings]
    ) -> list[MeasurementSettings]:
        """Return ``settings`` with the E0 that the joint posterior finds with them.

        Those whose E0 comes from elsewhere stay as they are.
        """
        if self.joint is None:
            return [*settings]
        fits = self._solved(readings_of(spectra, settings, self.card)).fits
        return [
            automatic(known, fit) if known.e0_source == AUTOMATIC_E0_SOURCE else known
            for known, fit in zip(settings, fits, strict=True)
        ]

    def predict(
        self,
        spectrum: Spectrum,
        settings: MeasurementSettings,
        limits: Limits | None = None,
    ) -> Prediction:
        """Return g(r), shells and verdict for ``spectrum``.

        ``limits`` maps shell labels to (r_min, r_max) in Å; shells that it does not
        name get the minima of g(r).
        """
        (prediction,) = self.predict_many((spectrum,), (settings,), limits)
        return prediction

    def predict_many(
        self,
        spectra: Sequence[Spectrum],
        settings: Sequence[MeasurementSettings],
        limits: Limits | None = None,
    ) -> tuple[Prediction, ...]:
        """Return the predictions for many spectra, faster than one by one."""
        with without_collection():
            return tuple(
                prediction
                for part in _parts(settings)
                for prediction in self._predict(
                    spectra[part], settings[part], limits or {}
                )
            )

    def _predict(
        self,
        spectra: Sequence[Spectrum],
        settings: Sequence[MeasurementSettings],
        limits: Limits,
    ) -> Iterator[Prediction]:
        """Yield the predictions of a batch; what costs most is done for all at once."""
        own = self._answered(spectra, settings)
        read, answers, calibration = own.read, own.answers, own.calibration
        deviations = deviations_of(answers, calibration, self.card, own.uncertain)
        widths = tuple(map(half_widths, answers, deviations))
        bands = bands_of(answers, widths, calibration, self.card)
        values = np.stack([answer.quantities for answer in answers], axis=1)
        errors = np.stack([std[..., 0] for std in deviations], axis=1)
        evidence = self._evidence(own, values, deviations)
        shells = shells_of(
            values,
            errors,
            bands,
            calibration,
            self.card,
            prior=self.prior,
            limits=limits,
        )
        verdicts = judge_all(evidence, own.domain, self.card)
        results = zip(evidence, verdicts, bands, shells, strict=True)
        for known, corrected, result in zip(
            settings, read.corrected, results, strict=True
        ):
            prediction = self._prediction(known, corrected, *result, limits)
            assumed = known.sample == "bulk" and self.knows_crystal
            yield _assuming_numbers(prediction) if assumed else prediction

    def _answered(
        self, spectra: Sequence[Spectrum], settings: Sequence[MeasurementSettings]
    ) -> _Answered:
        """Return the answers of the method that ``settings`` all ask for."""
        read = readings_of(spectra, settings, self.card)
        if self.joint is None or settings[0].method == "networks":
            none = (None,) * len(spectra)
            given = tuple(settings)
            return _Answered(
                read,
                given,
                self._networks_alone(read),
                self.calibration,
                self.domain,
                given,
                none,
                none,
            )
        solved = self._solved(read)
        both = zip(settings, solved.fits, strict=True)
        known = tuple(as_solved(*each) for each in both)
        seen = readings_of(spectra, known, self.card)
        calibration = self.joint.calibration
        answers = level_scaled(solved.heads, read.levels, calibration.levels)
        apart = disagreements(
            (answers, calibration), (self._networks_alone(seen), self.calibration)
        )
        return _Answered(
            seen,
            tuple(settings),
            answers,
            calibration,
            self.joint.domain,
            # The uncertainty of S0^2 is in the answers already.
            tuple(replace(each, s02_std=0.0) for each in known),
            tuple(
                replace(fit, disagreement=one)
                for fit, one in zip(solved.fits, apart.tolist(), strict=True)
            ),
            self._free_numbers(read),
        )

    def _free_numbers(self, read: Readings) -> tuple[np.ndarray | None, ...]:
        """Return N and its standard deviation if nothing were known of the samples.

        ``None`` for the spectra of which nothing is.
        """
        found: list[np.ndarray | None] = [None] * len(read.spectra)
        told = [i for i, one in enumerate(read.settings) if one.sample != "unknown"]
        if self.joint is None or not told:
            return tuple(found)
        free = readings_of(
            [read.spectra[i] for i in told],
            [replace(read.settings[i], sample="unknown") for i in told],
            self.card,
        )
        factors = self.joint.calibration
        heads = level_scaled(self._solved(free).heads, free.levels, factors.levels)
        numbers = np.stack([head.quantities[:, 0] for head in heads], axis=1)
        stds = np.stack([head.spread[:, 0] for head in heads], axis=1)
        both = np.stack([numbers, stds * factors.quantity[:, 0, 0]], axis=-1)
        for i, row in zip(told, both, strict=True):
            found[i] = row
        return tuple(found)

    def _networks_alone(self, read: Readings) -> tuple[HeadAnswer, ...]:
        """Return the networks' answers, their spreads scaled to the levels."""
        found = self.networks.answers(read.chi, read.levels, self.card)
        own = head_answers(found, self.card)
        return level_scaled(own, read.levels, self.calibration.levels)

    def _solved(self, read: Readings) -> JointAnswers:
        """Return the joint posterior of the spectra, as far as known from before."""
        keys = [
            (
                self.digest,
                spectrum,
                known_e0(known),
                known.s02,
                known.s02_std,
                known.theory,
                known.sample,
            )
            for spectrum, known in zip(read.spectra, read.settings, strict=True)
        ]
        return _JOINT.answers(
            keys,
            lambda missing: solved_batch(
                self._forward,
                self.networks,
                self.calibration,
                measured_for(read, missing, self.card),
            ),
        )

    def _evidence(
        self,
        own: _Answered,
        values: Float[np.ndarray, "item head 4"],
        deviations: tuple[Deviations, ...],
    ) -> list[Evidence]:
        """Return what every spectrum of a batch is judged by."""
        read, answers = own.read, own.answers
        features = read.chi @ self.kernel
        statistics = statistics_of(features, answers, self.domain.whitening, self.card)
        spreads = np.stack([answer.spread for answer in answers], axis=1)
        backs = self._backs(read, answers, deviations)
        nearest: Sequence[tuple[NearestSpectrum, ...]] = [()] * len(features)
        if self.nearness is not None:
            nearest = nearest_spectra(self.nearness, features, self.card)
        return [
            Evidence(
                spectrum=spectrum,
                statistics=statistics[i],
                values=values[i, :, :3],
                spreads=spreads[i],
                settings=own.asked[i],
                fit=self.fit(spectrum) if own.fits[i] is None else None,
                joint=own.fits[i],
                crystal=self.crystal,
                free_numbers=own.free_numbers[i],
                noise=float(read.noise[i]),
                back=backs[i],
                nearest=nearest[i],
            )
            for i, spectrum in enumerate(read.spectra)
        ]

    def _prediction(
        self,
        settings: MeasurementSettings,
        corrected: Spectrum,
        evidence: Evidence,
        verdict: Verdict,
        pairs: dict[str, Band],
        shells: tuple[ShellEstimate, ...],
        limits: Limits,
    ) -> Prediction:
        """Return the prediction for one spectrum from its bands and evidence."""
        training = self.card.training
        spectrum = evidence.spectrum
        return Prediction(
            spectrum=spectrum,
            corrected=corrected,
            settings=settings,
            r=self.card.radial.centres,
            pairs=pairs,
            shells=shells,
            verdict=verdict,
            ensemble_name=self.name,
            ensemble_digest=self.digest,
            members=self.networks.count,
            k_min=training.k_min,
            k_max=training.k_max,
            k_weight=training.k_weight,
            noise=evidence.noise,
            digest=digest(spectrum.k, spectrum.chi, settings, self.digest, limits),
            back=evidence.back,
            nearest=evidence.nearest,
            joint=evidence.joint,
        )

    def _backs(
        self,
        read: Readings,
        answers: tuple[HeadAnswer, ...],
        deviations: tuple[Deviations, ...],
    ) -> Sequence[BackCalculation | None]:
        """Return the back-calculations, none where the bundle has no decoder."""
        if self.decoder is None:
            return [None] * len(read.spectra)
        return back_calculations(
            self.decoder,
            answers,
            deviations,
            read.chi,
            self.kernel,
            card=self.card,
            noise=read.noise / np.array([known.s02 for known in read.settings]),
            levels=read.levels,
            search=self._search,
        )

    @cached_property
    def _forward(self) -> Forward:
        """The forward model of the joint posterior."""
        assert self.joint is not None  # asked where there is one
        assert self.decoder is not None
        curve = self.joint.curve
        return forward_of(
            self.card,
            self.decoder,
            self._search,
            self.joint.prior,
            self.joint.error,
            None if curve is None else Process(*curve.tolist()),
        )

    @cached_property
    def _search(self) -> Search:
        """What extra shells are looked for with."""
        assert self.decoder is not None  # asked where chi is calculated back
        return search_of(self.decoder, self.kernel, self.card)

    @cached_property
    def _first_shell(self) -> FirstShell | None:
        """The fit of the nearest shell, where one serves."""
        path = self.paths.get(self.card.first_head.label)
        if path is None or self.card.training.for_mixtures:
            return None  # One shell is no model of mixtures.
        return first_shell_of(self.card, path)


def _assuming_numbers(prediction: Prediction) -> Prediction:
    """Return a joint answer whose coordination numbers are said to be assumed."""
    if prediction.joint is None:
        return prediction
    shells = tuple(
        replace(shell, coordination_number=replace(number, assumed=True))
        for shell in prediction.shells
        for number in (shell.coordination_number,)
    )
    return replace(prediction, shells=shells)


def _parts(settings: Sequence[MeasurementSettings]) -> Iterator[slice]:
    """Yield parts of a batch, each of one method and at most AT_ONCE spectra."""
    first = 0
    for end in range(1, len(settings) + 1):
        if (
            end == len(settings)
            or end - first == AT_ONCE
            or settings[end].method != settings[first].method
        ):
            yield slice(first, end)
            first = end


def load(bundle: Bundle) -> Ensemble:
    """Return the ensemble in ``bundle`` after checking its reference answers.

    Raises
    ------
    BundleError
        If the card, the networks, the statistics or the answers do not fit together.
    """
    try:
        return _loaded(bundle)
    except BundleError as error:
        raise BundleError(f"{bundle.name}: {error}") from error


def _loaded(bundle: Bundle) -> Ensemble:
    card = card_from_json(bundle.card)
    networks = Networks(bundle.networks)
    kernel = feature_matrix(card.training)
    statistics = statistics_from_arrays(bundle.arrays, card, features=kernel.shape[1])
    check_reference(networks, card, bundle.reference)
    return Ensemble(
        card=card,
        networks=networks,
        kernel=kernel,
        digest=bundle.digest,
        name=bundle.name,
        **vars(statistics),
    )


@lru_cache(maxsize=MOST_FITS)
def _cached_fit(ensemble: Ensemble, spectrum: Spectrum) -> Alignment | None:
    shell = ensemble._first_shell
    return None if shell is None else shell.fit(spectrum)
