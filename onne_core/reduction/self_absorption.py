r"""Self-absorption of fluorescence in a thick, flat sample of known composition.

Fluorescence of an infinitely thick sample is mu_a / (mu_a + mu_b + g mu_f): absorption
by the edge, by all else, and that of the fluorescence on its way out; g is
sin(angle in) / sin(angle out). With F = 1 + chi as measured, and
beta = mu_a / (mu_a + mu_b + g mu_f) of the atoms without neighbours,

.. math:: \chi = \frac{F - 1}{1 - \beta F}

This is the correction of larch's fluo_corr (Haskel, FLUO, 1999), with a beta that
depends on the energy as in the thick limit of Booth and Bridges (2005), Phys. Scr.
T115, 202, doi:10.1238/Physica.Topical.115a00202. Absorption coefficients: Elam, Ravel
and Sieber, Radiat. Phys. Chem. 63, 121 (2002), by xraydb.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
from jaxtyping import Float

from onne_core.errors import FormatError
from onne_core.reduction.normalisation import normalise
from onne_core.values.spectrum import Absorption
from onne_core.values.treatment import SelfAbsorption

NEAR_EDGE = 60.0
"""Largest distance of E0 from a tabulated edge of the sample, eV."""

LARGEST_SHARE = 0.95
"""Largest beta F: beyond it the correction diverges."""

EDGES = ("K", "L3", "L2", "L1")

Energies = Float[np.ndarray, " e"]


def corrected(absorption: Absorption, sample: SelfAbsorption) -> Absorption:
    """Return mu(E) as a thin sample would have given it; the edge step stays.

    Raises
    ------
    FormatError
        If no element of the formula has its edge there, or a sample of this formula
        cannot have given these data.
    """
    where = Path(absorption.source).name or absorption.name or "mu(E)"
    energy = absorption.energy
    normalised = normalise(absorption, sample.e0, absorption.settings)
    flat = normalised.flattened(absorption.mu, energy)
    share = absorbed_share(sample, energy, where)
    if float((share * flat).max()) > LARGEST_SHARE:
        at = float(energy[np.argmax(share * flat)])
        raise FormatError(
            f"{where}: a thick sample of {sample.formula} cannot give the fluorescence "
            f"at {at:.1f} eV; check formula and angles: a thin or dilute sample needs "
            "no correction."
        )
    change = normalised.step * ((flat - 1.0) / (1.0 - share * flat) - (flat - 1.0))
    return replace(absorption, mu=absorption.mu + change)


def absorbed_share(
    sample: SelfAbsorption, energy: Energies, where: str = "formula"
) -> Energies:
    """Return beta, the share of the edge in all absorption, at ``energy`` (eV).

    Below the edge it is that of the edge.

    Raises
    ------
    FormatError
        If the formula is none, or no element of it has its edge at E0.
    """
    import xraydb

    element, edge = edge_in(sample.formula, sample.e0, where)
    jump = xraydb.xray_edges(element)[edge]
    line = max(xraydb.xray_lines(element, edge).values(), key=lambda one: one.intensity)
    at = np.maximum(energy, jump.energy + 10.0)
    masses = _mass_shares(sample.formula, where)

    def total(energies: Energies) -> Energies:
        parts = (part * xraydb.mu_elam(name, energies) for name, part in masses.items())
        return np.sum(list(parts), axis=0)

    own = masses[element] * xraydb.mu_elam(element, at) * (1.0 - 1.0 / jump.jump_ratio)
    geometry = np.sin(np.deg2rad(sample.angle_in)) / np.sin(
        np.deg2rad(sample.angle_out)
    )
    return own / (total(at) + geometry * total(np.array([line.energy])))


def edge_in(formula: str, e0: float, where: str = "formula") -> tuple[str, str]:
    """Return the element of ``formula`` and its edge nearest to ``e0`` (eV).

    Raises
    ------
    FormatError
        If none is within 60 eV.
    """
    import xraydb

    found = [
        (abs(known.energy - e0), element, edge)
        for element in _mass_shares(formula, where)
        for edge in EDGES
        if (known := xraydb.xray_edges(element).get(edge)) is not None
    ]
    distance, element, edge = min(found)
    if distance > NEAR_EDGE:
        raise FormatError(
            f"{where}: no element of {formula} has an edge near E0 = {e0:.1f} eV; give "
            "the formula of the whole sample."
        )
    return element, edge


def _mass_shares(formula: str, where: str) -> dict[str, float]:
    """Return the share of each element of ``formula`` in the mass.

    Raises
    ------
    FormatError
        If it is no chemical formula.
    """
    import xraydb

    try:
        numbers = xraydb.chemparse(formula)
        masses = {
            name: float(count) * float(xraydb.atomic_mass(name))
            for name, count in numbers.items()
        }
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise FormatError(
            f"{where}: {formula!a} is no chemical formula; write it like Fe2O3 or "
            "(NiO)0.1(SiO2)0.9."
        ) from error
    whole = sum(masses.values())
    if not whole > 0.0 or not all(mass >= 0.0 for mass in masses.values()):
        raise FormatError(f"{where}: {formula!a} has no atoms; give a formula.")
    return {name: mass / whole for name, mass in masses.items() if mass > 0.0}
