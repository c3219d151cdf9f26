r"""Thermal displacements of atoms in a crystal: harmonic, quantum mechanical.

Of an fcc or bcc metal by the Born-von Karman model with measured force constants; of
any other structure by the correlated Debye model of Beni and Platzman, Phys. Rev. B 14,
1514 (1976), doi:10.1103/PhysRevB.14.1514. Both give the covariance of the displacements
of an atom and its neighbours, from which the mean-square relative displacements of the
shells follow, and clusters to compute spectra of.
"""

import numpy as np
from ase.data import atomic_masses, atomic_numbers
from jaxtyping import Float
from scipy.constants import hbar, physical_constants
from scipy.constants import k as boltzmann

from onne_core.crystals.force_constants import ForceConstants, force_constants
from onne_core.errors import DefinitionError

Positions = Float[np.ndarray, "atom 3"]
Covariance = Float[np.ndarray, "coordinate coordinate"]

DALTON = physical_constants["atomic mass constant"][0]

SAME_DISTANCE = 0.02
"""Relative difference below which neighbours belong to one shell."""

MESH = 20
"""Points of the mesh in the Brillouin zone along each axis; 28 change sigma^2 of the
shells by less than 0.1 %."""

DEBYE_STEPS = 400
"""Points of the integral over the frequencies of the Debye model."""

_SHELLS = {
    "fcc": ((12, 6), np.sqrt(2.0), [[0, 1, 1], [1, 0, 1], [1, 1, 0]]),
    "bcc": ((8, 6), np.sqrt(4.0 / 3.0), [[-1, 1, 1], [1, -1, 1], [1, 1, -1]]),
}
"""Neighbours in the first two shells, ratio of their distances, primitive vectors in
half lattice constants."""


def covariance_in_metal(
    positions: Positions, element: str, temperature: float
) -> Covariance:
    r"""Return the covariance of the displacements in an fcc or bcc metal, Å^2.

    Parameters
    ----------
    positions
        Neighbours of an atom at the origin, which is left out, Å: whole shells.
    element
        Its symbol, one of ``force_constants.MEASURED``.
    temperature
        In K.

    Returns
    -------
    array
        Coordinates x, y, z of the central atom, then of each neighbour:

        .. math:: \langle u_i u_j^T \rangle = \frac{\hbar}{2 N M} \sum_{q, s}
            e_{qs} e_{qs}^T \cos(q \cdot R_{ij}) \coth(\hbar\omega_{qs} / 2 k T)
            / \omega_{qs}

    Raises
    ------
    DefinitionError
        If the metal is not tabulated, or the positions are not those of its lattice.
    """
    model = force_constants(element, temperature)
    axes, constant = _cubic_axes(positions, model.lattice)
    mass = float(atomic_masses[atomic_numbers[element]]) * DALTON
    wavevectors = _mesh(model.lattice) / constant
    eigenvalues, vectors = np.linalg.eigh(
        _dynamical(model, wavevectors * constant) / mass
    )
    amplitudes = _mean_square(np.sqrt(eigenvalues), temperature, mass)
    weights = np.einsum("qas,qs,qbs->qab", vectors, amplitudes, vectors)
    weights = axes.T @ weights @ axes / len(wavevectors)
    sites = np.vstack([np.zeros(3), positions])
    phases = wavevectors @ axes @ sites.T
    waves = np.concatenate([np.cos(phases), np.sin(phases)])
    weighted = np.einsum("qi,qab->qiab", waves, np.concatenate([weights, weights]))
    covariance = np.tensordot(weighted, waves, axes=(0, 0)).transpose(0, 1, 3, 2)
    return covariance.reshape(3 * len(sites), 3 * len(sites))


def covariance_by_debye(
    positions: Positions,
    masses: Float[np.ndarray, " site"],
    *,
    temperature: float,
    debye: float,
    density: float,
) -> Covariance:
    r"""Return the covariance of the displacements by the correlated Debye model, Å^2.

    ``masses`` (u) begin with that of the central atom; ``temperature`` and the Debye
    temperature ``debye`` in K; ``density`` is the number of atoms per Å^3. The
    displacements are isotropic:

    .. math:: \langle u_i u_j \rangle = \frac{3\hbar}{2\sqrt{M_i M_j}\,\omega_D^3}
        \int_0^{\omega_D} \omega \coth(\hbar\omega/2kT)
        \frac{\sin(\omega R_{ij}/c)}{\omega R_{ij}/c} d\omega,
        \quad c = \omega_D / (6\pi^2\rho)^{1/3}
    """
    highest = boltzmann * debye / hbar
    omega = (np.arange(DEBYE_STEPS) + 0.5) / DEBYE_STEPS * highest
    sites = np.vstack([np.zeros(3), positions])
    distances = np.linalg.norm(sites[:, None] - sites[None, :], axis=2)
    wavenumber = (6.0 * np.pi**2 * density) ** (1.0 / 3.0) * omega / highest
    modes = _mean_square(omega, temperature, DALTON) * 3.0 * omega**2 / highest**3
    waves = np.sinc(distances[:, :, None] * wavenumber / np.pi)
    correlation = waves @ modes * (omega[1] - omega[0])
    correlation /= np.sqrt(masses[:, None] * masses[None, :])
    return np.kron(correlation, np.eye(3))


