"""Prediction with onnxruntime (its only importer): from measured chi(k) to g(r)."""

from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
import onnxruntime
from jaxtyping import Float

from onne_core.digest import digest
from onne_core.ensemble.alignment import Alignment, automatic_settings, first_shell_fit
from onne_core.ensemble.bundle import Bundle
from onne_core.ensemble.calibration import (
    Answers,
    Calibration,
    HeadAnswer,
    head_answers,
)
from onne_core.ensemble.card import QUANTITIES, Card, card_from_json
from onne_core.ensemble.decoder import Decoder
from onne_core.ensemble.domain import Domain, Evidence, judge
from onne_core.ensemble.estimates import (
    Deviations,
    Limits,
    bands_of,
    deviations_of,
    shells_of,
)
from onne_core.ensemble.features import feature_matrix
from onne_core.ensemble.residual import back_calculation
from onne_core.ensemble.statistics import statistics_from_arrays
from onne_core.errors import BundleError
from onne_core.prediction import BackCalculation, MeasurementSettings, Prediction
from onne_core.spectrum import (
    K_STEP,
    Spectrum,
    e0_shifted,
    k_grid,
    noise_of,
    regridded,
)

TOLERANCE = 2e-4
"""Largest deviation of the reference answers on load, relative to the largest value."""


class Networks:
    """The members' sessions, one thread each."""

    def __init__(self, files: tuple[bytes, ...]) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._sessions = [
            onnxruntime.InferenceSession(
                content, options, providers=["CPUExecutionProvider"]
            )
            for content in files
        ]

    def fit(self, card: Card) -> bool:
        """Whether every network takes and gives what ``card`` says."""
        points, wanted = [card.k.size], {k: [n] for k, n in _widths(card).items()}
        return all(
            [item.shape[1:] for item in session.get_inputs()] == [points]
            and {item.name: item.shape[1:] for item in session.get_outputs()} == wanted
            for session in self._sessions
        )

    def answers(self, chi: Float[np.ndarray, "item k"], card: Card) -> Answers:
        """Return the members' answers for spectra on the card's k grid."""
        feed = {"chi": np.ascontiguousarray(chi, dtype=np.float32)}
        results = [session.run(list(_widths(card)), feed) for session in self._sessions]
        number, mean, std, shape = (
            np.stack(part).astype(float) for part in zip(*results, strict=True)
        )
        form = (len(self._sessions), len(chi), len(card.heads), len(QUANTITIES))
        return Answers(number, mean.reshape(form), std.reshape(form), shape)


