"""Cumulant fit of shells by larch's feffit, from tables of scattering paths.

What most EXAFS analyses do: M. Newville, J. Synchrotron Rad. 8, 322 (2001),
doi:10.1107/S0909049500016964, with the cumulants of G. Bunker, Nucl. Instrum. Methods
207, 437 (1983), doi:10.1016/0167-5087(83)90655-5. Only single scattering is fitted.
larch takes its paths from arrays; no file is written.
"""

from typing import Any

import numpy as np
from jaxtyping import Float

from onne_core.baselines.larch_fit import AT_END, FitSettings, ends_of, larch_fit
from onne_core.baselines.single_scattering import doubt, multiple_scattering_from
from onne_core.errors import FitError
from onne_core.values.conventional import CumulantFit, FittedShell, ShellModel
from onne_core.values.prediction import Estimate
from onne_core.values.spectrum import Spectrum

SHELL_WIDTH = (0.75, 0.1)
"""Range of R below and above a shell's distance over which its misfit is taken, Å:
peaks lie 0.3-0.5 Å too low."""

WORDS = {"amplitude": "N S0²", "distance": "R", "sigma2": "σ²", "c3": "C₃"}
"""The fitted quantities of a shell, and what they are called."""


def fit_shells(
    spectrum: Spectrum, shells: tuple[ShellModel, ...], settings: FitSettings
) -> CumulantFit:
    """Fit N S0^2, R, sigma^2 (and C3) of every shell and a common E0 shift.

    The k window ends where the data do. ``shells`` are in order of distance.

    Raises
    ------
    FitError
        If there are fewer independent data than variables, or no fit is found.
    """
    k_max = min(settings.k_max, float(spectrum.k[-1]) - settings.taper / 2)
    variables = 1 + len(shells) * (4 if settings.c3 else 3)
    _check_extent(spectrum, settings, k_max, variables)
    result = larch_fit(spectrum, shells, settings, k_max)
    return _collected(result, shells, settings, k_max)


def _check_extent(
    spectrum: Spectrum, settings: FitSettings, k_max: float, variables: int
) -> None:
    """Raise FitError unless the data hold more independent points than variables."""
    width = max(0.0, k_max - settings.k_min)
    points = 1.0 + 2.0 * width * (settings.r_max - settings.r_min) / np.pi
    if points <= variables:
        raise FitError(
            f"{spectrum.name or 'spectrum'}: k {settings.k_min:g} to {k_max:g} "
            f"Å^-1 and R {settings.r_min:.1f} to {settings.r_max:.1f} Å give "
            f"{points:.1f} independent points for {variables} variables; measure "
            "to higher k, or fit fewer shells."
        )


def _collected(
    result: Any,
    shells: tuple[ShellModel, ...],
    settings: FitSettings,
    k_max: float,
) -> CumulantFit:
    """Return what larch found as values of our own."""
    names, correlations = _correlations(result, shells)
    misfits = [_misfit(result, shell) for shell in shells]
    first = float(result.params["distance0"].value)
    onset = multiple_scattering_from(first, k_min=settings.k_min, k_max=k_max)
    whole = float(result.rfactor)
    return CumulantFit(
        shells=tuple(
            _fitted(result, i, shell, settings, onset=onset, misfit=misfits[i])
            for i, shell in enumerate(shells)
        ),
        e0_shift=_estimate(result.params["e0"]),
        names=names,
        correlations=correlations,
        chi_square=float(result.chi_square),
        reduced_chi_square=float(result.chi2_reduced),
        r_factor=whole,
        independent_points=float(result.n_independent),
        k_min=settings.k_min,
        k_max=k_max,
        k_weight=settings.k_weight,
        r_min=settings.r_min,
        r_max=settings.r_max,
    )


def _fitted(
    result: Any,
    index: int,
    shell: ShellModel,
    settings: FitSettings,
    *,
    onset: float,
    misfit: float,
) -> FittedShell:
    """Return the quantities of one shell, and whether they can be trusted."""
    found = {name: _estimate(result.params[f"{name}{index}"]) for name in WORDS}
    amplitude, distance = found["amplitude"], found["distance"]
    worst = max(misfit, float(result.rfactor))
    remarks = [
        doubt(distance.value, onset=onset, r_factor=worst),
        *_stuck(shell, found, c3=settings.c3),
    ]
    if distance.value < onset <= settings.r_max:
        remarks.append("fitted together with shells affected by multiple scattering")
    return FittedShell(
        label=shell.label,
        pair=shell.pair,
        amplitude=amplitude,
        coordination_number=_number(amplitude, settings),
        distance=distance,
        sigma2=found["sigma2"],
        c3=found["c3"] if settings.c3 else None,
        r_factor=misfit,
        trusted=not any(remarks),
        remark="; ".join(remark for remark in remarks if remark),
    )


def _stuck(shell: ShellModel, found: dict[str, Estimate], *, c3: bool) -> list[str]:
    """Return what is wrong with a fit's numbers: at an end, or without uncertainty."""
    remarks = []
    for name, (lower, upper) in ends_of(shell).items():
        if name == "c3" and not c3:
            continue
        estimate, words = found[name], WORDS[name]
        margin = AT_END * (upper - lower)
        if not lower + margin < estimate.value < upper - margin:
            remarks.append(f"{words} at the end of its range")
        elif not np.isfinite(estimate.std):
            remarks.append(f"{words} without uncertainty")
    return remarks


def _estimate(parameter: Any) -> Estimate:
    """Return value and standard deviation, infinite where larch found none."""
    std = parameter.stderr
    return Estimate(float(parameter.value), float("inf") if std is None else float(std))


def _number(amplitude: Estimate, settings: FitSettings) -> Estimate:
    """Return N: the amplitude divided by S0^2, with the uncertainties of both."""
    value = amplitude.value / settings.s02
    shares = amplitude.std / amplitude.value, settings.s02_std / settings.s02
    return Estimate(value, value * float(np.hypot(*shares)))


def _misfit(result: Any, shell: ShellModel) -> float:
    """Return the misfit in the R range of ``shell``, as a share of the signal."""
    data, model = result.datasets[0].data, result.datasets[0].model
    below, above = SHELL_WIDTH
    inside = (data.r >= shell.distance - below) & (data.r <= shell.distance + above)
    signal = float(np.sum(np.abs(data.chir[inside]) ** 2))
    left = float(np.sum(np.abs(data.chir[inside] - model.chir[inside]) ** 2))
    return left / signal if signal > 0.0 else float("nan")


def _correlations(
    result: Any,
    shells: tuple[ShellModel, ...],
) -> tuple[tuple[str, ...], Float[np.ndarray, "variable variable"]]:
    """Return the variables' names, in words, and the correlations between them."""
    words = {"e0": "E0 shift"} | {
        f"{name}{i}": f"{word} of {shell.label}"
        for i, shell in enumerate(shells)
        for name, word in WORDS.items()
    }
    names = tuple(words[name] for name in result.var_names)
    if result.covar is None:
        return names, np.full((len(names), len(names)), np.nan)
    deviations = np.sqrt(np.diag(result.covar))
    return names, result.covar / np.outer(deviations, deviations)
