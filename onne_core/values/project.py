"""The user's project: measured spectra and their settings, a recipe, an ensemble."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from onne_core.codec import REQUIRED
from onne_core.digest import digest
from onne_core.values.edges import absorber_named
from onne_core.values.prediction import Method, Sample
from onne_core.values.radial import RadialDistribution
from onne_core.values.recipe import Recipe
from onne_core.values.spectrum import Absorption, ReductionSettings, Spectrum
from onne_core.values.structure import System
from onne_core.values.treatment import Operation

Limits = dict[str, tuple[float, float]]
"""Lower and upper end (Å) per shell label, for the shells whose limits were set."""


@dataclass(frozen=True, eq=False)
class KnownDistribution:
    """A known g(r) to compare with a prediction; ``source`` is its path."""

    source: str
    distribution: RadialDistribution = field(repr=False)


@dataclass(frozen=True)
class AppliedStandard:
    """A standard that corrects spectra, stored in full with the project.

    ``source`` is the path of its file, empty where it was learnt here; ``title`` says
    in words what it was learnt on; ``text`` is the content of the file. ``own_scale``
    is the k scale of its beamline; ``scale`` what the k of a spectrum is multiplied
    with, ``None`` where it is not known.
    """

    source: str
    title: str
    text: str = field(repr=False)
    own_scale: float
    scale: float | None = None


@dataclass(frozen=True, eq=False)
class Reduction:
    """Reduction of mu(E) to chi(k); ``settings`` are those of the spectrum on screen.

    ``absorption`` is mu(E) as measured, ``operations`` what was done to it before, in
    their order. ``imported``, ``first`` and ``proposed`` are chi(k), the settings and
    the operations as the file was opened.
    """

    absorption: Absorption = field(repr=False)
    settings: ReductionSettings
    imported: Spectrum = field(repr=False)
    first: ReductionSettings
    operations: tuple[Operation, ...] = field(default=(), metadata={"added": True})
    proposed: tuple[Operation, ...] = field(default=(), metadata={"added": True})

    @cached_property
    def digest(self) -> str:
        """Digest of all that chi(k) depends on."""
        own = self.absorption.fingerprint
        return digest(own, self.operations, self.settings)


@dataclass(frozen=True, eq=False)
class SpectrumEntry:
    """One measured spectrum and the user's settings for it.

    Parameters
    ----------
    name
        Shown in lists and tables.
    source, sha256
        Path and digest of the file as it was opened.
    spectrum
        chi(k) as read or reduced.
    e0
        E0 shift in eV; ``None`` leaves it to the program.
    e0_std
        Its standard deviation in eV, likewise.
    s02
        S0^2 and its standard deviation; ``None`` leaves it to the program.
    limits
        Limits of the shells that the user moved; the others lie at the minima.
    known
        A g(r) known from elsewhere.
    conditions
        Numbers by which a series is ordered, by name: temperature (K), time (s) ...
    reduction
        mu(E) behind chi(k) and how it was reduced; ``None`` for a file of chi(k).
    standard
        What corrects the theory's error; ``None`` for nothing.
    method
        What answers, where the ensemble has a joint posterior.
    sample
        What the user knows of the sample.
    ensemble
        Name or folder of the ensemble chosen for this spectrum; "" for that of the
        project.
    absorber
        Element and edge as the user names them ("Cu K"), where the file does not.
    """

    name: str
    source: str
    sha256: str
    spectrum: Spectrum = field(repr=False)
    e0: float | None = field(default=None, metadata=REQUIRED)
    s02: tuple[float, float] | None = field(default=None, metadata=REQUIRED)
    limits: Limits = field(default_factory=dict, metadata=REQUIRED)
    known: KnownDistribution | None = field(default=None, metadata=REQUIRED)
    conditions: dict[str, float] = field(default_factory=dict)
    e0_std: float | None = None
    standard: AppliedStandard | None = None
    reduction: Reduction | None = None
    method: Method = "joint"
    sample: Sample = field(default="unknown", metadata={"added": True})
    ensemble: str = field(default="", metadata={"added": True})
    absorber: str = field(default="", metadata={"added": True})

    @property
    def named(self) -> Spectrum:
        """The spectrum with the absorber that the user has named, if any."""
        given = absorber_named(self.absorber)
        if given is None:
            return self.spectrum
        return replace(self.spectrum, element=given.element, edge=given.edge)


@dataclass(frozen=True, eq=False)
class Project:
    """Everything that is saved. A change is a new project; undo is the old one.

    ``recipe`` is what the user opened to look at, ``ensemble`` the name or folder of
    the one chosen for all spectra of its absorber, "" for an automatic choice,
    ``selected`` the index of the spectrum on screen, -1 for none.
    ``compared`` is the ensemble laid beside it, in the same form. ``window`` (Å^-1) and
    ``k_weight`` are those of the plots, ``None`` as the ensemble was trained.
    ``along`` names the condition by which the spectra are a series, "" their number.
    """

    recipe: Recipe | None = field(default=None, metadata=REQUIRED)
    spectra: tuple[SpectrumEntry, ...] = field(default=(), metadata=REQUIRED)
    ensemble: str = field(default="", metadata=REQUIRED)
    selected: int = field(default=-1, metadata=REQUIRED)
    compared: str = ""
    window: tuple[float, float] | None = None
    k_weight: int | None = None
    along: str = ""

    @property
    def system(self) -> System | None:
        """The system of the recipe."""
        return self.recipe.system if self.recipe else None

    @property
    def entry(self) -> SpectrumEntry | None:
        """The selected spectrum."""
        if 0 <= self.selected < len(self.spectra):
            return self.spectra[self.selected]
        return None

    @property
    def digest(self) -> str:
        """Digest of the content: equal projects have equal digests."""
        return digest(self)


def with_spectra(project: Project, entries: tuple[SpectrumEntry, ...]) -> Project:
    """Return ``project`` with ``entries`` added and the first of them selected."""
    if not entries:
        return project
    return replace(
        project,
        spectra=project.spectra + entries,
        selected=len(project.spectra),
    )


def with_newer(project: Project, entries: tuple[SpectrumEntry, ...]) -> Project:
    """Return ``project`` with ``entries``, whose files may have been read before.

    What was read of the same file under the same name takes over the new spectrum and
    keeps the user's settings for it; the rest is added, and the selection is unchanged.
    """
    places = {(one.source, one.name): i for i, one in enumerate(project.spectra)}
    spectra = list(project.spectra)
    added = []
    for entry in entries:
        place = places.get((entry.source, entry.name))
        if place is None:
            added.append(entry)
        elif spectra[place].sha256 != entry.sha256:
            spectra[place] = replace(
                spectra[place],
                sha256=entry.sha256,
                spectrum=entry.spectrum,
                reduction=entry.reduction,
            )
    pairs = zip(spectra, project.spectra, strict=True)
    if not added and all(new is old for new, old in pairs):
        return project
    selected = project.selected if project.spectra else 0
    return replace(project, spectra=(*spectra, *added), selected=selected)


def without_spectrum(project: Project, index: int) -> Project:
    """Return ``project`` without spectrum ``index``; its neighbour is selected."""
    spectra = project.spectra[:index] + project.spectra[index + 1 :]
    selected = project.selected - (project.selected > index)
    return replace(project, spectra=spectra, selected=min(selected, len(spectra) - 1))


def with_entry(project: Project, index: int, **changes: Any) -> Project:
    """Return ``project`` with the named fields of spectrum ``index`` replaced."""
    spectra = list(project.spectra)
    spectra[index] = replace(spectra[index], **changes)
    return replace(project, spectra=tuple(spectra))