@dataclass(frozen=True, eq=False)
class Ensemble:
    """A loaded bundle that answers for spectra.

    ``kernel`` turns chi on the card's k grid into features; ``paths`` are the
    single-scattering paths per head label, ``decoder`` turns g(r) back into chi(k)
    where there is one, ``prior`` mean and standard deviation of
    N (1), R (Å), sigma^2 (Å^2), C3 (Å^3) over the training set.
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

    def fit(self, spectrum: Spectrum) -> Alignment | None:
        """Return the first-shell fit of ``spectrum``, ``None`` without a path."""
        return _cached_fit(self, spectrum)

    def settings_for(
        self,
        spectrum: Spectrum,
        *,
        e0: float | None = None,
        s02: tuple[float, float] | None = None,
    ) -> MeasurementSettings:
        """Return E0 shift (eV) and S0^2, found automatically where not given."""
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
        card, training, limits = self.card, self.card.training, limits or {}
        corrected = corrected_spectrum(spectrum, settings, card)
        answers = head_answers(self.networks.answers(corrected.chi[None], card), card)
        deviations = deviations_of(answers, self.calibration, card, settings)
        pairs = bands_of(answers, deviations, self.calibration, card)
        shells = shells_of(
            answers,
            deviations,
            pairs,
            self.calibration,
            card,
            prior=self.prior,
            limits=limits,
        )
        noise = noise_of(spectrum, k_min=training.k_min, k_max=training.k_max)
        back = self._back(corrected, answers, deviations, noise / settings.s02)
        evidence = Evidence(
            spectrum=spectrum,
            features=corrected.chi @ self.kernel,
            answers=answers,
            settings=settings,
            fit=self.fit(spectrum),
            noise=noise,
            back=back,
        )
        return Prediction(
            spectrum=spectrum,
            corrected=corrected,
            settings=settings,
            r=card.radial.centres,
            pairs=pairs,
            shells=shells,
            verdict=judge(evidence, self.domain, card),
            ensemble_name=self.name,
            ensemble_digest=self.digest,
            members=len(answers[0].members),
            k_min=training.k_min,
            k_max=training.k_max,
            k_weight=training.k_weight,
            noise=noise,
            digest=digest(spectrum.k, spectrum.chi, settings, self.digest, limits),
            back=back,
        )

    def _back(
        self,
        corrected: Spectrum,
        answers: tuple[HeadAnswer, ...],
        deviations: tuple[Deviations, ...],
        noise: float,
    ) -> BackCalculation | None:
        """Return the back-calculation; ``noise`` is that of ``corrected``."""
        if self.decoder is None:
            return None
        return back_calculation(
            self.decoder,
            answers,
            deviations,
            corrected,
            self.kernel,
            card=self.card,
            noise=noise,
        )


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
    networks = _networks(bundle.networks, card)
    kernel = feature_matrix(card.training)
    statistics = statistics_from_arrays(bundle.arrays, card, features=kernel.shape[1])
    _check_reference(networks, card, bundle.reference)
    return Ensemble(
        card=card,
        networks=networks,
        calibration=statistics.calibration,
        domain=statistics.domain,
        decoder=statistics.decoder,
        kernel=kernel,
        paths=statistics.paths,
        prior=statistics.prior,
        digest=bundle.digest,
        name=bundle.name,
    )


def corrected_spectrum(
    spectrum: Spectrum, settings: MeasurementSettings, card: Card
) -> Spectrum:
    """Return chi on the card's k grid after the E0 shift and division by S0^2."""
    grid = k_grid(max(float(spectrum.k[-1]), float(card.k[-1])) + 1.0)
    shifted = e0_shifted(grid, regridded(spectrum, grid).chi, settings.e0_shift)
    first = round(card.k[0] / K_STEP)
    return replace(
        spectrum,
        k=card.k,
        chi=shifted[first : first + card.k.size] / settings.s02,
        e0=None if spectrum.e0 is None else spectrum.e0 + settings.e0_shift,
    )


def reference_answers(
    networks: Networks, card: Card, chi: Float[np.ndarray, "item k"]
) -> dict[str, np.ndarray]:
    """Return what a bundle keeps of its answers to ``chi`` for the check on load."""
    answers = networks.answers(chi, card)
    return {"chi": chi.astype(np.float32), "shape": answers.shape, "mean": answers.mean}


def _widths(card: Card) -> dict[str, int]:
    """Return the outputs of a network with their widths, in the order of Answers."""
    heads = len(card.heads)
    return {
        "coordination": heads,
        "mean": heads * len(QUANTITIES),
        "std": heads * len(QUANTITIES),
        "shape": sum(head.bins for head in card.heads),
    }


def _networks(files: tuple[bytes, ...], card: Card) -> Networks:
    try:
        networks = Networks(files)
    except Exception as error:
        # onnxruntime raises many kinds, none of which says more than its text.
        raise BundleError(
            f"a network cannot be loaded ({error}); import the ensemble again."
        ) from error
    if not networks.fit(card):
        raise BundleError(
            "the networks are not those that the card describes; "
            "import the ensemble again."
        )
    return networks


def _check_reference(
    networks: Networks, card: Card, reference: dict[str, np.ndarray]
) -> None:
    """Refuse networks that do not answer as they did when they were stored."""
    chi = reference["chi"]
    answers = networks.answers(chi, card)
    for name, got in (("shape", answers.shape), ("mean", answers.mean)):
        wanted = reference.get(name, np.empty(0))
        if got.shape != wanted.shape or not np.allclose(
            got, wanted, rtol=0.0, atol=TOLERANCE * max(1.0, np.abs(wanted).max())
        ):
            raise BundleError(
                f"reference_io.npz: the networks' {name} differs from the answers "
                "stored with them; the bundle is damaged or this machine miscalculates."
            )


@lru_cache(maxsize=64)
def _cached_fit(ensemble: Ensemble, spectrum: Spectrum) -> Alignment | None:
    path = ensemble.paths.get(ensemble.card.first_head.label)
    return None if path is None else first_shell_fit(spectrum, ensemble.card, path)
