"""Reductions of mu(E) in a thread: curves to look at, and changes of the document."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from PySide6.QtCore import QObject, Signal

from app.session.session import Session
from app.work.cache import Cache
from app.work.worker import Worker
from onne_core.errors import OnneError
from onne_core.reduction.background import Removal
from onne_core.values.project import Reduction, SpectrumEntry, with_spectra
from onne_core.values.spectrum import Absorption

logger = logging.getLogger(__name__)

MOST_KNOWN = 24
"""Reductions whose curves are kept: steps of undo among a few groups."""

Step = Callable[[Reduction], Reduction]


@dataclass(frozen=True, eq=False)
class Reduced:
    """A reduction with its curves, and what is known of the edge.

    ``step_std`` is the uncertainty of the edge step, in units of mu; ``tabulated`` the
    energy of the edge in tables, eV.
    """

    removal: Removal = field(repr=False)
    step_std: float
    tabulated: float | None


@dataclass(frozen=True, eq=False)
class Change:
    """A step for the groups with these mu(E), called ``text`` in the undo list."""

    scans: tuple[Absorption, ...]
    step: Step
    text: str
    merge: str


@dataclass(frozen=True, eq=False)
class Merge:
    """A merge of the groups with these mu(E)."""

    scans: tuple[Absorption, ...]
    name: str


@dataclass(frozen=True, eq=False)
class Outcome:
    """What became of each group: its new reduction and curves, or why there is none."""

    done: tuple[tuple[Absorption, Reduction, Reduced], ...]
    problems: tuple[str, ...]


class ReductionDesk(QObject):
    """Does one change after the other; ``changed`` when there is something to show.

    A change is a step from the group's reduction at the time when it is its turn, so
    that quick edits add up. The document takes over chi(k) and its reduction together.
    """

    changed = Signal()
    failed = Signal(str)
    glitches_found = Signal(object, object)

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self.worker = Worker("reduction", self)
        self._known = Cache[Reduced](MOST_KNOWN)
        self._problems = Cache[str](MOST_KNOWN)
        self._waiting: list[Change | Merge] = []
        self._is_changing = False
        self._wanted = ""

    @property
    def is_changing(self) -> bool:
        """True while a change of the document is under way or waits."""
        return self._is_changing or bool(self._waiting)

    @property
    def is_busy(self) -> bool:
        """True while anything is under way."""
        return self.is_changing or self.worker.is_busy

    def curves(self, reduction: Reduction) -> Reduced | None:
        """Return the curves of ``reduction`` if they are known."""
        return self._known.get(reduction.digest)

    def problem(self, reduction: Reduction) -> str:
        """Return why ``reduction`` has no curves, as far as is known."""
        return self._problems.get(reduction.digest) or ""

    def want(self, reduction: Reduction) -> None:
        """Find the curves of ``reduction``; those asked for before may be dropped."""
        key = reduction.digest
        if key in self._known or key in self._problems or key == self._wanted:
            return
        self._wanted = key

        def refused(error: OnneError) -> None:
            self._problems.keep(key, str(error))
            self._curves_end(key)

        def found(curves: Reduced) -> None:
            self._known.keep(key, curves)
            self._curves_end(key)

        self.worker.do(lambda: reduced(reduction), found, refused, topic="curves")

    def change(
        self, entries: Sequence[SpectrumEntry], step: Step, text: str, merge: str = ""
    ) -> None:
        """Take ``step`` for every group of ``entries``, in one step of undo.

        Of changes with the same ``merge`` key that still wait only the last is made.
        """
        scans = _scans(entries)
        if not scans:
            return
        last = self._waiting[-1] if self._waiting else None
        if merge and isinstance(last, Change) and last.merge == merge:
            self._waiting.pop()
        self._waiting.append(Change(scans, step, text, merge))
        self._go_on()

    def merge(self, entries: Sequence[SpectrumEntry], name: str) -> None:
        """Add the merged scan of ``entries`` as a new group called ``name``."""
        self._waiting.append(Merge(_scans(entries), name))
        self._go_on()

    def find_glitches(self, reduction: Reduction) -> None:
        """Find points of mu(E) that stick out; ``glitches_found`` carries them."""
        from onne_core.reduction.steps import glitches_of

        def found(energies: object) -> None:
            self.glitches_found.emit(reduction.absorption, energies)

        def refused(error: OnneError) -> None:
            self.failed.emit(str(error))

        self.worker.do(lambda: glitches_of(reduction), found, refused, topic="glitches")

    def close(self) -> None:
        """End the thread."""
        self._waiting = []
        self.worker.close()

    def _curves_end(self, key: str) -> None:
        if self._wanted == key:
            self._wanted = ""
        self.changed.emit()

    def _go_on(self) -> None:
        if self._is_changing or not self._waiting:
            return
        self._is_changing = True
        wanted, project = self._waiting.pop(0), self._session.document.project
        entries = [entry for entry in project.spectra if _is_of(entry, wanted.scans)]
        if isinstance(wanted, Merge):
            name = wanted.name
            self.worker.do(
                lambda: _merged(entries, name),
                self._add,
                self._refuse,
                doing=f"Merging {len(entries)} scans",
            )
            return
        self.worker.do(
            lambda: _carried_out(entries, wanted.step),
            lambda outcome: self._put(wanted, outcome),
            self._refuse,
            doing=wanted.text,
        )

    def _put(self, change: Change, outcome: Outcome) -> None:
        """Replace chi(k) and reduction of the groups that are still there."""
        new = {id(scan): (made, curves) for scan, made, curves in outcome.done}
        for made, curves in new.values():
            self._known.keep(made.digest, curves)
        project = self._session.document.project
        spectra = tuple(_replaced(entry, new) for entry in project.spectra)
        if any(a is not b for a, b in zip(spectra, project.spectra, strict=True)):
            changed = replace(project, spectra=spectra)
            self._session.edit(changed, change.text, merge=change.merge)
        if outcome.problems:
            self.failed.emit("\n".join(outcome.problems))
        self._end()

    def _add(self, found: tuple[SpectrumEntry, Reduced]) -> None:
        entry, curves = found
        assert entry.reduction is not None
        self._known.keep(entry.reduction.digest, curves)
        project = with_spectra(self._session.document.project, (entry,))
        self._session.edit(project, f"Merge into {entry.name}")
        self._end()

    def _refuse(self, error: OnneError) -> None:
        self.failed.emit(str(error))
        self._end()

    def _end(self) -> None:
        self._is_changing = False
        self.changed.emit()
        self._go_on()


def reduced(reduction: Reduction, removal: Removal | None = None) -> Reduced:
    """Return the curves of ``reduction``.

    Raises
    ------
    FormatError
        If mu(E) cannot be reduced so.
    """
    # Imported here, in the thread: larch takes seconds.
    from onne_core.reduction.background import tabulated_edge
    from onne_core.reduction.normalisation import step_spread
    from onne_core.reduction.steps import carried_out

    removal = removal or carried_out(reduction)
    scan, e0 = removal.absorption, removal.edge.e0
    assert removal.spectrum.fingerprint  # it is kept
    known = tabulated_edge(scan.element, scan.edge) if scan.element else None
    spread = step_spread(scan, e0, reduction.settings)
    return Reduced(removal, spread, known)


def _scans(entries: Sequence[SpectrumEntry]) -> tuple[Absorption, ...]:
    return tuple(e.reduction.absorption for e in entries if e.reduction is not None)


def _is_of(entry: SpectrumEntry, scans: Sequence[Absorption]) -> bool:
    """Return whether the mu(E) of ``entry`` is one of ``scans``, the same object."""
    own = entry.reduction.absorption if entry.reduction is not None else None
    return any(scan is own for scan in scans)


def _carried_out(entries: Sequence[SpectrumEntry], step: Step) -> Outcome:
    """Take ``step`` for every group; in the thread."""
    done, problems = [], []
    for entry in entries:
        old = entry.reduction
        assert old is not None
        try:
            new = step(old)
            if new.digest == old.digest:
                continue
            done.append((old.absorption, new, reduced(new)))
        except OnneError as error:
            problems.append(str(error))
    return Outcome(tuple(done), tuple(problems))


def _merged(
    entries: Sequence[SpectrumEntry], name: str
) -> tuple[SpectrumEntry, Reduced]:
    """Return the merged group with its curves; in the thread."""
    from onne_core.reduction.steps import merged_entry

    entry = merged_entry(entries, name)
    assert entry.reduction is not None
    return entry, reduced(entry.reduction)


def _replaced(
    entry: SpectrumEntry, new: dict[int, tuple[Reduction, Reduced]]
) -> SpectrumEntry:
    """Return ``entry`` with its new reduction, if it has one."""
    if entry.reduction is None or id(entry.reduction.absorption) not in new:
        return entry
    made, curves = new[id(entry.reduction.absorption)]
    return replace(entry, reduction=made, spectrum=curves.removal.spectrum)
