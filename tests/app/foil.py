"""Ni foil by formulas: a spectrum, g(r), and what is found of them; without Qt.

Processes that tests start import this, and need not wait for windows.
"""

import numpy as np

from onne_core.digest import digest
from onne_core.values.prediction import (
    BackCalculation,
    Band,
    Estimate,
    NearestSpectrum,
    Reason,
    ShellEstimate,
    TrainedShell,
    VerdictName,
    Widening,
)
from onne_core.values.project import KnownDistribution, SpectrumEntry
from onne_core.values.radial import RadialDistribution, RadialGrid, moments
from onne_core.values.spectrum import Spectrum, k_grid
from onne_core.values.summary import Summary

GRID = RadialGrid(1.6, 6.0, 0.02)
NUMBERS = (12.0, 6.0, 24.0, 12.0)
DISTANCES = (2.488, 3.520, 4.318, 4.989)
VARIANCES = (0.0064, 0.0089, 0.0095, 0.0093)
CUTS = (2.10, 3.00, 3.90, 4.68, 5.36)
E0, E0_STD, S02, S02_STD = 5.2, 0.6, 0.86, 0.04
SHELLS = 4


def foil_spectrum(name: str = "Ni foil", *, stretch: float = 1.0) -> Spectrum:
    """Return chi(k) of four shells: the EXAFS equation with smooth amplitudes."""
    k = k_grid(16.0)
    safe = np.clip(k, 0.5, None)
    chi = np.zeros_like(k)
    for number, distance, variance in zip(NUMBERS, DISTANCES, VARIANCES, strict=True):
        r = stretch * distance
        amplitude = 0.9 * number * np.exp(-2.0 * variance * k**2 - 2.0 * r / 9.0)
        chi += amplitude / (safe * r**2) * np.sin(2.0 * k * r - 1.2 + 0.05 * k)
    chi *= 1.0 - np.exp(-((k / 2.5) ** 4))
    chi += 5e-4 * np.random.default_rng(3).standard_normal(k.size)
    return Spectrum(k, chi, name=name, source=f"{name}.chi", e0=8333.0)


def foil_entry(name: str = "Ni foil", *, stretch: float = 1.0) -> SpectrumEntry:
    spectrum = foil_spectrum(name, stretch=stretch)
    source = f"/data/{name.replace(' ', '_')}.chi"
    return SpectrumEntry(name, source, digest(spectrum), spectrum)


def foil_curve(*, stretch: float = 1.0, widen: float = 1.0) -> np.ndarray:
    r = GRID.centres
    g = np.zeros_like(r)
    for number, distance, variance in zip(NUMBERS, DISTANCES, VARIANCES, strict=True):
        scaled = widen * variance
        z = (r - stretch * distance) ** 2 / scaled
        g += number * np.exp(-0.5 * z) / np.sqrt(2.0 * np.pi * scaled)
    return g


def foil_known(pair: str = "Ni-Ni") -> KnownDistribution:
    partials = {pair: foil_curve(stretch=1.001, widen=0.96)}
    return KnownDistribution(
        "/data/truth.gr.csv", RadialDistribution(GRID.centres, partials)
    )


def foil_band() -> Band:
    g = foil_curve()
    width = 0.08 * g + 0.004 * g.max()
    rng = np.random.default_rng(5)
    members = [
        foil_curve(stretch=1.0 + 0.002 * a, widen=1.0 + 0.1 * b)
        for a, b in rng.standard_normal((10, 2))
    ]
    return Band(
        g=g,
        lower68=np.clip(g - width, 0.0, None),
        upper68=g + width,
        lower95=np.clip(g - 2.1 * width, 0.0, None),
        upper95=g + 2.1 * width,
        lower_whole=np.clip(g - 3.0 * width, 0.0, None),
        upper_whole=g + 3.0 * width,
        members=np.array(members),
    )


