"""Section: a theory correction learnt on one foil and applied to two others."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from evaluation.figures import Points, deviations
from evaluation.measured import ROWS
from evaluation.methods import predictions_by_method
from evaluation.places import Places
from evaluation.section import Claim, Figure, Part, Section, Table, section
from evaluation.shell_fit import SHELLS, ShellErrors, shell_errors
from onne_core.jobs import Stage, run
from onne_core.pipeline.analysis import correcting
from onne_core.pipeline.analysis.correcting import Correction
from onne_core.pipeline.analysis.standards import (
    StandardRequest,
    known_spectrum,
    learn_standard,
)
from onne_core.standard.fit import KnownSpectrum
from onne_core.standard.standard import Standard
from onne_core.values.prediction import Prediction

LEARNT_ON = "cu_metal_10K.xdi"
LEARNT_ON_LATTICE, LEARNT_AT = "fcc:3.6032", 10.0
"""The standard, its lattice (constant in Å) and temperature (K)."""

ROOM = 295.0

FCC_NEIGHBOURS = (12, 6, 24, 12)
"""Neighbours of the first four shells."""


@dataclass(frozen=True)
class Target:
    """A foil to which the standard is applied, with the goals.

    ``distance`` (Å) and ``sigma2`` (relative, ``None`` where nothing is wanted) are
    root mean squares over the shells.
    """

    foil: str
    absorber: str
    lattice: str
    distance: float
    sigma2: float | None


TARGETS = {
    "Cu foil, another beamline": Target(
        "Cu foil, room temperature", "Cu", "fcc:3.6149", 0.003, 0.06
    ),
    "Ni foil": Target("Ni foil, room temperature", "Ni", "fcc:3.524", 0.005, None),
}

HEAD = (
    *("method", "standard", "R 1-4 off (mÅ)", "the same, scale free (mÅ)"),
    *("rms", "σ² 1-4 off (%)", "rms", "E0 (eV)", "S0²", "unexplained (%)"),
)

TEXT = (
    "The correction is learnt on a Cu foil at 10 K (NSLS X11A) and applied to "
    "foils at room temperature from another beamline (APS 13-ID). The fit shifts "
    "and broadens the shells of the theoretical thermal spectrum to match the "
    "measurement; the ensemble answers as for any user, jointly and by the networks "
    "alone, without and with the standard. Errors are relative to the lattice "
    "distances, including thermal expansion, and to σ² from measured force constants. "
    "Scale free: the common factor of the distances, due to the k scale of the "
    "beamlines, is removed."
)

NOTE = (
    "Unexplained: root of the R-factor of k² chi; for the fit between 1.5 and 5.5 Å, "
    "for back-calculations within the R filter of their card."
)


def standard(places: Places) -> Stage[Section]:
    """Measure both foils without and with the standard."""
    makers: dict[str, Callable[[], Part]] = {
        name: lambda target=target: _applied(places, target)
        for name, target in TARGETS.items()
    }
    return section("standard", "A measured standard", TEXT, makers)


@dataclass(frozen=True, eq=False)
class _Found:
    """Errors of one method: R (Å), σ² (relative) by shell; NaN std for fits."""

    method: str
    with_standard: bool
    distance: np.ndarray
    distance_std: np.ndarray
    sigma2: np.ndarray
    e0_shift: float
    s02: float
    misfit: float

    def relative(self, distances: np.ndarray) -> np.ndarray:
        """Return the errors of R without their common factor."""
        return (
            self.distance
            - self.distance @ distances / (distances @ distances) * distances
        )


def _applied(places: Places, target: Target) -> Part:
    foil = ROWS[target.foil]
    spectrum = places.spectrum(foil.file)
    theory = _theory(target.lattice, ROOM, target.absorber)
    learnt = _learnt(places)
    found = []
    for item in (None, learnt):
        fitted = shell_errors(spectrum, theory, item)
        found.append(_of_fit(fitted, item is not None))
    ensemble = places.ensemble(foil.ensemble)
    corrected = correcting.with_standard(
        spectrum, ensemble, Correction(learnt, Path(LEARNT_ON))
    )
    plain = spectrum, ensemble.settings_for(spectrum)
    answers = {
        (method, is_corrected): prediction
        for asked, is_corrected in ((plain, False), (corrected, True))
        for method, prediction in predictions_by_method(ensemble, *asked).items()
    }
    found += [_of_answer(*key, one, theory) for key, one in answers.items()]
    distances = np.array(theory.distances[:SHELLS])
    return Part(
        tables=(
            Table(
                f"{target.foil}: errors by shell",
                HEAD,
                tuple(_row(item, distances) for item in found),
                NOTE,
            ),
            _bands(target.foil, answers, theory),
        ),
        figures=(_figure(target.foil, found),),
        numbers={
            f"{item.method}, {_said(item)} standard": {
                "distance": item.distance.tolist(),
                "distance_scale_free": item.relative(distances).tolist(),
                "distance_rms_scale_free": _rms(item.relative(distances)),
                "sigma2": item.sigma2.tolist(),
                "sigma2_rms": _rms(item.sigma2),
                "unexplained": item.misfit,
            }
            for item in found
        },
        claims=_claims(target, [x for x in found if x.with_standard], distances),
    )


def _claims(
    target: Target, corrected: list[_Found], distances: np.ndarray
) -> tuple[Claim, ...]:
    """Return what is wanted of every method with the standard."""
    claims = []
    for item in corrected:
        rms = _rms(item.relative(distances))
        limit = 1e3 * target.distance
        wanted = f"{item.method}: R1-R4 within {limit:g} mÅ rms, scale free"
        claims.append(Claim(wanted, f"{1e3 * rms:.1f} mÅ", rms <= target.distance))
        if target.sigma2 is not None:
            wide, share = _rms(item.sigma2), 100 * target.sigma2
            wanted = f"{item.method}: σ² within {share:g} % rms"
            claims.append(Claim(wanted, f"{100 * wide:.1f} %", wide <= target.sigma2))
    return tuple(claims)


@cache
def _theory(lattice: str, temperature: float, absorber: str) -> KnownSpectrum:
    return run(known_spectrum(StandardRequest(lattice, temperature, absorber)))


@cache
def _learnt(places: Places) -> Standard:
    request = StandardRequest(LEARNT_ON_LATTICE, LEARNT_AT, "Cu")
    return run(learn_standard(places.spectrum(LEARNT_ON), request))


def _of_fit(errors: ShellErrors, with_standard: bool) -> _Found:
    return _Found(
        "fit of the shells",
        with_standard,
        errors.distance,
        np.full(SHELLS, np.nan),
        errors.sigma2,
        errors.e0_shift,
        errors.s02,
        errors.misfit,
    )


def _of_answer(
    method: str, with_standard: bool, prediction: Prediction, theory: KnownSpectrum
) -> _Found:
    shells = prediction.shells[:SHELLS]
    known = np.array(theory.sigma2[:SHELLS])
    settings, back = prediction.settings, prediction.back
    return _Found(
        f"{method}, {prediction.ensemble_name}",
        with_standard,
        np.array([s.distance.value for s in shells]) - theory.distances[:SHELLS],
        np.array([s.distance.std for s in shells]),
        np.array([s.sigma2.value for s in shells]) / known - 1.0,
        settings.e0_shift,
        settings.s02,
        float("nan") if back is None else float(np.sqrt(back.r_factor_r)),
    )


def _row(item: _Found, distances: np.ndarray) -> tuple[str, ...]:
    relative = item.relative(distances)
    return (
        item.method,
        _said(item),
        _list(1e3 * item.distance),
        _list(1e3 * relative),
        f"{1e3 * _rms(relative):.1f}",
        _list(100 * item.sigma2),
        f"{100 * _rms(item.sigma2):.0f}",
        f"{item.e0_shift:.1f}",
        f"{item.s02:.3f}",
        "" if np.isnan(item.misfit) else f"{100 * item.misfit:.1f}",
    )


def _bands(
    foil: str, answers: dict[tuple[str, bool], Prediction], theory: KnownSpectrum
) -> Table:
    """Return what the bands claim, and whether they hold the lattice."""
    rows = []
    for (method, with_standard), prediction in answers.items():
        for shell, true_r, true_s2, number in zip(
            prediction.shells,
            theory.distances,
            theory.sigma2,
            FCC_NEIGHBOURS,
            strict=False,
        ):
            n, r, s2 = shell.coordination_number, shell.distance, shell.sigma2
            rows.append(
                (
                    shell.label,
                    method,
                    "with" if with_standard else "without",
                    f"{n.value:.2f} ± {n.std:.2f}",
                    _held(n.value - number, n.std),
                    f"{r.value:.4f} ± {r.std:.4f}",
                    _held(r.value - true_r, r.std),
                    f"{1e3 * s2.value:.2f} ± {1e3 * s2.std:.2f}",
                    _held(s2.value - true_s2, s2.std),
                )
            )
    head = (
        *("shell", "answer", "standard", "CN", "holds", "R (Å)", "holds"),
        *("σ² (10⁻³ Å²)", "holds"),
    )
    note = (
        "Holds: the lattice value lies within one standard deviation (68 %), two "
        "(95 %), or neither (NO)."
    )
    return Table(f"{foil}: bands", head, tuple(rows), note)


def _figure(foil: str, found: list[_Found]) -> Figure:
    labels = tuple(f"shell {i + 1}" for i in range(SHELLS))
    points = {
        f"{item.method}, {_said(item)}": Points(
            labels,
            tuple((1e3 * item.distance).tolist()),
            tuple(np.nan_to_num(1e3 * item.distance_std).tolist()),
        )
        for item in found
    }
    caption = f"{foil}: R minus the lattice distance, without and with the standard."
    return deviations(caption, "R − lattice (mÅ)", points, goal=None)


def _said(item: _Found) -> str:
    return "with" if item.with_standard else "without"


def _held(off: float, std: float) -> str:
    if abs(off) <= std:
        return "68 %"
    return "95 %" if abs(off) <= 2.0 * std else "NO"


def _list(values: np.ndarray) -> str:
    return ", ".join(f"{value:+.1f}".replace("-", "−") for value in values)


def _rms(values: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(values))))
