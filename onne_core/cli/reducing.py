"""The command reduce: from measured files to files of chi(k)."""

import re
from pathlib import Path

from onne_core.cli.arguments import Reduced, stems_of
from onne_core.cli.terminal import complain, say
from onne_core.errors import OnneError

UNUSABLE_INPUT = 2


def reduce(
    *files: Path,
    out: Path,
    absorber: str | None = None,
    reduced: Reduced = Reduced(),  # noqa: B008 - a frozen value
) -> int:
    """Reduce measured files to chi(k), one file for each spectrum.

    What was done is printed and stands in the header of each file.

    Parameters
    ----------
    files
        Measured files: mu(E) or detector columns; chi(k) is written as it is.
    out
        Folder for the files NAME.chi.
    absorber
        Element and edge, such as "Cu K", to take of scans with several edges.
    reduced
        Of measured files.
    """
    from onne_core import files as on_disk
    from onne_core.cli.choosing import absorber_of
    from onne_core.cli.predicting import reading_of
    from onne_core.pipeline.analysis.analysis import measured_spectra
    from onne_core.results import chi_file

    if not files:
        raise OnneError("reduce: no files given; name at least one measured file.")
    reading = reading_of(reduced, absorber_of(absorber))
    on_disk.refuse_unwritable(out)
    failed = 0
    for path, stem in zip(files, stems_of(files), strict=True):
        try:
            spectra, problems = measured_spectra(path, reading=reading)
        except OnneError as error:
            complain(error)
            failed += 1
            continue
        for problem in problems:
            complain(problem)
        failed += len(problems)
        names = _names([spectrum.name for spectrum, _ in spectra], stem)
        for (spectrum, _), name in zip(spectra, names, strict=True):
            target = out / f"{name}.chi"
            on_disk.write_text(target, chi_file.written(spectrum, file=path.name))
            for note in spectrum.notes:
                say(f"{name}: {note}")
            say(f"Written to {target}")
    return UNUSABLE_INPUT if failed else 0


def _names(spectra: list[str], stem: str) -> list[str]:
    """Return a name for the file of each of ``spectra`` of the file ``stem``."""
    if len(spectra) == 1:
        return [stem]
    plain = [re.sub(r"[^\w.-]+", "_", name)[:60].strip("._") for name in spectra]
    return [
        f"{stem}_{number}_{name}".rstrip("_") for number, name in enumerate(plain, 1)
    ]
