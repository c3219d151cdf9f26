"""chi(k) by the FEFF8L executables: one run per cluster, checked afterwards.

The executables exit with 0 on almost every failure and turn some wrong input into
plausible spectra, so the geometry is checked before a run and completion after it.
FEFF8L: Ankudinov, Ravel, Rehr, Conradson, Phys. Rev. B 58, 7565 (1998),
doi:10.1103/PhysRevB.58.7565.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ase.data import atomic_numbers
from jaxtyping import Float

from onne_core.errors import ScatteringError
from onne_core.scattering.executables import MODULES, fresh_folder, run_module
from onne_core.values.recipe import ScatteringRecipe
from onne_core.values.spectrum import k_grid
from onne_core.values.structure import Cluster

MOST_ATOMS = 1000
MOST_POTENTIALS = 11
LARGEST_CHI = 5.0
"""abs(chi) beyond this at k >= 2 Å^-1 is a diverged multiple-scattering expansion."""


@dataclass(frozen=True, eq=False)
class ScatteringPath:
    """Effective scattering of one single-scattering path, as in feffNNNN.dat.

    ``length`` is the half path length, Å. The rows of ``table``, the form that is
    stored with a training set, are k (Å^-1), amplitude (Å), phase (rad, of central atom
    and scatterer), mean free path (Å), Re p (Å^-1), and ``length``, repeated.
    """

    element: str
    length: float
    table: Float[np.ndarray, "6 k"]


def chi_of(
    cluster: Cluster,
    *,
    edge: str,
    recipe: ScatteringRecipe,
    scratch: Path | None = None,
) -> Float[np.ndarray, " k"]:
    """Return chi(k) of ``cluster`` on the grid 0, 0.05 ... ``recipe.k_max`` Å^-1.

    S0^2 is 1, there is no Debye-Waller factor, E0 is FEFF's own. ``scratch`` is the
    folder in which the run's own temporary folder is made.

    Raises
    ------
    ScatteringError
        If the geometry is unusable, the cluster has occupancies, a module did not
        finish, or the spectrum is not finite or has diverged.
    StorageError
        If the disk is full or the folder has gone.
    JobError
        If somebody killed an executable.
    """
    if cluster.occupancies is not None:
        raise ScatteringError(
            "FEFF: a shell has more neighbours than the template has sites; only "
            "the engine onne supports this.",
            reason="more neighbours than sites, with the executables",
        )
    with fresh_folder(scratch) as folder:
        run_modules(MODULES, folder, cluster, edge=edge, recipe=recipe)
        k, chi = _read_chi(folder / "chi.dat")
    grid = k_grid(recipe.k_max)
    if k[-1] < grid[-1] - 1e-3:
        raise ScatteringError(
            f"FEFF: chi(k) ends at {k[-1]:g} Å^-1, but {grid[-1]:g} Å^-1 were "
            "requested.",
            reason="spectrum too short",
        )
    chi = np.interp(grid, k, chi)
    largest = float(np.max(np.abs(chi[grid >= 2.0])))
    if not np.isfinite(largest) or largest > LARGEST_CHI:
        raise ScatteringError(
            f"FEFF: abs(chi) reaches {largest:.3g}; the expansion diverges.",
            reason="spectrum diverged",
        )
    return chi


def single_scattering_paths(
    cluster: Cluster, *, edge: str, recipe: ScatteringRecipe
) -> tuple[ScatteringPath, ...]:
    """Return the single-scattering paths of ``cluster``, shortest first.

    Raises
    ------
    ScatteringError
        As in :func:`chi_of`.
    """
    with fresh_folder(None) as folder:
        run_modules(MODULES, folder, cluster, edge=edge, recipe=recipe, every_path=True)
        paths = [_read_path(file) for file in sorted(folder.glob("feff0*.dat"))]
    found = [path for path in paths if path is not None]
    return tuple(sorted(found, key=lambda path: path.length))


def run_modules(
    modules: Iterable[str],
    folder: Path,
    cluster: Cluster,
    *,
    edge: str,
    recipe: ScatteringRecipe,
    every_path: bool = False,
) -> None:
    """Write feff.inp for ``cluster`` into ``folder`` and run ``modules`` there.

    Raises
    ------
    ScatteringError, StorageError, JobError
        As in :func:`chi_of`.
    """
    check_geometry(cluster)
    text = input_text(cluster, edge=edge, recipe=recipe, every_path=every_path)
    (folder / "feff.inp").write_text(text)
    for name in modules:
        run_module(name, folder, recipe.timeout)


def input_text(
    cluster: Cluster, *, edge: str, recipe: ScatteringRecipe, every_path: bool = False
) -> str:
    """Return feff.inp for ``cluster``; ``every_path`` asks for feffNNNN.dat files."""
    elements = sorted(set(cluster.elements))
    potentials = [f"  0 {atomic_numbers[cluster.absorber]} {cluster.absorber}"]
    potentials += [
        f"  {i} {atomic_numbers[name]} {name}" for i, name in enumerate(elements, 1)
    ]
    atoms = ["  0.0 0.0 0.0 0"]
    atoms += [
        f"  {x:.6f} {y:.6f} {z:.6f} {elements.index(name) + 1}"
        for name, (x, y, z) in zip(cluster.elements, cluster.positions, strict=True)
    ]
    filters = "0 0" if every_path else f"{recipe.curved_wave:g} {recipe.plane_wave:g}"
    legs = 2 if every_path else recipe.legs
    core_hole = [] if recipe.core_hole else ["NOHOLE"]
    return "\n".join(
        [
            "TITLE onne",
            f"EDGE {edge}",
            *core_hole,
            "S02 1.0",
            "CONTROL 1 1 1 1 1 1",
            f"PRINT 0 0 0 0 0 {3 if every_path else 0}",
            f"RPATH {recipe.r_max:g}",
            "EXAFS 20",
            f"NLEG {legs}",
            f"CRITERIA {filters}",
            "POTENTIALS",
            *potentials,
            "ATOMS",
            *atoms,
            "END",
            "",
        ]
    )


def check_geometry(cluster: Cluster) -> None:
    """Refuse geometries for which FEFF silently gives garbage.

    Raises
    ------
    ScatteringError
        For no neighbour, too many atoms or potentials, positions that are not
        finite, or two atoms within 0.5 Å.
    """
    positions = np.vstack([np.zeros(3), cluster.positions])
    if not cluster.elements:
        raise ScatteringError("The cluster has no neighbours.", reason="no neighbours")
    if len(positions) > MOST_ATOMS:
        raise ScatteringError(
            f"{len(positions)} atoms; FEFF8L takes at most {MOST_ATOMS}.",
            reason="too many atoms",
        )
    if len(set(cluster.elements)) > MOST_POTENTIALS:
        raise ScatteringError(
            f"FEFF8L takes at most {MOST_POTENTIALS} elements around the absorber.",
            reason="too many potentials",
        )
    if not np.all(np.isfinite(positions)):
        raise ScatteringError(
            "Atom positions are not finite.", reason="positions not finite"
        )
    distances = np.linalg.norm(positions[:, None] - positions[None, :], axis=2)
    np.fill_diagonal(distances, np.inf)
    if distances.min() < 0.5:
        raise ScatteringError(
            f"Two atoms are {distances.min():.3f} Å apart.", reason="atoms coincide"
        )


def _read_chi(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return k (Å^-1) and chi of a chi.dat."""
    try:
        table = np.loadtxt(path, encoding="latin-1", ndmin=2)
    except ValueError as error:
        raise ScatteringError(
            f"FEFF: chi.dat cannot be read ({error}).", reason="chi.dat unreadable"
        ) from error
    rows, columns = table.shape
    if rows < 8 or columns < 2 or not np.all(np.isfinite(table[:, :2])):
        raise ScatteringError(
            "FEFF: chi.dat is not a finite table.", reason="chi.dat unreadable"
        )
    return table[:, 0], table[:, 1]


def _read_path(path: Path) -> ScatteringPath | None:
    """Return the path in a feffNNNN.dat, ``None`` if it has more than two legs."""
    lines = path.read_text(encoding="latin-1").splitlines()
    dashes = next(i for i, line in enumerate(lines) if line.strip().startswith("-----"))
    head = lines[dashes + 1].split()
    if int(head[0]) != 2:
        return None
    element = next(
        words[5]
        for line in lines[dashes + 2 :]
        if len(words := line.split()) >= 6 and words[3] != "0" and words[4].isdigit()
    )
    start = next(i for i, line in enumerate(lines) if "real[2*phc]" in line) + 1
    numbers = [[float(word) for word in line.split()] for line in lines[start:]]
    k, centre, modulus, scatterer, factor, free, momentum = np.array(numbers).T
    length = float(head[2])
    rows = (k, modulus * factor, centre + scatterer, free, momentum)
    return ScatteringPath(element, length, np.array([*rows, np.full_like(k, length)]))
