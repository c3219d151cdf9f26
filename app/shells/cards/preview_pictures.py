"""Plots and text of a forward preview, with a measured spectrum over it."""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

import numpy as np

from app.look import wording
from app.plots import titles
from app.shells.plots.band_plot import BandPicture
from onne_core.values.prediction import Prediction
from onne_core.values.preview import Aligned, Preview, aligned, share_inside
from onne_core.values.recipe import Recipe, TrainingRecipe
from onne_core.values.spectrum import (
    R_STEP,
    Spectrum,
    fourier_kernel,
    hanning_window,
    noise_of,
    regridded,
)

R_MAX = 6.0
INSIDE, EDGE = 0.92, 0.75
"""Shares of the measured points within the band from which it is called so."""

Name = Literal["inside", "borderline", "outside"]


@dataclass(frozen=True, eq=False)
class PreviewPictures:
    """chi(k), abs(chi(R)), the verdict on the measurement and its reason."""

    chi: BandPicture = field(repr=False)
    magnitude: BandPicture = field(repr=False)
    verdict: Name | None
    words: str


def pictures_of(
    preview: Preview,
    recipe: Recipe,
    measured: Spectrum | None,
    prediction: Prediction | None,
    *,
    is_old: bool,
) -> PreviewPictures:
    """Return the pictures of ``preview``, with ``measured`` over it.

    E0 and S0^2 are those of the ``prediction`` where there is one of this spectrum,
    else those that fit the band.
    """
    training = recipe.training
    over = _laid_over(preview, training, measured, prediction)
    chi = over.chi if over is not None else None
    power, k = training.k_weight, preview.k
    window = (training.k_min, training.k_max)
    verdict, words = None, _said_alone(preview)
    if over is not None and measured is not None:
        noise = noise_of(measured, k_min=window[0], k_max=_end(measured, window[1]))
        share = share_inside(
            over.chi,
            preview,
            k_min=window[0],
            k_max=_end(measured, window[1]),
            noise=noise / over.s02,
        )
        verdict = "inside" if share >= INSIDE else "borderline"
        verdict = verdict if share >= EDGE else "outside"
        words = _said(preview, over, share, by_fit=prediction is None)
    weight = k**power
    return PreviewPictures(
        chi=BandPicture(
            bottom=titles.K,
            left=titles.chi_of_k(power),
            x=k,
            curves=preview.chi * weight,
            measured=chi * weight if chi is not None else None,
            window=window,
            ends=(0.0, min(float(k[-1]), window[1] + 1.5)),
            sentence=f"k-weighted chi of k. {words}",
            is_old=is_old,
        ),
        magnitude=_magnitude(preview, training, chi, words, is_old=is_old),
        verdict=verdict if not is_old else None,
        words=words,
    )


def _laid_over(
    preview: Preview,
    training: TrainingRecipe,
    measured: Spectrum | None,
    prediction: Prediction | None,
) -> Aligned | None:
    if measured is None:
        return None
    if prediction is not None:
        chi = regridded(prediction.corrected, preview.k).chi
        settings = prediction.settings
        return Aligned(chi, settings.e0_shift, settings.s02)
    return _aligned(
        measured, preview, training.k_min, training.k_max, training.k_weight
    )


@lru_cache(maxsize=32)
def _aligned(
    measured: Spectrum, preview: Preview, k_min: float, k_max: float, power: int
) -> Aligned:
    # Spectra and previews are compared by identity, which is what is wanted here.
    return aligned(measured, preview, k_min=k_min, k_max=k_max, power=power)


def _magnitude(
    preview: Preview,
    training: TrainingRecipe,
    chi: np.ndarray | None,
    words: str,
    *,
    is_old: bool,
) -> BandPicture:
    power, k = training.k_weight, preview.k
    window = hanning_window(
        k, k_min=training.k_min, k_max=training.k_max, taper=training.taper
    )
    r = R_STEP * np.arange(round(R_MAX / R_STEP) + 1)
    kernel = fourier_kernel(k, r) * (window * k**power)[:, None]
    return BandPicture(
        bottom=titles.NO_PHASE_SHIFT,
        left=titles.magnitude_of_r(power),
        x=r,
        curves=np.abs(preview.chi @ kernel),
        measured=np.abs(chi @ kernel) if chi is not None else None,
        window=(training.r_filter[0], min(training.r_filter[1], R_MAX)),
        ends=(0.0, R_MAX),
        sentence=f"Magnitude of chi of R. {words}",
        is_old=is_old,
    )


def _said_alone(preview: Preview) -> str:
    count = len(preview.chi)
    return (
        f"{count} macrostates{_aside(preview)}. Open a spectrum to compare it with "
        "them."
    )


def _said(preview: Preview, over: Aligned, share: float, *, by_fit: bool) -> str:
    how = "fitted to the band" if by_fit else "as in Analysis"
    return (
        f"{100 * share:.0f} % of the measured points in the window lie within the "
        f"extremes of {len(preview.chi)} macrostates{_aside(preview)}. <i>E</i>₀ "
        f"shift {wording.number(over.e0_shift, 1)} eV, <i>S</i>₀² "
        f"{wording.number(over.s02, 2)}, {how}."
    )


def _aside(preview: Preview) -> str:
    reasons = {
        reason: count
        for reason, count in preview.rejected.items()
        if not reason.startswith("macrostate")
    }
    aside = sum(reasons.values())
    if not aside:
        return ""
    worst = max(reasons, key=lambda reason: reasons[reason])
    return (
        f" ({aside} of {preview.clusters} clusters rejected, mostly: "
        f"{wording.sentence(worst)})"
    )


def _end(measured: Spectrum, k_max: float) -> float:
    return min(k_max, float(measured.k[-1]))
