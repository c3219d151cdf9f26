"""Section: measured spectra of metals and a hydroxide, compared with larch's fits."""

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt

import numpy as np

from evaluation.figures import Points, deviations, distributions
from evaluation.places import Places
from evaluation.section import Claim, Figure, Part, Section, Table, section
from onne_core.jobs import Stage
from onne_core.pipeline.analysis.comparing import compare
from onne_core.results import conventional_report
from onne_core.values.conventional import Comparison
from onne_core.values.prediction import Estimate, Prediction

FCC_NEIGHBOURS = (12, 6, 24, 12)
"""Neighbours of the first four shells; their distances are a sqrt(n / 2)."""

NETWORKS = "networks"


@dataclass(frozen=True)
class Foil:
    """A measured metal: its ensemble, its file, its lattice constant (Å)."""

    ensemble: str
    file: str
    lattice_constant: float

    @property
    def distances(self) -> tuple[float, ...]:
        """Distances of the first four shells of the lattice, Å."""
        return tuple(
            self.lattice_constant * sqrt(n / 2)
            for n in range(1, len(FCC_NEIGHBOURS) + 1)
        )


FOILS = {
    "Ni foil, room temperature": Foil("ni-foil", "Ni_metal_rt_01.xdi", 3.524),
    "Cu foil, room temperature": Foil("cu-foil", "cu_metal_rt.xdi", 3.615),
    "Cu foil, 10 K": Foil("cu-foil", "cu_metal_10K.xdi", 3.603),
}
"""Lattice constants: Ni 3.524 Å and Cu 3.615 Å at room temperature (Kittel,
Introduction to Solid State Physics: 3.52, 3.61); Cu at 10 K is 0.33 % shorter (thermal
expansion after Touloukian, Thermophysical Properties of Matter 12, 1975)."""

NEAR, FARTHER = (2.487, 2.495), 0.02
"""Wanted of the Ni foil: R of shell 1, and how far others are from the lattice, Å."""

NEAR_SIGMA2, NEAR_NUMBER = (0.0055, 0.0075), (10.8, 13.2)
"""Wanted of its shell 1: σ² (Å²) and CN."""

FOREIGN = ("ni-foil", "NiOH2_rt_01.xdi")

DISTANCE_HEAD = (
    *("shell", "method", "lattice (Å)", "R (Å)", "off (mÅ)"),
    *("in 68 %", "in 95 %"),
)

TEXT = (
    "E0 and S0² are determined automatically, as for any user's file. Lattice "
    "distances are those of the static crystal; mean distances of the vibrating "
    "crystal are some mÅ longer at room temperature."
)


def measured(places: Places) -> Stage[Section]:
    """Measure the foils, and a compound outside the training range of all ensembles."""
    makers: dict[str, Callable[[], Part]] = {
        name: lambda name=name, foil=foil: _foil(places, name, foil)
        for name, foil in FOILS.items()
    }
    makers["Ni(OH)₂"] = lambda: _foreign(places)
    return section("measured", "Measured spectra", TEXT, makers)


def lattice_rows(
    distances: tuple[float, ...], answers: dict[str, tuple[Estimate | None, ...]]
) -> list[tuple[str, ...]]:
    """Return the R of every method, shell by shell, and whether its band holds.

    ``answers`` are the estimates of R (Å) per method, in the order of ``distances``.
    """
    rows = []
    for shell, lattice in enumerate(distances):
        for method, estimates in answers.items():
            found = estimates[shell] if shell < len(estimates) else None
            if found is None:
                continue
            off = found.value - lattice
            rows.append(
                (
                    str(shell + 1),
                    method,
                    f"{lattice:.4f}",
                    f"{found.value:.4f} ± {found.std:.4f}",
                    f"{1e3 * off:+.1f}",
                    _yes(abs(off) <= found.std),
                    _yes(abs(off) <= 2.0 * found.std),
                )
            )
    return rows


def _foil(places: Places, name: str, foil: Foil) -> Part:
    ensemble = places.ensemble(foil.ensemble)
    spectrum = places.spectrum(foil.file)
    settings = ensemble.settings_for(spectrum)
    comparison = compare(ensemble.predict(spectrum, settings), ensemble)
    answers = _distances(comparison)
    return Part(
        tables=(
            Table(
                f"{name}: all methods",
                conventional_report.TABLE_HEAD,
                tuple(conventional_report.table_rows(comparison)),
                "\n".join(conventional_report.lines(comparison)),
            ),
            Table(
                f"{name}: distances against the lattice",
                DISTANCE_HEAD,
                tuple(lattice_rows(foil.distances, answers)),
                _verdict(comparison.prediction),
            ),
        ),
        figures=(
            distributions(name, {name: (comparison.prediction, {})}),
            _figure(name, foil, answers),
        ),
        numbers=_numbers(comparison, foil),
        claims=(
            *(_nickel_claims(comparison, foil) if foil.ensemble == "ni-foil" else ()),
            _bands_claim(comparison.prediction, foil),
        ),
    )


