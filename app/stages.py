"""Long work that the window runs in processes of its own; imports no Qt."""

from dataclasses import dataclass, field
from pathlib import Path

from onne_core.errors import OnneError
from onne_core.jobs import Progress, Stage
from onne_core.project import KnownDistribution, SpectrumEntry


@dataclass(frozen=True)
class Refused:
    """A file that was not opened: its path, and the problem in words."""

    path: str
    message: str
    kind: str


@dataclass(frozen=True, eq=False)
class Opened:
    """What came of a list of files."""

    entries: tuple[SpectrumEntry, ...] = field(repr=False)
    refused: tuple[Refused, ...] = ()


def read_spectra(paths: tuple[str, ...]) -> Stage[Opened]:
    """Read measured files, mu(E) reduced to chi(k); a bad one does not stop the rest."""
    entries: list[SpectrumEntry] = []
    refused: list[Refused] = []
    for done, path in enumerate(paths):
        yield Progress(done, len(paths), f"Reading {Path(path).name}")
        try:
            entries.append(_entry(Path(path)))
        except OnneError as error:
            refused.append(Refused(path, str(error), type(error).__name__))
    yield Progress(len(paths), len(paths), "Reading")
    return Opened(tuple(entries), tuple(refused))


def read_known(path: str) -> Stage[KnownDistribution]:
    """Read a known g(r)."""
    from onne_core.formats.known import read_known_distribution

    yield Progress(0, 1, f"Reading {Path(path).name}")
    return KnownDistribution(path, read_known_distribution(Path(path)))


def _entry(path: Path) -> SpectrumEntry:
    from onne_core.digest import digest_of_file
    from onne_core.pipeline import measured_spectrum

    spectrum = measured_spectrum(path)
    return SpectrumEntry(
        name=spectrum.name or path.stem,
        source=str(path),
        sha256=digest_of_file(path),
        spectrum=spectrum,
    )
