"""Pipeline: correction of a measured spectrum by a standard."""

from dataclasses import dataclass, replace
from pathlib import Path

from onne_core.errors import DefinitionError
from onne_core.posterior.predict import Ensemble
from onne_core.standard.file import read_standard as read_standard
from onne_core.standard.file import standard_from_text, standard_to_text
from onne_core.standard.file import write_standard as write_standard
from onne_core.standard.standard import (
    KNOWN_SCALE_STD,
    SCALE_STD,
    SHARE,
    Standard,
    matched,
)
from onne_core.values.prediction import MeasurementSettings, Sample
from onne_core.values.project import AppliedStandard
from onne_core.values.spectrum import Spectrum

LARGEST_SCALE_ERROR = 0.02
"""Largest difference of a k scale from 1 that energies can have."""

KINSHIP = {
    "material": "the same material",
    "structure": "another element of the same structure",
    "absorber": "the same absorber in another structure",
}


@dataclass(frozen=True)
class Correction:
    """A standard with the settings for applying it.

    ``scale`` is what the k of a spectrum is multiplied with, ``None`` where it is not
    known. ``source`` is the standard's file.
    """

    standard: Standard
    source: Path
    scale: float | None = None

    def __post_init__(self) -> None:
        if self.scale is not None and abs(self.scale - 1.0) > LARGEST_SCALE_ERROR:
            raise DefinitionError(
                f"scale: {self.scale:g}; give a factor of k within "
                f"{LARGEST_SCALE_ERROR:g} of 1."
            )


def kept_standard(standard: Standard, source: str) -> AppliedStandard:
    """Return ``standard`` as a project keeps it; ``source`` is its file or empty."""
    name = f"{standard.name}: " if standard.name else ""
    return AppliedStandard(
        source=source,
        title=(
            f"{name}{standard.absorber} {standard.edge} in {standard.structure}, "
            f"{standard.temperature:g} K"
        ),
        text=standard_to_text(standard),
        own_scale=standard.scale,
    )


def correction_of(kept: AppliedStandard) -> Correction:
    """Return the correction by a standard kept in a project.

    Raises
    ------
    FormatError, DefinitionError
        If it was damaged.
    """
    source = Path(kept.source or f"{kept.title.split(':')[0]}.json")
    standard = standard_from_text(kept.text, source.name)
    return Correction(standard, source, kept.scale)


def with_standard(
    spectrum: Spectrum,
    ensemble: Ensemble,
    correction: Correction,
    *,
    e0: float | None = None,
    s02: tuple[float, float] | None = None,
    sample: Sample = "unknown",
) -> tuple[Spectrum, MeasurementSettings]:
    """Return ``spectrum`` corrected for the known theory error, and its settings.

    ``e0`` (eV) and ``s02`` (value, standard deviation) are as in settings_for; S0^2 is
    the standard's where the absorber is. The settings say how much of the theory's
    error is left, and how well the k scale is known. ``sample`` is what is known of it.

    Raises
    ------
    DefinitionError
        If the standard has nothing to say of the ensemble's absorber, or the ensemble
        cannot use what is known of the sample.
    """
    standard, card = correction.standard, ensemble.card
    shells = tuple((head.pair.split("-")[1], head.centre[1]) for head in card.heads)
    kinship = standard.kinship(card.absorber, shells)
    if kinship is None or standard.edge != card.edge:
        raise DefinitionError(
            f"{correction.source}: learnt on {standard.absorber} {standard.edge} "
            f"in {standard.structure}; {ensemble.name} is for {card.absorber} "
            f"{card.edge} in another structure. Learn a standard of this absorber."
        )

    if standard.core_hole != card.core_hole:
        raise DefinitionError(_other_theory(correction, ensemble))

    def e0_of(item: Spectrum) -> float:
        settings = ensemble.settings_for(item, e0=e0, s02=s02, sample=sample)
        return settings.e0_shift

    stretch = min(distance for _, distance in shells) / min(standard.distances)
    corrected = matched(
        standard,
        spectrum,
        e0_of,
        stretch=None if kinship == "absorber" else stretch,
        scale=correction.scale or 1.0,
    )
    settings = ensemble.settings_for(corrected, e0=e0, s02=s02, sample=sample)
    settings = replace(
        settings,
        theory=SHARE[kinship],
        scale_std=KNOWN_SCALE_STD if correction.scale else SCALE_STD,
        theory_source=(
            f"standard {correction.source.name} ({KINSHIP[kinship]}, "
            f"{standard.digest[:12]})"
        ),
    )
    of_standard = standard.s02_for(card.absorber, kinship)
    if s02 is None and of_standard is not None:
        value, std = of_standard
        settings = replace(
            settings, s02=value, s02_std=std, s02_source=correction.source.name
        )
    (settings,) = ensemble.with_automatic_e0((corrected,), (settings,))
    return corrected, settings


def _other_theory(correction: Correction, ensemble: Ensemble) -> str:
    """Return why a standard does not serve an ensemble of the other theory."""
    own, other = (
        ("with", "without")
        if correction.standard.core_hole
        else (
            "without",
            "with",
        )
    )
    option = "--core-hole" if ensemble.card.core_hole else "--no-core-hole"
    return (
        f"{correction.source}: learnt {own} the core hole, but {ensemble.name} was "
        f"trained {other} it; learn the standard again with this ensemble chosen, or "
        f"by onne standard {option}."
    )
