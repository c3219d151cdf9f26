"""Answers of all methods for a measured spectrum, beside the lattice of its crystal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from evaluation.crystals import KnownShell, crystal_of, known_shells
from evaluation.figures import Points, deviations, distributions
from evaluation.methods import (
    FIT,
    UNKNOWN,
    Found,
    found_by_method,
    predictions_by_method,
)
from evaluation.section import Claim, Figure, Part, Table
from onne_core.posterior.predict import Ensemble
from onne_core.values.prediction import Estimate, MeasurementSettings, Prediction
from onne_core.values.spectrum import Spectrum


@dataclass(frozen=True)
class Wanted:
    """Largest errors of R of the first two and of other shells (Å), of sigma^2 and CN.

    The last two are relative; ``None`` where nothing is wanted.
    """

    near: float
    far: float
    sigma2: float
    number: float | None


WITHOUT = Wanted(0.010, 0.020, 0.12, None)
S02_KNOWN = replace(WITHOUT, number=0.08)
STANDARD = Wanted(0.004, 0.004, 0.06, 0.08)
"""Without a standard, with S0^2 known to 5 %, and with a standard."""

E0_ERROR, R_FACTOR = 1.5, 0.05
"""Wanted: error of E0 and its standard deviation (eV), R-factor in R if inside."""

E0_GRID = np.arange(-8.0, 8.01, 0.5)
"""E0 (eV) from the automatic one, among which that of the lattice is looked for."""

E0_FIXED = 0.05
"""Standard deviation of E0 where it is held, eV."""

SHELL_HEAD = (
    *("shell", "method", "R of the lattice (Å)", "R − lattice (mÅ)", "in 2σ"),
    *("CN error (%)", "σ² (10⁻³ Å²)", "σ² − dynamics (%)"),
)
E0_HEAD = ("method", "E0 (eV)", "E0 of the lattice (eV)", "S0²", "R-factor", "verdict")


def compared(
    name: str,
    ensemble: Ensemble,
    spectrum: Spectrum,
    settings: MeasurementSettings,
    crystal: str,
    wanted: Wanted,
) -> Part:
    """Return the answers of all methods beside the lattice of ``crystal``."""
    shells = known_shells(crystal_of(crystal), ensemble.card)
    predictions = predictions_by_method(ensemble, spectrum, settings)
    found = found_by_method(ensemble, predictions)
    first = next(iter(predictions))
    labels = [head.label for head in ensemble.card.heads]
    known = {
        label: shell
        for label, shell in zip(labels, shells, strict=True)
        if shell is not None
    }
    lattice_e0 = {
        method: e0_of_lattice(ensemble, spectrum, one, known)
        for method, one in predictions.items()
    }
    return Part(
        tables=(
            Table(
                f"{name}: E0 and misfit",
                E0_HEAD,
                tuple(
                    _e0_row(method, one, lattice_e0.get(method, np.nan))
                    for method, one in found.items()
                ),
                _reasons(predictions[first]),
            ),
            Table(
                f"{name}: shells of {crystal}",
                SHELL_HEAD,
                tuple(shell_rows(known, found)),
                _thermal(known, found[first]),
            ),
        ),
        figures=(
            distributions(name, {m: (one, {}) for m, one in predictions.items()}),
            _figure(name, known, found),
        ),
        numbers={
            method: _numbers(one, known, lattice_e0.get(method))
            for method, one in found.items()
        },
        claims=_claims(known, found[first], lattice_e0[first], wanted),
    )


def e0_of_lattice(
    ensemble: Ensemble,
    spectrum: Spectrum,
    prediction: Prediction,
    known: Mapping[str, KnownShell],
) -> float:
    """Return the E0 shift (eV) with which R of the method come nearest to the lattice.

    E0 is held at the values of a grid; deviations count in units of the standard
    deviations of ``prediction``. NaN if the best lies at an end of the grid.
    """
    settings = prediction.settings
    grid = settings.e0_shift + E0_GRID
    held = [
        replace(settings, e0_shift=e0, e0_shift_std=E0_FIXED, e0_source="held")
        for e0 in grid.tolist()
    ]
    answers = ensemble.predict_many([spectrum] * grid.size, held)
    stds = {shell.label: shell.distance.std for shell in prediction.shells}
    off = [
        [
            (shell.distance.value - known[shell.label].distance) / stds[shell.label]
            for shell in answer.shells
            if shell.label in known and stds[shell.label] > 0.0
        ]
        for answer in answers
    ]
    return lowest(grid, np.sum(np.square(off), axis=1))


def lowest(x: Float[np.ndarray, " n"], y: Float[np.ndarray, " n"]) -> float:
    """Return where ``y`` is least, by the parabola through three points; or NaN."""
    i = int(np.argmin(y))
    if not 0 < i < len(y) - 1:
        return float("nan")
    before, least, after = y[i - 1 : i + 2]
    bend = before - 2.0 * least + after
    return float(x[i] + 0.5 * (before - after) / bend * (x[i + 1] - x[i]))


def shell_rows(
    known: Mapping[str, KnownShell], found: Mapping[str, Found]
) -> list[tuple[str, ...]]:
    """Return R, CN and sigma^2 of every method beside the lattice, shell by shell."""
    rows = []
    for label, shell in known.items():
        for method, one in found.items():
            if label not in one.shells:
                continue
            number, distance, sigma2 = one.shells[label].values()
            off = distance.value - shell.distance
            rows.append(
                (
                    label,
                    method,
                    f"{shell.distance:.4f}",
                    f"{1e3 * off:+.1f} ± {1e3 * distance.std:.1f}",
                    "yes" if abs(off) <= 2.0 * distance.std else "NO",
                    _percent(number, shell.number),
                    f"{1e3 * sigma2.value:.2f} ± {1e3 * sigma2.std:.2f}",
                    _percent(sigma2, shell.sigma2),
                )
            )
    return rows


def _percent(estimate: Estimate, known: float) -> str:
    if estimate.fixed:
        return "fixed"
    if np.isnan(known):
        return ""
    error, std = estimate.value / known - 1.0, estimate.std / known
    return f"{100 * error:+.1f} ± {100 * std:.1f}"


def _e0_row(method: str, found: Found, lattice: float) -> tuple[str, ...]:
    by_lattice = "none in reach" if np.isnan(lattice) else f"{lattice:.1f}"
    return (
        method,
        f"{found.e0.value:.1f} ± {found.e0.std:.1f}",
        "" if method == FIT else by_lattice,
        f"{found.s02.value:.3f} ± {found.s02.std:.3f}",
        f"{found.r_factor:.3f}",
        found.verdict,
    )


def _thermal(known: Mapping[str, KnownShell], found: Found) -> str:
    """Return what the vibrations add to the distances, or at least add."""
    exact = [shell.offset for shell in known.values()]
    if not np.isnan(exact).any():
        values = ", ".join(f"{1e3 * offset:.1f}" for offset in exact)
        return f"Thermal offset, contained in R of the lattice: {values} mÅ."
    # Displacements across a bond are at least as large as those along it.
    least = [
        found.shells[label]["sigma2"].value / shell.static
        for label, shell in known.items()
    ]
    values = ", ".join(f"{1e3 * offset:.1f}" for offset in least)
    return (
        "No force constants: R of the lattice is that between mean positions, and the "
        f"mean distances are at least σ²/R longer: {values} mÅ."
    )


def _claims(
    known: Mapping[str, KnownShell], found: Found, lattice_e0: float, wanted: Wanted
) -> tuple[Claim, ...]:
    """Return what is wanted of the answer."""
    labels = list(known)
    off = {
        label: found.shells[label]["distance"].value - known[label].distance
        for label in labels
    }
    pulls = [abs(off[one]) / found.shells[one]["distance"].std for one in labels]
    claims = [
        *_distance_claims(off, labels, wanted),
        Claim(
            "R within 2σ of the lattice",
            ", ".join(f"{pull:.1f}σ" for pull in pulls),
            max(pulls) <= 2.0,
        ),
        Claim(
            f"E0 within {E0_ERROR:g} eV of that of the lattice, and as well known",
            f"{found.e0.value:.1f} ± {found.e0.std:.1f} eV, lattice {lattice_e0:.1f} "
            "eV",
            abs(found.e0.value - lattice_e0) <= E0_ERROR and found.e0.std <= E0_ERROR,
        ),
        Claim(
            f"R-factor in R below {R_FACTOR:g} if inside",
            f"{found.r_factor:.3f}, {found.verdict}",
            found.verdict != "inside" or found.r_factor < R_FACTOR,
        ),
    ]
    shares = {
        "coordination_number": ("CN", wanted.number),
        "sigma2": ("σ²", wanted.sigma2),
    }
    for quantity, (name, limit) in shares.items():
        if limit is not None:
            claims += _share_claims(known, found, quantity, name, limit)
    return tuple(claims)


def _distance_claims(
    off: Mapping[str, float], labels: Sequence[str], wanted: Wanted
) -> list[Claim]:
    groups = (
        ("shells 1, 2", labels[:2], wanted.near),
        ("others", labels[2:], wanted.far),
    )
    return [
        Claim(
            f"R of {name} within {1e3 * limit:g} mÅ of the lattice",
            ", ".join(f"{1e3 * off[label]:+.1f}" for label in group) + " mÅ",
            all(abs(off[label]) <= limit for label in group),
        )
        for name, group, limit in groups
        if group
    ]


def _share_claims(
    known: Mapping[str, KnownShell],
    found: Found,
    quantity: str,
    name: str,
    limit: float,
) -> list[Claim]:
    """Return what is wanted of a relative error, where the truth is known."""
    truth = {
        label: shell.number if quantity == "coordination_number" else shell.sigma2
        for label, shell in known.items()
    }
    errors = [
        found.shells[label][quantity].value / value - 1.0
        for label, value in truth.items()
        if not np.isnan(value) and not found.shells[label][quantity].fixed
    ]
    if not errors:
        return []
    return [
        Claim(
            f"{name} within {100 * limit:g} %",
            ", ".join(f"{100 * error:+.1f}" for error in errors) + " %",
            max(map(abs, errors)) <= limit,
        )
    ]


def _figure(
    name: str, known: Mapping[str, KnownShell], found: Mapping[str, Found]
) -> Figure:
    points = {}
    for method, one in found.items():
        estimates = [
            one.shells.get(label, {}).get("distance", UNKNOWN) for label in known
        ]
        pairs = list(zip(estimates, known.values(), strict=True))
        points[method] = Points(
            tuple(known),
            tuple(1e3 * (estimate.value - shell.distance) for estimate, shell in pairs),
            tuple(1e3 * estimate.std for estimate, _ in pairs),
        )
    caption = f"{name}: R minus the lattice distance, ±1σ."
    return deviations(caption, "R − lattice (mÅ)", points, goal=1e3 * WITHOUT.far)


def _numbers(
    found: Found, known: Mapping[str, KnownShell], lattice_e0: float | None
) -> dict[str, object]:
    return {
        "shells": {
            label: {
                **{
                    name: [estimate.value, estimate.std]
                    for name, estimate in found.shells[label].items()
                },
                "lattice": [shell.number, shell.distance, shell.sigma2],
            }
            for label, shell in known.items()
            if label in found.shells
        },
        "e0_shift": [found.e0.value, found.e0.std],
        "e0_shift_of_lattice": lattice_e0,
        "s02": [found.s02.value, found.s02.std],
        "r_factor": found.r_factor,
        "verdict": found.verdict,
    }


def _reasons(prediction: Prediction) -> str:
    failed = " ".join(r.text for r in prediction.verdict.reasons if not r.passed)
    return f"Verdict: {prediction.verdict.name}. {failed}"
