"""Pipeline: conventional analyses of a predicted spectrum, for comparison."""

from dataclasses import replace

import numpy as np

from onne_core.baselines.cumulant_fit import fit_shells
from onne_core.baselines.inversion import InversionSettings, inverted
from onne_core.baselines.larch_fit import FitSettings
from onne_core.ensemble.card import HeadCard
from onne_core.errors import BundleError, FitError
from onne_core.posterior.predict import Ensemble
from onne_core.values.conventional import (
    Analyses,
    Comparison,
    CumulantFit,
    InvertedDistribution,
    ShellModel,
)
from onne_core.values.prediction import Prediction

BELOW_R, ABOVE_R = 0.85, 0.15
"""Range of R below and above the trained distances, Å: peaks lie 0.3-0.5 Å too low."""

SMALLEST_R = 1.0
"""Start of the range of R, Å: residual background lies below."""

BEYOND_R = 0.1
"""Farthest that a fitted distance may leave the trained ones, Å."""

APART = 0.2
"""Shells whose trained distances are nearer than this are fitted together, Å."""


def compare(prediction: Prediction, ensemble: Ensemble) -> Comparison:
    """Return the conventional analyses of the spectrum of ``prediction``.

    Two cumulant fits: the nearest shell with C3, and all shells without, where C3
    would follow the multiple scattering that is missing. Both start at
    the E0 shift of the prediction and find their own. The inversion takes its E0 shift
    and S0^2 as they are, and the same limits of shells. What cannot be made says so in
    the remarks; the first fit must succeed.

    Raises
    ------
    BundleError
        If the ensemble carries no path of a shell, or a damaged one.
    FitError
        If the data do not suffice for the nearest shell.
    """
    models = shell_models(ensemble)
    group = _nearest(models)
    fits, remarks = _fit_nearest(prediction, ensemble, group)
    remarks += _about_s02(prediction, fits[0])
    if len(group) < len(models):
        settings = _settings(prediction, ensemble, models)
        try:
            fits.append(fit_shells(prediction.spectrum, models, settings))
        except FitError as error:
            remarks.append(f"No fit of all shells: {error}")
    inversion = None
    try:
        inversion = _inverted(prediction, ensemble, models)
    except FitError as error:
        remarks.append(f"No inversion: {error}")
    analyses = Analyses(tuple(fits), inversion, tuple(remarks))
    return Comparison(prediction, analyses)


def _fit_nearest(
    prediction: Prediction, ensemble: Ensemble, group: tuple[ShellModel, ...]
) -> tuple[list[CumulantFit], list[str]]:
    """Return the fit of the nearest shell, with C3 where the data suffice for it."""
    settings = _settings(prediction, ensemble, group)
    try:
        with_c3 = replace(settings, c3=True)
        return [fit_shells(prediction.spectrum, group, with_c3)], []
    except FitError as error:
        plain = [fit_shells(prediction.spectrum, group, settings)]
        return plain, [f"C₃ was not fitted: {error}"]


def _about_s02(prediction: Prediction, fit: CumulantFit) -> list[str]:
    """Return S0^2 where the networks' N of the nearest shell is an assumption."""
    remarks = []
    for shell in fit.shells:
        (known,) = (
            item.coordination_number
            for item in prediction.shells
            if item.label == shell.label
        )
        if known.fixed:
            s02 = shell.amplitude.value / known.value
            std = shell.amplitude.std / known.value
            remarks.append(
                f"With N = {known.value:g} the fit of {shell.label} gives S0² = "
                f"{s02:.3f} ± {std:.3f}; the CN in the table are for S0² = "
                f"{prediction.settings.s02:.3f} ({prediction.settings.s02_source})."
            )
    return remarks


def shell_models(ensemble: Ensemble) -> tuple[ShellModel, ...]:
    """Return the fit models of the shells of ``ensemble``, in order of distance.

    Raises
    ------
    BundleError
        If it carries no scattering path of a shell.
    """
    heads = ensemble.card.heads
    missing = [head.label for head in heads if head.label not in ensemble.paths]
    if missing:
        raise BundleError(
            f"{ensemble.name} has no scattering path of {', '.join(missing)}; to "
            "compare with fits, train it on a set made from shells, not from "
            "structures."
        )
    models = [_model(head, ensemble.paths[head.label]) for head in heads]
    return tuple(sorted(models, key=lambda model: model.distance))


def _model(head: HeadCard, path: np.ndarray) -> ShellModel:
    number, distance, deviation = head.centre
    return ShellModel(
        label=head.label,
        pair=head.pair,
        path=path,
        number=number,
        distance=distance,
        sigma2=deviation**2,
        nearest=head.lowest[1] - BEYOND_R,
        farthest=head.highest[1] + BEYOND_R,
    )


def _nearest(models: tuple[ShellModel, ...]) -> tuple[ShellModel, ...]:
    """Return the nearest shell, and those that no range of R tells from it."""
    group = [models[0]]
    for model in models[1:]:
        end = max(item.farthest for item in group) - 2.0 * BEYOND_R
        if model.nearest < end + APART:
            group.append(model)
    return tuple(group)


def _settings(
    prediction: Prediction, ensemble: Ensemble, shells: tuple[ShellModel, ...]
) -> FitSettings:
    """Return the networks' window, and the range of R of ``shells``."""
    training = ensemble.card.training
    first = min(shell.nearest for shell in shells) + BEYOND_R - BELOW_R
    last = max(shell.farthest for shell in shells) - BEYOND_R + ABOVE_R
    return FitSettings(
        k_min=training.k_min,
        k_max=training.k_max,
        k_weight=training.k_weight,
        taper=training.taper,
        r_min=max(SMALLEST_R, first),
        r_max=last,
        s02=prediction.settings.s02,
        s02_std=prediction.settings.s02_std,
        e0_start=prediction.settings.e0_shift,
        noise=prediction.noise,
    )


def _inverted(
    prediction: Prediction, ensemble: Ensemble, models: tuple[ShellModel, ...]
) -> InvertedDistribution:
    """Return g(r) from the corrected spectrum that the networks saw."""
    training, corrected = ensemble.card.training, prediction.corrected
    above = corrected.k > 0.0
    settings = InversionSettings(
        k_min=training.k_min,
        k_max=training.k_max,
        k_weight=training.k_weight,
        taper=training.taper,
        r_filter=training.r_filter,
        radial=ensemble.card.radial,
        noise=prediction.noise / prediction.settings.s02,
    )
    return inverted(
        corrected.k[above],
        corrected.chi[above],
        models,
        settings,
        limits={shell.label: (shell.r_min, shell.r_max) for shell in prediction.shells},
    )
