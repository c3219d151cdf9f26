"""Prediction: from measured chi(k) to g(r) with bands, shells and a verdict."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np
from jaxtyping import Float

from onne_core.back_calculation.decoder import Decoder
from onne_core.back_calculation.extra_shell import Search, search_of
from onne_core.back_calculation.residual import back_calculations
from onne_core.bundle.bundle import Bundle
from onne_core.bundle.statistics import statistics_from_arrays
from onne_core.calibration.calibration import (
    Calibration,
    HeadAnswer,
    half_widths,
    head_answers,
    level_scaled,
)
from onne_core.digest import digest
from onne_core.ensemble.card import Card, card_from_json
from onne_core.ensemble.features import feature_matrix
from onne_core.errors import BundleError
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
from onne_core.posterior.reading import Readings, readings_of
from onne_core.posterior.sessions import Networks, check_reference
from onne_core.quiet import without_collection
from onne_core.values.prediction import (
    BackCalculation,
    Band,
    MeasurementSettings,
    NearestSpectrum,
    Prediction,
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

    def fit(self, spectrum: Spectrum) -> Alignment | None:
        """Return the first-shell fit of ``spectrum``, ``None`` if impossible."""
        return _cached_fit(self, spectrum)

    def settings_for(
        self,
        spectrum: Spectrum,
        *,
        e0: float | None = None,
        s02: tuple[float, float] | None = None,
    ) -> MeasurementSettings:
        """Return E0 shift (eV) and S0^2, determined automatically if not given."""
        return automatic_settings(self.card, self.fit(spectrum), e0=e0, s02=s02)

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
        chunks = [
            slice(first, first + AT_ONCE) for first in range(0, len(spectra), AT_ONCE)
        ]
        with without_collection():
            return tuple(
                prediction
                for part in chunks
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
        read = readings_of(spectra, settings, self.card)
        found = self.networks.answers(read.chi, read.levels, self.card)
        own = head_answers(found, self.card)
        answers = level_scaled(own, read.levels, self.calibration.levels)
        deviations = deviations_of(answers, self.calibration, self.card, settings)
        widths = tuple(map(half_widths, answers, deviations))
        bands = bands_of(answers, widths, self.calibration, self.card)
        values = np.stack([answer.quantities for answer in answers], axis=1)
        errors = np.stack([std[..., 0] for std in deviations], axis=1)
        evidence = self._evidence(read, answers, values, deviations)
        shells = shells_of(
            values,
            errors,
            bands,
            self.calibration,
            self.card,
            prior=self.prior,
            limits=limits,
        )
        verdicts = judge_all(evidence, self.domain, self.card)
        for each in zip(read.corrected, evidence, verdicts, bands, shells, strict=True):
            yield self._prediction(*each, limits)

    def _evidence(
        self,
        read: Readings,
        answers: tuple[HeadAnswer, ...],
        values: Float[np.ndarray, "item head 4"],
        deviations: tuple[Deviations, ...],
    ) -> list[Evidence]:
        """Return what every spectrum of a batch is judged by."""
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
                settings=read.settings[i],
                fit=self.fit(spectrum),
                noise=float(read.noise[i]),
                back=backs[i],
                nearest=nearest[i],
            )
            for i, spectrum in enumerate(read.spectra)
        ]

    def _prediction(
        self,
        corrected: Spectrum,
        evidence: Evidence,
        verdict: Verdict,
        pairs: dict[str, Band],
        shells: tuple[ShellEstimate, ...],
        limits: Limits,
    ) -> Prediction:
        """Return the prediction for one spectrum from its bands and evidence."""
        training = self.card.training
        spectrum, settings = evidence.spectrum, evidence.settings
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
