"""What a paper's experimental section has to say of an analysis, from its settings."""

from collections.abc import Mapping

from onne_core.results.report import SAMPLES, estimate_text
from onne_core.values.prediction import Prediction
from onne_core.versions import versions

REFERENCE = "Phys. Rev. B 109, 104201 (2024)"

SHORT = 12
"""Digits of a digest that are enough to find an ensemble again."""

VERDICTS = {
    "inside": "The spectrum lies inside the training range.",
    "borderline": "The spectrum is close to a limit of the training range.",
    "outside": "The spectrum lies outside the training range, so that the values are "
    "no measurements.",
}


def methods_text(prediction: Prediction, further: Mapping[str, str]) -> str:
    """Return a paragraph in plain text; values with one standard deviation.

    ``further`` are settings by name, such as the background removal and the standard.
    """
    parts = (
        _program(prediction),
        _spectrum(prediction, further),
        _correction(prediction, further),
        _answer(prediction),
        VERDICTS[prediction.verdict.name],
        _values(prediction),
    )
    return " ".join(part for part in parts if part)


def _program(prediction: Prediction) -> str:
    found = versions()
    return (
        "Partial radial distribution functions were determined with ONNE "
        f"{found['onne']} ({REFERENCE}; FEFF8L of xraylarch {found['xraylarch']}), by "
        f"the ensemble {prediction.ensemble_name} of {prediction.members} neural "
        f"networks (digest {prediction.ensemble_digest[:SHORT]})."
    )


def _spectrum(prediction: Prediction, further: Mapping[str, str]) -> str:
    background = further.get("Background removal", "")
    removed = f" The background was removed by {background}." if background else ""
    return (
        f"The networks used k^{prediction.k_weight} χ(k) from "
        f"{prediction.k_min:g} to {prediction.k_max:g} Å⁻¹.{removed}"
    )


def _correction(prediction: Prediction, further: Mapping[str, str]) -> str:
    settings, e0 = prediction.settings, prediction.spectrum.e0
    energy = f" (k = 0 at {e0 + settings.e0_shift:.1f} eV)" if e0 is not None else ""
    standard = further.get("Standard", "")
    known = f" The theory was corrected by a standard: {standard}." if standard else ""
    return (
        f"The E0 shift was {settings.e0_shift:+.1f} ± {settings.e0_shift_std:.1f} eV"
        f"{energy}, {settings.e0_source}; S0² was {settings.s02:.3f} ± "
        f"{settings.s02_std:.3f}, {settings.s02_source}.{known}"
    )


def _answer(prediction: Prediction) -> str:
    back = prediction.back
    r_factor = f"; the R-factor in R is {back.r_factor_r:.3f}" if back else ""
    if prediction.joint is None:
        return f"The values are those of the networks{r_factor}."
    sample = prediction.settings.sample
    assumed = "" if sample == "unknown" else f", assuming a {SAMPLES[sample]}"
    return (
        "After the networks, all shells, E0 and S0² were fitted together to the "
        f"spectrum{assumed}{r_factor}."
    )


def _values(prediction: Prediction) -> str:
    shells = "; ".join(
        f"{shell.label}: N = {estimate_text(shell.coordination_number)}, R = "
        f"{estimate_text(shell.distance)} Å, σ² = "
        f"{estimate_text(shell.sigma2, factor=1e3)} × 10⁻³ Å²"
        for shell in prediction.shells
    )
    return (
        f"{shells}. Uncertainties are one standard deviation, calibrated on spectra "
        "that the networks were not trained on."
    )
