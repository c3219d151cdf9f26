"""Neighbours of atoms in a small sphere, as in a particle."""


def share_in_sphere(ratio: float) -> float:
    """Return the mean share of neighbours at r that lie in a sphere, over its atoms.

    ``ratio`` is r over the diameter. The share is the overlap of two spheres whose
    centres are r apart: R. C. Howell, T. Proffen and S. D. Conradson, Phys. Rev. B 73,
    094107 (2006), doi:10.1103/PhysRevB.73.094107.
    """
    return 1.0 - 1.5 * ratio + 0.5 * ratio**3 if ratio < 1.0 else 0.0
