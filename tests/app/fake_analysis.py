"""Stages of the Analysis tab without larch, FEFF or networks."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from app.work.analysis_stages import LearnRequest
from onne_core.errors import FormatError
from onne_core.jobs import Progress
from onne_core.values.conventional import (
    Analyses,
    Comparison,
    CumulantFit,
    FittedShell,
    InvertedDistribution,
    InvertedShell,
)
from onne_core.values.prediction import Estimate, Prediction, ShellEstimate
from onne_core.values.project import AppliedStandard, Reduction, SpectrumEntry
from onne_core.values.spectrum import Absorption, ReductionSettings

DOUBT = "multiple scattering along straight rows is missing"


def compare(prediction: Prediction, _ensemble: Path):
    yield Progress(0, 1, "Fitting")
    return comparison_of(prediction)


def comparison_of(prediction: Prediction) -> Comparison:
    first, *_ = prediction.shells
    analyses = Analyses(
        (_fit((first,), 0.0021), _fit(prediction.shells, 0.013)),
        _inversion(prediction),
        ("With N = 12 the fit of Ni-Ni 1 gives S0² = 0.861 ± 0.041.",),
    )
    return Comparison(prediction, analyses)


def _fit(shells: tuple[ShellEstimate, ...], r_factor: float) -> CumulantFit:
    fitted = tuple(_fitted(shell, with_c3=len(shells) == 1) for shell in shells)
    names = ("E0", "R", "sigma2")
    return CumulantFit(
        shells=fitted,
        e0_shift=Estimate(5.4, 0.5),
        names=names,
        correlations=np.array([[1.0, 0.86, 0.1], [0.86, 1.0, 0.2], [0.1, 0.2, 1.0]]),
        chi_square=210.0,
        reduced_chi_square=14.0,
        r_factor=r_factor,
        independent_points=18.0,
        k_min=3.0,
        k_max=14.0,
        k_weight=2,
        r_min=1.4,
        r_max=5.0,
    )


def _fitted(shell: ShellEstimate, *, with_c3: bool) -> FittedShell:
    number = shell.coordination_number.value
    return FittedShell(
        label=shell.label,
        pair=shell.pair,
        amplitude=Estimate(0.86 * number, 0.5),
        coordination_number=Estimate(number, 0.6),
        distance=Estimate(shell.distance.value + 0.003, 0.004),
        sigma2=Estimate(1.05 * shell.sigma2.value, 4e-4),
        c3=Estimate(1e-4, 5e-5) if with_c3 else None,
        r_factor=0.004,
        trusted=not shell.label.endswith("4"),
        remark=DOUBT if shell.label.endswith("4") else "",
    )


def _inversion(prediction: Prediction) -> InvertedDistribution:
    r = np.linspace(1.6, 6.0, 221)
    partials = {
        pair: 0.7 * np.interp(r - 0.01, prediction.r, band.g)
        for pair, band in prediction.pairs.items()
    }
    shells = tuple(
        InvertedShell(
            shell.label,
            shell.pair,
            shell.r_min,
            shell.r_max,
            1.1 * shell.coordination_number.value,
            shell.distance.value + 0.01,
            1.4 * shell.sigma2.value,
            0.0,
            trusted=True,
        )
        for shell in prediction.shells
    )
    return InvertedDistribution(r, partials, shells, 0.02, 8e-4, 0.006, True)


STANDARD = AppliedStandard(
    source="/data/cu.standard.json",
    title="Cu foil: Cu K in fcc:3.6149, 10 K",
    text=json.dumps({"format": "onne-standard"}),
    own_scale=1.001,
)


def read_standard(path: str):
    yield Progress(0, 1, "Reading")
    if not Path(path).is_file():
        raise FormatError(f"{path}: no such file. Learn it again: onne standard.")
    return replace(STANDARD, source=path)


def learn_standard(request: LearnRequest):
    yield Progress(0, 1, "Scattering")
    title = f"{request.absorber} {request.edge} in {request.structure}, "
    return replace(
        STANDARD, source=request.out, title=f"{title}{request.temperature:g} K"
    )


def absorption() -> Absorption:
    energy = np.linspace(8200.0, 9300.0, 400)
    return Absorption(energy, 1.0 / (1.0 + np.exp(8333.0 - energy)), "Ni", "K")


def with_reduction(entry: SpectrumEntry) -> SpectrumEntry:
    settings = ReductionSettings(e0=8333.0)
    reduction = Reduction(absorption(), settings, entry.spectrum, settings)
    return replace(entry, reduction=reduction)


def reduce_again(reduction: Reduction, settings: ReductionSettings):
    """Scale chi(k) by rbkg, so that it tells which settings made it."""
    yield Progress(0, 1, "Reducing")
    if settings.rbkg > 2.5:
        raise FormatError("foil.xmu: chi(k) is larger than 5; lower rbkg.")
    imported = reduction.imported
    chi = settings.rbkg * imported.chi
    spectrum = replace(imported, k=imported.k.copy(), chi=chi, e0=settings.e0)
    return spectrum, replace(reduction, settings=settings)
