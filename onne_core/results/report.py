"""A prediction in words: rows of tables, and lines below them."""

import numpy as np

from onne_core.values.prediction import (
    BackCalculation,
    Estimate,
    Prediction,
    Reason,
    Sample,
)

MOST_DECIMALS = 6
TABLE_HEAD = ("shell", "limits (Å)", "CN", "R (Å)", "σ² (10⁻³ Å²)", "C₃ (10⁻³ Å³)")

NEAREST_HEAD = ("relative distance", "shell", "CN", "R (Å)", "σ² (10⁻³ Å²)")

ANSWERED = {"joint": "joint fit", "networks": "networks alone"}
"""Names of the methods in the titles of tables."""

SAMPLES: dict[Sample, str] = {"bulk": "bulk crystal", "particle": "nanoparticle"}

UNDETERMINED = "not determined"
"""Note on a quantity that the spectrum hardly constrains."""


def table_rows(prediction: Prediction) -> list[tuple[str, ...]]:
    """Return one row of text per shell, in the order of TABLE_HEAD."""
    return [
        (
            shell.label,
            f"{shell.r_min:.2f}-{shell.r_max:.2f}",
            estimate_text(shell.coordination_number),
            estimate_text(shell.distance),
            estimate_text(shell.sigma2, factor=1e3),
            estimate_text(shell.c3, factor=1e3),
        )
        for shell in prediction.shells
    ]


def nearest_rows(prediction: Prediction) -> list[tuple[str, ...]]:
    """Return one row of text per shell of the nearest training spectra.

    In the order of NEAREST_HEAD; none if the ensemble keeps no training spectra.
    """
    return [
        (
            f"{nearest.separation:.2f}" if first else "",
            shell.label,
            f"{shell.coordination_number:.1f}",
            *(
                f"{value:.{decimals}f}" if np.isfinite(value) else "none"
                for value, decimals in (
                    (shell.distance, 3),
                    (1e3 * shell.sigma2, 1),
                )
            ),
        )
        for nearest in prediction.nearest
        for first, shell in ((not i, shell) for i, shell in enumerate(nearest.shells))
    ]


def back_text(back: BackCalculation | None) -> str:
    """Return the result of the back-calculation in one line."""
    if back is None:
        return "Back-calculated χ(k): not available for this ensemble."
    return (
        f"R-factor {back.r_factor_r:.3f} in R, {back.r_factor_k:.3f} in k "
        f"(back-calculated χ); residual {back.misfit:.1f} times the "
        f"expected (noise, theory, back-calculation), at most {back.largest:.1f} "
        f"at R = {back.largest_at:.1f} Å (not phase-corrected)"
    )


def method_text(prediction: Prediction) -> str:
    """Return which method has answered, and what a joint fit says of E0 and S0²."""
    joint = prediction.joint
    if joint is None:
        return "Answer of the networks alone."
    return (
        f"Joint fit: E0 shift {joint.e0_shift:+.1f} ± {joint.e0_shift_std:.1f} eV, S0² "
        f"{joint.s02:.3f} ± {joint.s02_std:.3f}; correlation of CN and S0² "
        f"{joint.correlation[0, -1]:+.2f}; differs from the networks by up to "
        f"{joint.disagreement:.1f}σ"
    )


def sample_text(prediction: Prediction) -> str:
    """Return what the user has said of the sample, and whether it was used."""
    sample = prediction.settings.sample
    if sample == "unknown":
        return "unknown"
    used = "assumed in the joint fit"
    if prediction.joint is None:
        used = "not used by the networks"
    return f"{SAMPLES[sample]}, {used}"


def reason_sign(reason: Reason) -> str:
    """Return the sign of a check, or of what is only assumed."""
    if not reason.passed:
        return "!"
    return "~" if reason.assumption else "+"


def estimate_text(estimate: Estimate, *, factor: float = 1.0) -> str:
    """Return value and uncertainty, with the decimals that the latter warrants."""
    value, std = factor * estimate.value, factor * estimate.std
    if estimate.fixed:
        return f"{value:.4g} (fixed by training)"
    if not np.isfinite(value):
        return "none"
    decimals = decimals_of(std)
    text = f"{value:z.{decimals}f} ± {std:.{decimals}f}"
    if estimate.set_by == "assumed":
        return f"{text} (assumed)"
    return text if estimate.determined else f"{text} ({UNDETERMINED})"


def decimals_of(std: float) -> int:
    """Return the decimals that show two digits of ``std`` if it begins with 1 or 2.

    One digit if it begins with 3 to 9; 3 decimals if ``std`` is not a positive number.
    """
    if not np.isfinite(std) or std <= 0.0:
        return 3
    mantissa, _, exponent = f"{std:.1e}".partition("e")
    decimals = (1 if float(mantissa) < 3.0 else 0) - int(exponent)
    return max(0, min(MOST_DECIMALS, decimals))
