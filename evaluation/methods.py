"""Answers of all methods for one spectrum: joint, networks alone, conventional fit."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from onne_core.errors import OnneError
from onne_core.pipeline.analysis.comparing import compare
from onne_core.posterior.predict import Ensemble
from onne_core.values.conventional import FittedShell, best_fitted
from onne_core.values.prediction import Estimate, MeasurementSettings, Prediction
from onne_core.values.spectrum import Spectrum

JOINT, NETWORKS, FIT = "joint", "networks", "conventional fit"

QUANTITIES = ("coordination_number", "distance", "sigma2")

UNKNOWN = Estimate(float("nan"), float("nan"))


@dataclass(frozen=True)
class Found:
    """What a method finds: N, R (Å), sigma^2 (Å^2) by label; E0 shift (eV), S0^2.

    ``r_factor`` is that in R; the fit's is that of the nearest shell in its own range,
    and the fit has no verdict.
    """

    shells: Mapping[str, Mapping[str, Estimate]]
    e0: Estimate
    s02: Estimate
    r_factor: float
    verdict: str = ""


def predictions_by_method(
    ensemble: Ensemble, spectrum: Spectrum, settings: MeasurementSettings
) -> dict[str, Prediction]:
    """Return the predictions, all with the E0 and S0^2 of ``settings``.

    The joint answer is missing where the ensemble has none.
    """
    alone = replace(settings, method="networks")
    networks = {NETWORKS: ensemble.predict(spectrum, alone)}
    if ensemble.joint is None:
        return networks
    return {JOINT: ensemble.predict(spectrum, settings), **networks}


def found_by_method(
    ensemble: Ensemble, predictions: Mapping[str, Prediction]
) -> dict[str, Found]:
    """Return what ``predictions`` say, and what the conventional fit finds.

    It starts at E0 and S0^2 of the first prediction; a shell is from the fit with the
    fewest shells that contains it. Where it fails it is left out.
    """
    found = {name: _of_prediction(one) for name, one in predictions.items()}
    first, *_ = predictions.values()
    with suppress(OnneError):
        found[FIT] = _of_fit(first, ensemble)
    return found


def fitted_shells(prediction: Prediction, ensemble: Ensemble) -> dict[str, FittedShell]:
    """Return the shells of the conventional fit by label, none where it fails."""
    try:
        shells = best_fitted(compare(prediction, ensemble))
    except OnneError:
        return {}
    return {shell.label: shell for shell in shells}


def _of_prediction(prediction: Prediction) -> Found:
    settings, joint, back = prediction.settings, prediction.joint, prediction.back
    known = settings if joint is None else joint
    return Found(
        shells={
            shell.label: {name: getattr(shell, name) for name in QUANTITIES}
            for shell in prediction.shells
        },
        e0=Estimate(known.e0_shift, known.e0_shift_std),
        s02=Estimate(known.s02, known.s02_std),
        r_factor=float("nan") if back is None else back.r_factor_r,
        verdict=prediction.verdict.name,
    )


def _of_fit(prediction: Prediction, ensemble: Ensemble) -> Found:
    comparison = compare(prediction, ensemble)
    nearest = comparison.analyses.fits[0]
    settings = prediction.settings
    return Found(
        shells={
            shell.label: {name: getattr(shell, name) for name in QUANTITIES}
            for shell in best_fitted(comparison)
        },
        e0=nearest.e0_shift,
        s02=Estimate(settings.s02, settings.s02_std),
        r_factor=nearest.r_factor,
    )
