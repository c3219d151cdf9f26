"""Section: measured spectra of known crystals, by every method.

As a program, for spectra of one's own; rows of ensemble, spectrum and crystal::

    python -m evaluation.measured fe_bcc Fe.xdi bcc:2.8665 nio NiO.xdi rocksalt:4.177

``--standard SPECTRUM CRYSTAL`` corrects all of them by a measured standard, which knows
its absorber from the crystal: fcc:3.6032:Cu@10. Ensembles are names or folders.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from types import MappingProxyType

from cyclopts import App

from evaluation.against_lattice import S02_KNOWN, STANDARD, WITHOUT, Wanted, compared
from evaluation.crystals import crystal_of
from evaluation.places import Places, spectrum_of
from evaluation.section import Claim, Part, Section, Table, section
from onne_core.cli.arguments import s02_of
from onne_core.cli.terminal import complain, say, table
from onne_core.errors import OnneError
from onne_core.jobs import Stage, run
from onne_core.pipeline.analysis.analysis import load_ensemble
from onne_core.pipeline.analysis.correcting import Correction, with_standard
from onne_core.pipeline.analysis.standards import (
    StandardRequest,
    learn_standard,
    theory_of,
)
from onne_core.posterior.predict import Ensemble
from onne_core.values.prediction import MeasurementSettings
from onne_core.values.spectrum import Spectrum


@dataclass(frozen=True)
class Row:
    """A measured spectrum of a crystal, and the ensemble that answers."""

    ensemble: str
    file: str
    crystal: str


ROWS: Mapping[str, Row] = MappingProxyType(
    {
        "Ni foil, room temperature": Row("ni-foil", "Ni_metal_rt_01.xdi", "fcc:3.524"),
        "Cu foil, room temperature": Row("cu-foil", "cu_metal_rt.xdi", "fcc:3.615"),
        "Cu foil, 10 K": Row("cu-foil", "cu_metal_10K.xdi", "fcc:3.603@10"),
        "Fe foil, room temperature": Row("fe_bcc", "Fe_metal_rt_01.xdi", "bcc:2.8665"),
        "Pt foil, room temperature": Row("pt_fcc", "pt_metal_rt.xdi", "fcc:3.9242"),
        "NiO": Row("nio", "NiO.prj#1", "rocksalt:4.177"),
        "ZnS": Row("zns", "ZnS_rt.xdi", "zincblende:5.4093"),
    }
)
"""Lattice constants: R. W. G. Wyckoff, Crystal Structures 1 (1963), the metals' at room
temperature; Cu at 10 K is 0.33 % shorter (thermal expansion after Touloukian,
Thermophysical Properties of Matter 12, 1975)."""

FOREIGN = ("ni-foil", "NiOH2_rt_01.xdi")


KNOWN_S02 = 0.05
"""Relative standard deviation from which S0^2 counts as known."""

TEXT = (
    "E0 is determined automatically, S0² is assumed, as for any user's file; networks "
    "alone get the E0 of the joint answer, and the fit starts there. Lattice distances "
    "are those between the mean positions, lengthened by the vibrations where force "
    "constants of the metal are known (thermal offset)."
)


def measured(places: Places) -> Stage[Section]:
    """Measure the crystals, and a compound outside the training range of all."""
    makers: dict[str, Callable[[], Part]] = {
        name: partial(_of_places, places, name, row) for name, row in ROWS.items()
    }
    makers["Ni(OH)₂"] = lambda: _foreign(places)
    return section("measured", "Measured spectra", TEXT, makers)


def _of_places(places: Places, name: str, row: Row) -> Part:
    ensemble = places.ensemble(row.ensemble)
    spectrum = places.spectrum(row.file)
    settings = ensemble.settings_for(spectrum)
    return compared(name, ensemble, spectrum, settings, row.crystal, WITHOUT)


def _foreign(places: Places) -> Part:
    ensemble, spectrum = places.ensemble(FOREIGN[0]), places.spectrum(FOREIGN[1])
    prediction = ensemble.predict(spectrum, ensemble.settings_for(spectrum))
    rows = tuple(
        ("yes" if reason.passed else "NO", reason.text)
        for reason in prediction.verdict.reasons
    )
    title = f"Ni(OH)₂ predicted by {ensemble.name}: {prediction.verdict.name}"
    checks = Table(title, ("passed", "check"), rows)
    name = prediction.verdict.name
    claim = Claim("verdict outside", name, name == "outside")
    return Part(tables=(checks,), numbers={"verdict": name}, claims=(claim,))


app = App(name="evaluation.measured", help="Compare answers with known crystals.")


@app.default
def main(*rows: str, standard: tuple[str, str] | None = None, s02: str = "auto") -> int:
    """Print errors of all methods for measured spectra of known crystals.

    Parameters
    ----------
    rows
        Ensemble, spectrum and crystal of each: ni-foil Ni.xdi fcc:3.524. NiO.prj#2 is
        the second spectrum of a file.
    standard
        Spectrum and crystal of a standard: Cu.xdi fcc:3.6032:Cu@10.
    s02
        S0^2 as VALUE or VALUE+-STD, or auto.
    """
    if not rows or len(rows) % 3:
        raise OnneError("give rows of ENSEMBLE SPECTRUM CRYSTAL.")
    given = s02_of(s02)
    for i in range(0, len(rows), 3):
        name, file, crystal = rows[i : i + 3]
        try:
            show(_row(name, file, crystal, standard, given))
        except OnneError as error:
            complain(error)
    return 0


def _row(
    name: str,
    file: str,
    crystal: str,
    standard: tuple[str, str] | None,
    s02: tuple[float, float] | None,
) -> Part:
    ensemble = load_ensemble(name)
    spectrum, settings = _settings(ensemble, spectrum_of(file), standard, s02)
    wanted = _wanted(settings, standard is not None)
    title = f"{Path(file).name}, {ensemble.name}"
    return compared(title, ensemble, spectrum, settings, crystal, wanted)


def _settings(
    ensemble: Ensemble,
    spectrum: Spectrum,
    standard: tuple[str, str] | None,
    s02: tuple[float, float] | None,
) -> tuple[Spectrum, MeasurementSettings]:
    if standard is None:
        return spectrum, ensemble.settings_for(spectrum, s02=s02)
    card = ensemble.card
    correction = _learnt(*standard, card.absorber, card.edge, core_hole=card.core_hole)
    return with_standard(spectrum, ensemble, correction, s02=s02)


@cache
def _learnt(
    file: str, text: str, absorber: str, edge: str, *, core_hole: bool
) -> Correction:
    """Return the correction learnt from a standard; its crystal names its absorber."""
    crystal = crystal_of(text)
    own = (crystal.elements or [absorber])[0]
    request = StandardRequest(
        crystal.structure,
        crystal.temperature,
        own,
        edge,
        scattering=theory_of(core_hole=core_hole),
    )
    return Correction(run(learn_standard(spectrum_of(file), request)), Path(file))


def _wanted(settings: MeasurementSettings, with_standard: bool) -> Wanted:
    if with_standard:
        return STANDARD
    known = settings.s02_std <= KNOWN_S02 * settings.s02
    return S02_KNOWN if known else WITHOUT


def show(part: Part) -> None:
    """Print tables and goals of ``part``."""
    for one in part.tables:
        table(one.title, one.head, list(one.rows))
        say(one.note)
    for claim in part.claims:
        met = "met" if claim.met else "NOT MET"
        say(f"  {claim.wanted}: {claim.found} ({met})")


if __name__ == "__main__":
    app()
