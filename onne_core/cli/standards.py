"""The command standard, and the options of predict that apply one."""

from pathlib import Path
from typing import TYPE_CHECKING

from onne_core.cli.terminal import follow, say, table
from onne_core.errors import OnneError

if TYPE_CHECKING:
    from onne_core.pipeline.analysis.correcting import Correction
    from onne_core.standard.standard import Standard

AUTOMATIC, OF_STANDARD = "auto", "standard"


def standard(
    spectrum: Path,
    *,
    structure: str,
    temperature: float,
    out: Path,
    absorber: str | None = None,
    edge: str | None = None,
    debye: float | None = None,
    core_hole: bool = False,
) -> int:
    """Learn E0, S0^2 and the theory correction from a measured standard.

    Apply it to other spectra with onne predict --standard.

    Parameters
    ----------
    spectrum
        Measured file of the standard: chi(k) or mu(E), to at least k = 14 Å^-1.
    structure
        Structure file in any format that ASE reads, or a lattice with its constant in
        Å, such as fcc:3.6149 or bcc:2.867, at the temperature of the measurement.
    temperature
        Temperature of the measurement in K; the colder, the better.
    out
        File to write, standard.json.
    absorber
        Chemical symbol, if the file does not give it.
    edge
        K, L1, L2 or L3, if the file does not give it.
    debye
        Debye temperature in K. Not needed for the pure metals Al, Cu, Fe, Ni, Pd, Pt
        and W, whose measured force constants are used.
    core_hole
        Compute the theory with a core hole, for ensembles that were trained so; onne
        predict says if that is needed.
    """
    from onne_core import files, formats
    from onne_core.pipeline.analysis.analysis import reduced
    from onne_core.pipeline.analysis.correcting import write_standard
    from onne_core.pipeline.analysis.standards import (
        StandardRequest,
        learn_standard,
        theory_of,
    )
    from onne_core.values.spectrum import Absorption

    files.refuse_unwritable_file(out)
    measured = formats.read_measured(spectrum)
    known = measured if isinstance(measured, Absorption) else None
    symbol = absorber or (known and known.element)
    if not symbol:
        raise OnneError(
            f"standard: {spectrum.name} does not name the absorber; give --absorber."
        )
    request = StandardRequest(
        structure=structure,
        temperature=temperature,
        absorber=symbol,
        edge=edge or (known and known.edge) or "K",
        debye=debye,
        scattering=theory_of(core_hole=core_hole),
    )
    chi, _ = reduced(measured)
    learnt = follow(learn_standard(chi, request))
    write_standard(learnt, out)
    _show(learnt)
    say(f"Written to {out}; apply it with onne predict --standard {out}")
    return 0


def correction_of(path: Path | None, scale: str) -> "Correction | None":
    """Return the standard in ``path`` with the k scale given by ``scale``.

    Raises
    ------
    OnneError
        If the file is unusable, or ``scale`` is neither a factor near 1 nor a word.
    """
    from onne_core.pipeline.analysis.correcting import Correction, read_standard

    if path is None:
        if scale != AUTOMATIC:
            raise OnneError(f"--scale {scale}: works only with --standard; give both.")
        return None
    learnt = read_standard(path)
    if scale in (AUTOMATIC, OF_STANDARD):
        known = learnt.scale if scale == OF_STANDARD else None
        return Correction(learnt, path, known)
    try:
        return Correction(learnt, path, float(scale))
    except ValueError as error:
        raise OnneError(
            f"--scale {scale}: give a factor such as 1.002, {OF_STANDARD} for the "
            f"standard's own value (same beamline), or {AUTOMATIC}."
        ) from error


def _show(learnt: "Standard") -> None:
    """Print what was learnt."""
    rows = [
        (f"{r:.3f}", f"{1e3 * sigma2:.2f}", f"{100 * amplitude:+.1f}", f"{phase:+.3f}")
        for r, sigma2, amplitude, phase in zip(
            learnt.distances,
            learnt.sigma2,
            learnt.shell_amplitude,
            learnt.shell_phase,
            strict=True,
        )
    ]
    head = ("R (Å)", "σ² (10⁻³ Å²)", "amplitude (%)", "phase (rad)")
    title = f"{learnt.name}: {learnt.absorber} {learnt.edge} in {learnt.structure}"
    table(f"{title}, {learnt.temperature:g} K", head, rows)
    say(
        f"E0 shift {learnt.e0_shift:+.2f} eV, S0² {learnt.s02:.3f} ± "
        f"{learnt.s02_std:.3f}, k scale {learnt.scale:.4f}"
    )
    say(
        f"Unexplained signal: {100 * learnt.misfit_before:.1f} % with E0, scale "
        f"and S0² only, {100 * learnt.misfit:.1f} % with the correction"
    )
