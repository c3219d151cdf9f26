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
    half_widths,
    head_answers,
    quantities_of,
)
from onne_core.ensemble.card import QUANTITIES, Card, card_from_json
from onne_core.ensemble.domain import Domain, Evidence, judge
from onne_core.ensemble.features import feature_matrix
from onne_core.errors import BundleError
from onne_core.prediction import (
    Band,
    Estimate,
    MeasurementSettings,
    Prediction,
    ShellEstimate,
)
from onne_core.radial import limits_at_minima, moments
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

OUTPUTS = ("coordination", "mean", "std", "shape")
Limits = dict[str, tuple[float, float]]


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

    def answers(self, chi: Float[np.ndarray, "item k"], card: Card) -> Answers:
        """Return the members' answers for spectra on the card's k grid."""
        feed = {"chi": np.ascontiguousarray(chi, dtype=np.float32)}
        results = [session.run(OUTPUTS, feed) for session in self._sessions]
        number, mean, std, shape = (
            np.stack(part).astype(float) for part in zip(*results, strict=True)
        )
        form = (len(self._sessions), len(chi), len(card.heads), len(QUANTITIES))
        return Answers(number, mean.reshape(form), std.reshape(form), shape)


@dataclass(frozen=True, eq=False)
class Ensemble:
    """A loaded bundle that answers for spectra."""

    card: Card
    networks: Networks = field(repr=False)
    calibration: Calibration = field(repr=False)
    domain: Domain = field(repr=False)
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

        ``limits`` maps shell labels to (r_min, r_max) in Å; shells not named get the
        minima of g(r).
        """
        corrected = corrected_spectrum(spectrum, settings, self.card)
        heads = head_answers(self.networks.answers(corrected.chi[None, :], self.card), self.card)
        stds = tuple(
            self._std(i, answer, settings)[None] for i, answer in enumerate(heads)
        )
        pairs = self._bands(heads, stds)
        noise = noise_of(spectrum, k_min=self.card.training.k_min, k_max=self.card.training.k_max)
        features = corrected.chi @ feature_matrix(self.card.training)
        evidence = Evidence(
            spectrum, features, heads, settings, self.fit(spectrum), noise
        )
        training = self.card.training
        return Prediction(
            spectrum=spectrum,
            corrected=corrected,
            settings=settings,
            r=self.card.radial.centres,
            pairs=pairs,
            shells=self._shells(heads, stds, pairs, limits or {}),
            verdict=judge(evidence, self.domain, self.card),
            ensemble_name=self.name,
            ensemble_digest=self.digest,
            members=len(heads[0].members),
            k_min=training.k_min,
            k_max=training.k_max,
            k_weight=training.k_weight,
            noise=noise,
            digest=digest(spectrum.k, spectrum.chi, settings, self.digest, limits or {}),
        )

    def _std(
        self, i: int, answer: HeadAnswer, settings: MeasurementSettings
    ) -> Float[np.ndarray, "3 2"]:
        """Return calibrated standard deviations of N, R, sigma for 68 % and 95 %."""
        std = answer.spread[0][:, None] * self.calibration.quantity[i]
        if not self.card.heads[i].fixed[0]:
            # What the user says of S0^2 beyond what augmentation already covers.
            share = settings.s02_std / settings.s02
            extra = np.sqrt(max(share**2 - self.card.training.amplitude**2, 0.0))
            number = quantities_of(answer.r, answer.g)[0, 0]
            std[0] = np.hypot(std[0], extra * number)
        return std

    def _bands(
        self, heads: tuple[HeadAnswer, ...], stds: tuple[np.ndarray, ...]
    ) -> dict[str, Band]:
        """Return one band per pair: heads add up, half-widths in quadrature."""
        grid = self.card.radial.centres
        bands = {}
        for pair in self.card.pairs:
            mine = [i for i, head in enumerate(self.card.heads) if head.pair == pair]
            g = np.zeros(grid.size)
            squared = np.zeros((2, 2, grid.size))
            members = np.zeros((len(heads[0].members), grid.size))
            for i in mine:
                head, answer = self.card.heads[i], heads[i]
                part = slice(head.first_bin, head.first_bin + head.bins)
                g[part] += answer.g[0]
                members[:, part] += answer.members[:, 0]
                widths = half_widths(answer, stds[i])[0]
                widths = widths * self.calibration.curve[i][:, None, None]
                squared[:, :, part] += widths**2
            (low68, high68), (low95, high95) = np.sqrt(squared)
            bands[pair] = Band(
                g=g,
                lower68=np.clip(g - low68, 0.0, None),
                upper68=g + high68,
                lower95=np.clip(g - np.maximum(low95, low68), 0.0, None),
                upper95=g + np.maximum(high95, high68),
                members=members,
            )
        return bands

    def _shells(
        self,
        heads: tuple[HeadAnswer, ...],
        stds: tuple[np.ndarray, ...],
        pairs: dict[str, Band],
        limits: Limits,
    ) -> tuple[ShellEstimate, ...]:
        automatic = self._automatic_limits(heads, pairs)
        grid = self.card.radial.centres
        shells = []
        for i, head in enumerate(self.card.heads):
            r_min, r_max = limits.get(head.label, automatic[head.label])
            found = moments(grid, pairs[head.pair].g, r_min=r_min, r_max=r_max)
            sigma = np.sqrt(max(found.sigma2, 0.0))
            number_found = found.coordination
            if head.fixed[0] and head.label not in limits:
                # The tail beyond an automatic limit is not a loss of neighbours.
                number_found = head.centre[0]
            values = (number_found, found.distance, found.sigma2, found.c3)
            number, distance, deviation = stds[i][0, :, 0]
            errors = (
                number,
                distance,
                2.0 * sigma * deviation,
                self.calibration.c3[i],
            )
            fixed = (head.fixed[0], head.fixed[1], head.fixed[2], False)
            estimates = [
                Estimate(
                    value=float(values[q]),
                    std=float(errors[q]),
                    fixed=fixed[q],
                    prior=float(self.prior[i, q, 0]),
                    prior_std=float(self.prior[i, q, 1]),
                )
                for q in range(4)
            ]
            shells.append(ShellEstimate(head.label, head.pair, r_min, r_max, *estimates))
        return tuple(shells)

    def _automatic_limits(
        self, heads: tuple[HeadAnswer, ...], pairs: dict[str, Band]
    ) -> Limits:
        found: Limits = {}
        for pair, band in pairs.items():
            mine = [i for i, head in enumerate(self.card.heads) if head.pair == pair]
            centres = tuple(
                float(quantities_of(heads[i].r, heads[i].g)[0, 1]) for i in mine
            )
            for i, limit in zip(
                mine,
                limits_at_minima(self.card.radial.centres, band.g, centres),
                strict=True,
            ):
                found[self.card.heads[i].label] = limit
        return found


def load(bundle: Bundle) -> Ensemble:
    """Return the ensemble in ``bundle`` after checking its reference answers.

    Raises
    ------
    BundleError
        If the card, the statistics or the answers do not fit together.
    """
    card = card_from_json(bundle.card)
    try:
        networks = Networks(bundle.networks)
    except Exception as error:  # noqa: BLE001 - onnxruntime raises many kinds
        raise BundleError(
            f"{bundle.name}: a network cannot be loaded ({error}); import it again."
        ) from error
    arrays = bundle.arrays
    try:
        ensemble = Ensemble(
            card=card,
            networks=networks,
            calibration=Calibration(
                arrays["calibration.quantity"],
                arrays["calibration.curve"],
                arrays["calibration.c3"],
            ),
            domain=Domain(
                arrays["domain.whitening"],
                arrays["domain.thresholds"],
            ),
            paths={
                name.removeprefix("path."): value
                for name, value in arrays.items()
                if name.startswith("path.")
            },
            prior=arrays["prior"],
            digest=bundle.digest,
            name=bundle.name,
        )
        _check_reference(networks, card, bundle.reference)
    except KeyError as error:
        raise BundleError(f"{bundle.name}: {error} is missing; import it again.") from error
    return ensemble


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


def reference_answers(networks: Networks, card: Card, chi: np.ndarray) -> dict[str, np.ndarray]:
    """Return what a bundle keeps of its answers to ``chi`` for the check on load."""
    answers = networks.answers(chi, card)
    return {"chi": chi.astype(np.float32), "shape": answers.shape, "mean": answers.mean}


def _check_reference(
    networks: Networks, card: Card, reference: dict[str, np.ndarray]
) -> None:
    chi = reference["chi"]
    if chi.ndim != 2 or chi.shape[1] != card.k.size:
        raise BundleError("reference_io.npz: the spectra do not fit the card's k grid.")
    answers = networks.answers(chi, card)
    for name, got in (("shape", answers.shape), ("mean", answers.mean)):
        wanted = reference[name]
        if got.shape != wanted.shape or not np.allclose(
            got, wanted, rtol=0.0, atol=TOLERANCE * max(1.0, np.abs(wanted).max())
        ):
            raise BundleError(
                f"reference_io.npz: the networks' {name} differs from the answers "
                "stored with them; the bundle is damaged or this machine miscalculates."
            )


@lru_cache(maxsize=64)
def _cached_fit(ensemble: Ensemble, spectrum: Spectrum) -> Alignment | None:
    path = ensemble.paths.get(ensemble.card.heads[0].label)
    return None if path is None else first_shell_fit(spectrum, ensemble.card, path)
