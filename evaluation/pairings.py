"""Every spectrum with every ensemble: who is taken for whom.

As a program: ``python -m evaluation.pairings --ensembles A B --spectra FILE ...
--right STEM=ENSEMBLE ...`` prints a table of the verdicts, and ends with 1 if a wrong
pairing is inside. Every spectrum is read twice: as it is, and without the energy of
k = 0, as a file of chi(k) that does not name its absorber.
"""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from onne_core.cli.terminal import follow, say, table
from onne_core.errors import OnneError
from onne_core.jobs import Progress, Stage
from onne_core.pipeline.analysis.analysis import load_ensemble, measured_spectra
from onne_core.posterior.predict import Ensemble
from onne_core.values.prediction import Prediction, VerdictName
from onne_core.values.spectrum import Spectrum

HEAD = ("spectrum", "energies", "ensemble", "pairing", "verdict", "R-factor", "reason")
UNKNOWN = "no"
"""What the table says of spectra whose energies were left out."""


@dataclass(frozen=True)
class Pairing:
    """One spectrum answered by one ensemble; ``reason`` is the most severe check."""

    spectrum: str
    has_energies: bool
    ensemble: str
    is_right: bool
    verdict: VerdictName
    score: float
    r_factor: float
    reason: str

    @property
    def is_false_inside(self) -> bool:
        """Whether a wrong ensemble takes the spectrum for one of its own."""
        return not self.is_right and self.verdict == "inside"

    @property
    def cells(self) -> tuple[str, ...]:
        """The row of the table."""
        return (
            self.spectrum,
            "yes" if self.has_energies else UNKNOWN,
            self.ensemble,
            "right" if self.is_right else "wrong",
            f"{self.verdict}{' (!)' if self.is_false_inside else ''}",
            f"{self.r_factor:.3f}",
            self.reason,
        )


def pairings(
    ensembles: Sequence[Ensemble],
    spectra: Iterable[Spectrum],
    right: frozenset[tuple[str, str]],
) -> Stage[list[Pairing]]:
    """Return every spectrum with every ensemble, with and without its energies.

    ``right`` are the pairs of spectrum and ensemble, by their names, that belong
    together.
    """
    read = list(spectra)
    found = []
    for done, spectrum in enumerate(read):
        yield Progress(done, len(read), spectrum.name)
        forms = [spectrum]
        if spectrum.e0 is not None:
            forms.append(replace(spectrum, e0=None))
        for ensemble in ensembles:
            for form in forms:
                known = ensemble.settings_for(form)
                prediction = ensemble.predict(form, known)
                is_right = (spectrum.name, ensemble.name) in right
                found.append(_pairing(prediction, form, is_right=is_right))
    return found


def _pairing(prediction: Prediction, spectrum: Spectrum, *, is_right: bool) -> Pairing:
    verdict, back = prediction.verdict, prediction.back
    worst = next((one.text for one in verdict.reasons if not one.passed), "")
    return Pairing(
        spectrum=spectrum.name,
        has_energies=spectrum.e0 is not None,
        ensemble=prediction.ensemble_name,
        is_right=is_right,
        verdict=verdict.name,
        score=verdict.score,
        r_factor=float("nan") if back is None else back.r_factor_r,
        reason=worst,
    )


MANY = Parameter(consume_multiple=True)

app = App(name="pairings", help="Every spectrum with every ensemble.")


@app.default
def show(
    *,
    ensembles: Annotated[tuple[str, ...], MANY],
    spectra: Annotated[tuple[Path, ...], MANY],
    right: Annotated[tuple[str, ...], MANY] = (),
) -> int:
    """Print the verdicts on all pairings, and how many wrong ones are inside.

    Parameters
    ----------
    ensembles
        Names or folders of ensembles.
    spectra
        Measured files; the first spectrum of each is taken.
    right
        STEM=ENSEMBLE: the file and the ensemble's name that belong together.
    """
    belonging = frozenset(_pair(text) for text in right)
    read = [replace(_first(path), name=path.stem) for path in spectra]
    loaded = [load_ensemble(name) for name in ensembles]
    found = follow(pairings(loaded, read, belonging))
    table("Pairings", HEAD, [one.cells for one in found])
    wrong = [one for one in found if not one.is_right]
    false = sum(one.is_false_inside for one in wrong)
    say(f"{false} of {len(wrong)} wrong pairings are inside.")
    return int(false > 0)


def _first(path: Path) -> Spectrum:
    spectra, _ = measured_spectra(path)
    return spectra[0][0]


def _pair(text: str) -> tuple[str, str]:
    stem, sign, ensemble = text.partition("=")
    if not sign:
        raise OnneError(f"--right {text}: give STEM=ENSEMBLE.")
    return stem, ensemble


if __name__ == "__main__":
    sys.exit(app())
