"""Made scans of mu(E) with a known chi(k), for tests of what is done to them."""

import numpy as np

from onne_core.values.spectrum import HBAR2_OVER_2M, Absorption

E0 = 8333.0
ENERGY = np.concatenate(
    [
        np.arange(8133.0, 8313.0, 5.0),
        np.arange(8313.0, 8363.0, 0.5),
        E0 + HBAR2_OVER_2M * np.arange(2.85, 16.0, 0.05) ** 2,
    ]
)


def chi_of(k):
    """Return the wave of one shell, 6 neighbours at 2.5 Å, that begins at 2 Å^-1."""
    damping = np.exp(-2.0 * k**2 * 0.005) * (1.0 - np.exp(-((k / 2.0) ** 4)))
    return 6.0 * np.sin(2.0 * k * 2.5 - 0.4 * k) * damping / (k * 2.5**2)


def edge_of(energy, e0=E0, width=1.5):
    return 0.5 + np.arctan((energy - e0) / width) / np.pi


def mu_of(energy, step=1.3, e0=E0):
    k = np.sqrt(np.clip(energy - e0, 1e-6, None) / HBAR2_OVER_2M)
    return 1.1 - 3e-4 * (energy - e0) + step * (edge_of(energy, e0) + chi_of(k))


def scan(energy=ENERGY, mu=None, name="scan", **more):
    mu = mu_of(energy) if mu is None else mu
    return Absorption(energy.copy(), mu.copy(), "Ni", "K", name=name, **more)


def noisy(seed, size=1e-3, **more):
    noise = size * np.random.default_rng(seed).normal(size=ENERGY.size)
    return scan(mu=mu_of(ENERGY) + noise, name=f"scan {seed}", **more)