def relative_displacements(
    positions: Positions, covariance: Covariance
) -> Float[np.ndarray, " atom"]:
    """Return sigma^2 of each neighbour along its bond to the central atom, Å^2."""
    units = positions / np.linalg.norm(positions, axis=1)[:, None]
    blocks = covariance.reshape(len(positions) + 1, 3, len(positions) + 1, 3)
    index = np.arange(1, len(positions) + 1)
    own, crossed = blocks[index, :, index, :], blocks[index, :, 0, :]
    relative = own + blocks[0, :, 0, :] - crossed - crossed.transpose(0, 2, 1)
    return np.einsum("ia,iab,ib->i", units, relative, units)


def _cubic_axes(
    positions: Positions, lattice: str
) -> tuple[Float[np.ndarray, "3 3"], float]:
    """Return the cubic axes (rows) of a crystal and its lattice constant (Å).

    The second shell of fcc and of bcc lies along the axes.
    """
    counts, ratio, _ = _SHELLS[lattice]
    lengths = np.linalg.norm(positions, axis=1)
    order = np.argsort(lengths, kind="stable")
    jumps = np.flatnonzero(np.diff(lengths[order]) > SAME_DISTANCE * lengths.min()) + 1
    groups = np.split(order, jumps)
    found = tuple(len(group) for group in groups[:2])
    near, far = (
        float(lengths[group].mean())
        for group in (groups[0], groups[min(1, len(groups) - 1)])
    )
    if found != counts or abs(far / near / ratio - 1.0) > SAME_DISTANCE:
        raise DefinitionError(
            f"the force constants are for {lattice}, but the structure has "
            f"{' and '.join(map(str, found))} neighbours in its first shells, the "
            f"second at {far / near:.3f} times the first distance; give a Debye "
            "temperature."
        )
    units = positions[groups[1]] / far
    first = units[0]
    second = units[int(np.argmin(np.abs(units @ first)))]
    return np.array([first, second, np.cross(first, second)]), far


def _dynamical(
    model: ForceConstants, phases: Float[np.ndarray, "q 3"]
) -> Float[np.ndarray, "q 3 3"]:
    """Return the dynamical matrices (N/m) at ``phases``: a times the wave vectors."""
    sites, tensors = model.neighbours()
    return np.tensordot(1.0 - np.cos(phases @ sites.T / 2.0), tensors, axes=1)


def _mesh(lattice: str) -> Float[np.ndarray, "q 3"]:
    """Return wave vectors times the lattice constant, evenly in the Brillouin zone.

    None is the centre, where the frequencies vanish.
    """
    reciprocal = 2.0 * np.pi * np.linalg.inv(np.array(_SHELLS[lattice][2]) / 2.0).T
    steps = (np.arange(MESH) + 0.5) / MESH
    grid = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(-1, 3)
    return grid @ reciprocal


def _mean_square(omega: np.ndarray, temperature: float, mass: float) -> np.ndarray:
    """Return the mean square amplitude of oscillators (rad/s, K, kg) in Å^2."""
    share = hbar * omega / (2.0 * boltzmann * max(temperature, 1e-3))
    return hbar / (2.0 * mass * omega * np.tanh(share)) * 1e20


def displaced(
    positions: Positions,
    covariance: Covariance,
    *,
    skewness: float,
    rng: np.random.Generator,
) -> Float[np.ndarray, "sample atom 3"]:
    """Return positions (Å) of the neighbours, relative to the moved central atom.

    Twice as many samples as coordinates, in pairs of opposite sign along orthogonal
    directions: their mean and covariance are exactly those wanted. ``skewness`` is
    C3 / sigma^3 of the nearest shell, which the harmonic crystal lacks: its bonds are
    stretched by a parabola of their own displacement.
    """
    size = len(covariance)
    directions = np.linalg.qr(rng.standard_normal((size, size)))[0] * np.sqrt(size)
    eigenvalues, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.clip(eigenvalues, 0.0, None))
    moved = directions @ root.T
    moved = np.concatenate([moved, -moved]).reshape(2 * size, -1, 3)
    relative = moved[:, 1:] - moved[:, :1]
    lengths = np.linalg.norm(positions, axis=1)
    units = positions / lengths[:, None]
    sigma2 = relative_displacements(positions, covariance)
    along = np.einsum("sia,ia->si", relative, units)
    nearest = lengths < (1.0 + SAME_DISTANCE) * lengths.min()
    bend = np.where(nearest, skewness / (6.0 * np.sqrt(sigma2)), 0.0)
    stretch = bend * (along**2 - sigma2)
    return positions + relative + stretch[:, :, None] * units