def foil_shells(limits: dict[str, tuple[float, float]]) -> tuple[ShellEstimate, ...]:
    """Return the shells, their moments taken between the limits."""
    g = foil_curve()
    shells = []
    for i in range(SHELLS):
        label = f"Ni-Ni {i + 1}"
        r_min, r_max = limits.get(label, (CUTS[i], CUTS[i + 1]))
        found = moments(GRID.centres, g, r_min=r_min, r_max=r_max)
        wide = 0.12 + 0.05 * i
        shells.append(
            ShellEstimate(
                label,
                "Ni-Ni",
                r_min,
                r_max,
                Estimate(found.coordination, 0.0, True, NUMBERS[i], 0.0),
                Estimate(found.distance, 0.004 * (i + 1), False, DISTANCES[i], 0.05),
                Estimate(found.sigma2, wide * found.sigma2, False, 0.0092, 0.0055),
                Estimate(found.c3, 2e-4 * (i + 1), False, 0.0, 5e-4),
            )
        )
    return tuple(shells)


REASONS: dict[VerdictName, tuple[Reason, ...]] = {
    "inside": (
        Reason(
            "Distance from the centre of the training spectra 0.61 (limit 2.16).", True
        ),
        Reason("Noise of χ(k) 0.5 × 10⁻³ (trained up to 4 × 10⁻³).", True),
        Reason("R-factor of the first-shell fit of Ni-Ni 1: 0.004 (limit 0.06).", True),
        Reason("Data end at k = 16.0 Å⁻¹; the window ends at 14 Å⁻¹.", True),
        Reason("S0² 0.86 (plausible: 0.55 to 1.15).", True),
    ),
    "borderline": (
        Reason(
            "Ni-Ni 2: R 3.690 Å is at the upper end of its trained range.",
            False,
            Widening("Ni-Ni 2", "distance", 3.34, 3.80, 3.34, 3.70),
        ),
        Reason("Noise of χ(k) 0.5 × 10⁻³ (trained up to 4 × 10⁻³).", True),
    ),
    "outside": (
        Reason(
            "R-factor of the first-shell fit of Ni-Ni 1: 0.740 (limit 0.25).", False
        ),
        Reason(
            "Distance from the centre of the training spectra 4.53 (limit 3.24).", False
        ),
    ),
}


def foil_back(corrected: Spectrum) -> BackCalculation:
    """Return a back-calculation that misses a twelfth of chi, beyond its noise."""
    beyond = 0.08 * np.abs(corrected.chi) * np.sin(9.0 * corrected.k)
    return BackCalculation(
        chi=corrected.chi - beyond,
        std=0.05 * np.abs(corrected.chi),
        error=np.full(corrected.k.size, 1e-3),
        residual=beyond,
        r_factor_k=0.028,
        r_factor_r=0.010,
        misfit=0.6,
        largest=1.3,
        largest_at=4.1,
    )


def foil_nearest() -> tuple[NearestSpectrum, ...]:
    shells = tuple(
        TrainedShell(f"Ni-Ni {i + 1}", NUMBERS[i], DISTANCES[i] + 0.01, VARIANCES[i])
        for i in range(SHELLS)
    )
    return (NearestSpectrum(0.8, shells), NearestSpectrum(0.9, shells))


def foil_summary(entry: SpectrumEntry) -> Summary:
    """Return what a series keeps: expansion and σ² follow the temperature."""
    temperature = entry.conditions.get("temperature", 300.0)
    stretch = 1.0 + 1.3e-5 * (temperature - 300.0)
    widen = temperature / 300.0
    shells = len(NUMBERS)
    values = np.array(
        [
            (number, stretch * distance, widen * variance, 1e-5 * temperature)
            for number, distance, variance in zip(
                NUMBERS, DISTANCES, VARIANCES, strict=True
            )
        ]
    )
    verdict = next((v for v in ("outside", "borderline") if v in entry.name), "inside")
    return Summary(
        digest=digest(entry.name),
        ensemble_name="ni-foil",
        ensemble_digest=digest("ni-foil"),
        verdict=verdict,
        reasons=() if verdict == "inside" else (REASONS[verdict][0].text,),
        e0_shift=E0,
        e0_shift_std=E0_STD,
        s02=S02,
        s02_std=S02_STD,
        pairs=("Ni-Ni",),
        shells=tuple((f"Ni-Ni {i + 1}", "Ni-Ni") for i in range(shells)),
        r=GRID.centres,
        g=foil_curve(stretch=stretch, widen=widen)[None].astype(np.float32),
        values=values,
        stds=np.abs(values) * np.array([0.0, 0.002, 0.1, 0.5]),
        fixed=np.tile([True, False, False, False], (shells, 1)),
        limits=np.array([CUTS[:-1], CUTS[1:]]).T,
    )
