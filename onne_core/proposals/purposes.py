"""Ranges that follow from what an ensemble is for, as wide as a foil's must be.

The presets extend what the supplied ensembles of Ni and Cu foils were trained on: a
lattice that expands as a whole, shells that widen together, and neighbours that are
missing together.
"""

from dataclasses import dataclass, replace
from typing import Literal

from onne_core.values.structure import Range

Purpose = Literal["bulk", "nanoparticle", "disordered"]


@dataclass(frozen=True)
class Preset:
    """Common ranges of a purpose, and those of a single shell.

    The first four are the common factors of :class:`~onne_core.values.structure.System`
    and the next three those of its angles. ``own_distance`` is how far the distance of
    a shell may be off by itself, relative; ``skewness`` is for the nearest shell and
    for the farther ones.
    """

    distance_scale: Range
    coordination_scale: Range
    sigma_scale: Range
    inverse_diameter: Range
    jitter: tuple[float, float]
    motion: tuple[float, float]
    sided_share: float
    own_distance: float
    skewness: tuple[Range, Range]


PRESETS: dict[Purpose, Preset] = {
    "bulk": Preset(
        distance_scale=Range(0.96, 1.04),
        coordination_scale=Range(0.75, 1.15),
        sigma_scale=Range(0.38, 1.90),
        inverse_diameter=Range(0.0, 0.11),
        jitter=(0.85, 1.15),
        motion=(0.5, 1.0),
        sided_share=0.3,
        own_distance=0.01,
        skewness=(Range(-0.03, 0.37), Range(-0.12, 0.24)),
    ),
    "nanoparticle": Preset(
        distance_scale=Range(0.95, 1.03),
        coordination_scale=Range(0.60, 1.15),
        sigma_scale=Range(0.38, 2.20),
        inverse_diameter=Range(0.0, 0.15),
        jitter=(0.85, 1.3),
        motion=(0.3, 1.0),
        sided_share=0.5,
        own_distance=0.015,
        skewness=(Range(-0.05, 0.40), Range(-0.15, 0.30)),
    ),
    "disordered": Preset(
        distance_scale=Range(0.95, 1.05),
        coordination_scale=Range(0.35, 1.15),
        sigma_scale=Range(0.5, 2.8),
        inverse_diameter=Range(0.0, 0.11),
        jitter=(0.85, 1.5),
        motion=(0.2, 1.0),
        sided_share=0.4,
        own_distance=0.02,
        skewness=(Range(-0.10, 0.45), Range(-0.15, 0.30)),
    ),
}

OF_COMPOUNDS = 0.75
"""Share of a metal's range of the lattice constant that a compound's needs."""

LESS_SPREAD = 0.9
"""Share of a metal's largest factor on standard deviations, likewise."""


def of_compound(preset: Preset) -> Preset:
    """Return ``preset`` for a compound, whose bonds give less.

    Wider ranges bring cation and anion so close that the muffin tins of the reference
    overlap; 0.97 to 1.03 takes in 1000 K of thermal expansion.
    """
    scale = preset.distance_scale
    narrower = Range(
        1.0 - OF_COMPOUNDS * (1.0 - scale.lower),
        1.0 + OF_COMPOUNDS * (scale.upper - 1.0),
    )
    spread = preset.sigma_scale
    less = Range(spread.lower, round(LESS_SPREAD * spread.upper, 2))
    return replace(preset, distance_scale=narrower, sigma_scale=less)
