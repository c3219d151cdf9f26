"""N S0^2 of a joint fit: the product that the amplitude of a spectrum measures."""

import math

import numpy as np

from onne_core.values.prediction import Estimate, Prediction

LARGEST = 0.999
"""Largest correlation: one of 1 would leave an ellipse without width."""


def correlation_with_s02(prediction: Prediction, shell: int) -> float | None:
    """Return the correlation of N of shell number ``shell`` and S0^2.

    ``None`` without a joint fit, or where training never varied N.
    """
    joint, number = prediction.joint, prediction.shells[shell].coordination_number
    if joint is None or number.fixed or not number.std > 0.0:
        return None
    unknowns = (len(joint.correlation) - 2) // len(prediction.shells)
    found = float(joint.correlation[unknowns * shell, -1])
    return float(np.clip(found, -LARGEST, LARGEST))


def product(number: Estimate, s02: Estimate, correlation: float) -> Estimate:
    r"""Return the product of two correlated estimates.

    Its relative variance is :math:`a^2 + b^2 + 2 \rho a b`, with those of the factors,
    :math:`a^2` and :math:`b^2`, and their correlation :math:`\rho`.
    """
    a, b = number.std / number.value, s02.std / s02.value
    value = number.value * s02.value
    relative = math.sqrt(max(a * a + b * b + 2.0 * correlation * a * b, 0.0))
    return Estimate(value, relative * value)


def amplitude(prediction: Prediction, shell: int) -> Estimate | None:
    """Return N S0^2 of shell number ``shell``, where a joint fit has varied N."""
    rho, joint = correlation_with_s02(prediction, shell), prediction.joint
    number = prediction.shells[shell].coordination_number
    if rho is None or joint is None or not number.value > 0.0:
        return None
    return product(number, Estimate(joint.s02, joint.s02_std), rho)


def amplitude_text(prediction: Prediction) -> str:
    """Return N S0^2 of every shell with its correlation, nothing where there is none.

    A correlation near -1 means that the spectrum tells the product, not N.
    """
    parts = []
    for index, shell in enumerate(prediction.shells):
        found = amplitude(prediction, index)
        rho = correlation_with_s02(prediction, index)
        if found is not None and rho is not None:
            parts.append(
                f"{shell.label} {found.value:.2f} ± {found.std:.2f} ({rho:+.2f})"
            )
    if not parts:
        return ""
    return f"N S0² (correlation of N and S0²): {'; '.join(parts)}"
