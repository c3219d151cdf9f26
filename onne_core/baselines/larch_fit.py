"""Fit of shells by larch's feffit with paths from arrays, not files."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from onne_core.errors import FitError
from onne_core.quiet import larch_at_work
from onne_core.values.conventional import ShellModel
from onne_core.values.spectrum import K_STEP, Spectrum, k_grid, regridded

LARGEST_E0_SHIFT = 25.0
"""Ends of the E0 shift, eV."""

NUMBERS = (0.02, 4.0)
"""Ends of N S0^2, in units of the number of neighbours at which the fit starts."""

SIGMA2_ENDS = (0.0002, 0.08)
"""Ends of sigma^2, Å^2."""

LARGEST_C3 = 0.005
"""Ends of C3, Å^3."""

AT_END = 1e-3
"""A value nearer to an end than this share of the range is the end."""

LEAST_NOISE = 1e-6
"""Noise of chi that is assumed at least: theory has none, and chi-square needs one."""


@dataclass(frozen=True)
class FitSettings:
    """Settings of a fit.

    Window and k-weight of the transform, the range of R (Å, no phase shift), S0^2 with
    its standard deviation, the E0 shift (eV) to start from, the standard deviation of
    white noise in chi, and whether C3 is varied.
    """

    k_min: float
    k_max: float
    k_weight: int
    taper: float
    r_min: float
    r_max: float
    s02: float = 1.0
    s02_std: float = 0.0
    e0_start: float = 0.0
    noise: float = 1e-3
    c3: bool = False


def larch_fit(
    spectrum: Spectrum,
    shells: tuple[ShellModel, ...],
    settings: FitSettings,
    k_max: float,
) -> Any:
    """Return the result of larch's feffit; the k window ends at ``k_max`` (Å^-1).

    Raises
    ------
    FitError
        If larch finds no fit.
    """
    from larch import Group
    from larch.fitting import param, param_group
    from larch.xafs import feffit, feffit_dataset, feffit_transform

    start = float(np.clip(settings.e0_start, -LARGEST_E0_SHIFT, LARGEST_E0_SHIFT))
    group = param_group(e0=_variable(start, -LARGEST_E0_SHIFT, LARGEST_E0_SHIFT))
    paths = []
    for i, shell in enumerate(shells):
        for name, value in _variables(shell, settings).items():
            setattr(group, f"{name}{i}", value)
        if not settings.c3:
            setattr(group, f"c3{i}", param(0.0, vary=False))
        paths.append(_path(shell, i))
    grid = k_grid(float(spectrum.k[-1]))
    dataset = feffit_dataset(
        data=Group(k=grid, chi=regridded(spectrum, grid).chi),
        paths=paths,
        transform=feffit_transform(
            fitspace="r",
            window="hanning",
            kmin=settings.k_min,
            kmax=k_max,
            dk=settings.taper,
            kweight=settings.k_weight,
            kstep=K_STEP,
            rmin=settings.r_min,
            rmax=settings.r_max,
        ),
        epsilon_k=max(settings.noise, LEAST_NOISE),
    )
    failed = "larch's fit failed ({error}); check the data and their range."
    with larch_at_work(FitError, f"{spectrum.name or 'spectrum'}: {failed}"):
        return feffit(group, dataset)


def _variable(value: float, lower: float, upper: float) -> Any:
    """Return a variable of larch that starts well inside its ends."""
    from larch.fitting import param

    margin = 0.01 * (upper - lower)
    inside = float(np.clip(value, lower + margin, upper - margin))
    return param(inside, min=lower, max=upper, vary=True)


def ends_of(shell: ShellModel) -> dict[str, tuple[float, float]]:
    """Return the bounds of every quantity of ``shell``."""
    fewest, most = NUMBERS
    return {
        "amplitude": (fewest * shell.number, most * shell.number),
        "distance": (shell.nearest, shell.farthest),
        "sigma2": SIGMA2_ENDS,
        "c3": (-LARGEST_C3, LARGEST_C3),
    }


def _variables(shell: ShellModel, settings: FitSettings) -> dict[str, Any]:
    starts = {
        "amplitude": settings.s02 * shell.number,
        "distance": shell.distance,
        "sigma2": shell.sigma2,
    }
    if settings.c3:
        starts["c3"] = 0.0
    ends = ends_of(shell)
    return {name: _variable(value, *ends[name]) for name, value in starts.items()}


def _path(shell: ShellModel, index: int) -> Any:
    """Return larch's path of ``shell``, its parameters bound to those of ``index``."""
    from larch.xafs import FeffPathGroup

    table = np.asarray(shell.path, dtype=float)
    label = f"shell{index}"
    return FeffPathGroup(
        filename=label,
        label=label,
        degen=1.0,
        s02=f"amplitude{index}",
        e0="e0",
        deltar=f"distance{index} - {float(table[5, 0])!r}",
        sigma2=f"sigma2{index}",
        third=f"c3{index}",
        _feffdat=_feff_data(label, table),
    )


def _feff_data(label: str, table: np.ndarray) -> Any:
    """Return ``table`` in the form in which larch keeps a feffNNNN.dat."""
    from larch.xafs.feffdat import FeffDatFile

    k, amplitude, phase, mean_free_path, wavenumber, length = table
    # Atoms are there since larch wants a reduced mass, which no quantity here uses.
    atoms = [("A", 1, 0, 1.0, 0.0, 0.0, 0.0), ("B", 1, 1, 1.0, 0.0, 0.0, 0.0)]
    numbers = ("rnorman", "edge", "gam_ch", "vmu", "vfermi", "vint", "rs_int")
    content = FeffDatFile()
    content._set_from_dict(
        **dict.fromkeys(numbers, 0.0),
        title=label,
        version="",
        shell="",
        absorber="",
        exch="",
        degen=1.0,
        reff=float(length[0]),
        nleg=2,
        potentials=[],
        geom=atoms,
        k=k,
        real_phc=np.zeros_like(k),
        mag_feff=amplitude,
        pha_feff=phase,
        red_fact=np.ones_like(k),
        lam=mean_free_path,
        rep=wavenumber,
        pha=phase,
        amp=amplitude,
    )
    return content
