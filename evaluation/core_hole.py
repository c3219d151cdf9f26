"""What a core hole does to the theory of known metals: fits with and without it.

As a program, for spectra of one's own; a spectrum and its crystal with element each::

    python -m evaluation.core_hole Ni.xdi fcc:3.524:Ni Cu.xdi fcc:3.603:Cu@10
"""

from cyclopts import App

from evaluation.crystals import Crystal, crystal_of
from evaluation.places import spectrum_of
from evaluation.shell_fit import ShellErrors, shell_errors
from onne_core.cli.terminal import table
from onne_core.errors import OnneError
from onne_core.jobs import run
from onne_core.pipeline.analysis.standards import (
    StandardRequest,
    known_spectrum,
    theory_of,
)
from onne_core.values.elements import usual_edge
from onne_core.values.spectrum import Spectrum

HEAD = ("core hole", "R - crystal (mÅ)", "σ² (%)", "E0 shift (eV)", "S0²", "misfit")

app = App(name="evaluation.core_hole", help="Fit known metals with and without it.")


@app.default
def main(*rows: str) -> int:
    """Print the errors of the four nearest shells, with the core hole and without.

    Parameters
    ----------
    rows
        Spectrum and crystal of each: Ni.xdi fcc:3.524:Ni.
    """
    if not rows or len(rows) % 2:
        raise OnneError("give rows of SPECTRUM CRYSTAL.")
    for file, text in zip(rows[::2], rows[1::2], strict=True):
        crystal, spectrum = crystal_of(text), spectrum_of(file)
        found = [
            _row(core_hole, errors_of(spectrum, crystal, core_hole=core_hole))
            for core_hole in (True, False)
        ]
        table(f"{spectrum.name}, {text}", HEAD, found)
    return 0


def errors_of(spectrum: Spectrum, crystal: Crystal, *, core_hole: bool) -> ShellErrors:
    """Return the errors of a fit of the crystal's theory to its spectrum.

    Raises
    ------
    OnneError
        If the crystal names no element.
    """
    if not crystal.elements:
        raise OnneError(f"{crystal.structure}: name its element, as in fcc:3.524:Ni.")
    absorber = crystal.elements[0]
    request = StandardRequest(
        crystal.structure,
        crystal.temperature,
        absorber,
        usual_edge(absorber),
        scattering=theory_of(core_hole=core_hole),
    )
    return shell_errors(spectrum, run(known_spectrum(request)))


def _row(core_hole: bool, found: ShellErrors) -> tuple[str, ...]:
    return (
        "with" if core_hole else "without",
        " ".join(f"{1e3 * error:+.0f}" for error in found.distance),
        " ".join(f"{100 * error:+.0f}" for error in found.sigma2),
        f"{found.e0_shift:.1f}",
        f"{found.s02:.2f}",
        f"{found.misfit:.3f}",
    )


if __name__ == "__main__":
    app()