def _nickel_claims(comparison: Comparison, foil: Foil) -> tuple[Claim, ...]:
    """Return what is wanted of the nickel foil."""
    near, *others = comparison.prediction.shells
    off = [
        1e3 * (shell.distance.value - lattice)
        for shell, lattice in zip(others, foil.distances[1:], strict=True)
    ]
    r, sigma2, number = near.distance, near.sigma2, near.coordination_number
    return (
        Claim(
            f"R of shell 1 {NEAR[0]} to {NEAR[1]} Å",
            f"{r.value:.4f} ± {r.std:.4f} Å",
            NEAR[0] <= r.value <= NEAR[1],
        ),
        Claim(
            f"R of shells 2 to 4 within {1e3 * FARTHER:g} mÅ of the lattice's",
            ", ".join(f"{value:+.1f}" for value in off) + " mÅ",
            max(map(abs, off)) <= 1e3 * FARTHER,
        ),
        Claim(
            "σ² of shell 1 5.5 to 7.5 × 10⁻³ Å²",
            f"{1e3 * sigma2.value:.2f} ± {1e3 * sigma2.std:.2f} × 10⁻³ Å²",
            NEAR_SIGMA2[0] <= sigma2.value <= NEAR_SIGMA2[1],
        ),
        Claim(
            "CN of shell 1 12 ± 10 %",
            f"{number.value:.2f} ± {number.std:.2f}",
            NEAR_NUMBER[0] <= number.value <= NEAR_NUMBER[1],
        ),
    )


def _bands_claim(prediction: Prediction, foil: Foil) -> Claim:
    """Return whether the bands hold the lattice's distances and numbers."""
    pulls = [
        abs(estimate.value - lattice) / estimate.std
        for shell, distance, number in zip(
            prediction.shells, foil.distances, FCC_NEIGHBOURS, strict=True
        )
        for estimate, lattice in (
            (shell.distance, distance),
            (shell.coordination_number, number),
        )
        if not estimate.fixed
    ]
    inside = sum(pull <= 1.0 for pull in pulls)
    return Claim(
        "95 % bands cover the lattice R and CN, all shells",
        f"{sum(pull <= 2.0 for pull in pulls)} of {len(pulls)}; 68 % bands {inside}",
        max(pulls) <= 2.0,
    )


def _distances(comparison: Comparison) -> dict[str, tuple[Estimate | None, ...]]:
    """Return R (Å) of every method in the order of the networks' shells."""
    labels = [shell.label for shell in comparison.prediction.shells]
    answers: dict[str, tuple[Estimate | None, ...]] = {
        NETWORKS: tuple(shell.distance for shell in comparison.prediction.shells)
    }
    for fit in comparison.analyses.fits:
        found = {shell.label: shell.distance for shell in fit.shells}
        answers[conventional_report.method_of(fit)] = tuple(map(found.get, labels))
    return answers


def _figure(
    name: str, foil: Foil, answers: dict[str, tuple[Estimate | None, ...]]
) -> Figure:
    labels = tuple(f"shell {i + 1}" for i in range(len(foil.distances)))
    nothing = Estimate(float("nan"), float("nan"))
    points = {}
    for method, estimates in answers.items():
        known = [estimate or nothing for estimate in estimates]
        pairs = list(zip(known, foil.distances, strict=True))
        points[method] = Points(
            labels,
            tuple(1e3 * (estimate.value - lattice) for estimate, lattice in pairs),
            tuple(1e3 * estimate.std for estimate, _ in pairs),
        )
    caption = f"{name}: R minus the lattice distance, ±1σ."
    return deviations(caption, "R − lattice (mÅ)", points, goal=20.0)


def _numbers(comparison: Comparison, foil: Foil) -> dict[str, object]:
    """Return values, deviations from the lattice and coverage by shell."""
    prediction = comparison.prediction
    shells = {}
    for shell, lattice, number in zip(
        prediction.shells, foil.distances, FCC_NEIGHBOURS, strict=True
    ):
        off = shell.distance.value - lattice
        shells[shell.label] = {
            "coordination_number": _pair_of(shell.coordination_number),
            "coordination_number_lattice": number,
            "coordination_number_fixed": shell.coordination_number.fixed,
            "distance": _pair_of(shell.distance),
            "distance_lattice": lattice,
            "in_68": abs(off) <= shell.distance.std,
            "in_95": abs(off) <= 2.0 * shell.distance.std,
            "sigma2": _pair_of(shell.sigma2),
        }
    errors = [
        s.distance.value - lattice
        for s, lattice in zip(prediction.shells, foil.distances, strict=True)
    ]
    return {
        "shells": shells,
        "distance_rms_error": float(np.sqrt(np.mean(np.square(errors)))),
        "e0_shift": prediction.settings.e0_shift,
        "s02": [prediction.settings.s02, prediction.settings.s02_std],
        "verdict": prediction.verdict.name,
        "fits": conventional_report.comparison_to_json(comparison)["fits"],
    }


def _foreign(places: Places) -> Part:
    ensemble, spectrum = places.ensemble(FOREIGN[0]), places.spectrum(FOREIGN[1])
    prediction = ensemble.predict(spectrum, ensemble.settings_for(spectrum))
    rows = tuple(
        ("yes" if reason.passed else "NO", reason.text)
        for reason in prediction.verdict.reasons
    )
    title = f"Ni(OH)₂ predicted by {ensemble.name}: {prediction.verdict.name}"
    table = Table(title, ("passed", "check"), rows)
    name = prediction.verdict.name
    claim = Claim("verdict outside", name, name == "outside")
    return Part(tables=(table,), numbers={"verdict": name}, claims=(claim,))


def _pair_of(estimate: Estimate) -> list[float]:
    return [estimate.value, estimate.std]


def _verdict(prediction: Prediction) -> str:
    failed = " ".join(r.text for r in prediction.verdict.reasons if not r.passed)
    return f"Verdict: {prediction.verdict.name}. {failed}"


def _yes(held: bool) -> str:
    return "yes" if held else "NO"
