"""Repeated reduction of a spectrum from mu(E) to chi(k)."""

from dataclasses import replace

from PySide6.QtCore import QObject

from app.session.session import Session
from onne_core.values.project import SpectrumEntry
from onne_core.values.spectrum import ReductionSettings, Spectrum


class ReductionCommands(QObject):
    """Reductions, one at a time; the latest requested settings win."""

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._next: tuple[SpectrumEntry, ReductionSettings] | None = None
        self._is_reducing = False

    def reduce(self, settings: ReductionSettings) -> None:
        """Reduce mu(E) of the selected spectrum by ``settings``."""
        entry = self._session.document.project.entry
        if entry is None or entry.reduction is None:
            return
        self._next = (entry, settings)
        self._go_on()

    def reset(self) -> None:
        """Return to chi(k) as it was imported."""
        entry = self._session.document.project.entry
        if entry is not None and entry.reduction is not None:
            reduction = entry.reduction
            self._put(entry, reduction.imported, reduction.first)

    def _go_on(self) -> None:
        if self._is_reducing or self._next is None:
            return
        (entry, settings), self._next = self._next, None
        if entry.reduction is None:
            return
        self._is_reducing = True
        job = self._session.run(
            f"Reducing {entry.name}",
            self._session.service.reduce_again,
            entry.reduction,
            settings,
        )
        job.finished.connect(
            lambda found: self._put(entry, found[0], found[1].settings)
        )
        for over in (job.finished, job.failed, job.cancelled):
            over.connect(self._end)

    def _end(self, _event: object = None) -> None:
        self._is_reducing = False
        self._session.changed.emit()
        self._go_on()

    def _put(
        self, entry: SpectrumEntry, spectrum: Spectrum, settings: ReductionSettings
    ) -> None:
        """Replace chi(k) of the entry, if it still exists.

        The mu(E) by which it is known stays the same object: what comes back from a
        process is a copy.
        """
        project = self._session.document.project
        spectra = tuple(
            replace(
                item,
                spectrum=spectrum,
                reduction=replace(item.reduction, settings=settings),
            )
            if item.reduction is not None and _is_same(item, entry)
            else item
            for item in project.spectra
        )
        changed = replace(project, spectra=spectra)
        self._session.edit(changed, "Repeat background removal")


def _is_same(first: SpectrumEntry, second: SpectrumEntry) -> bool:
    """Return whether both have the same mu(E)."""
    return (
        first.reduction is not None
        and second.reduction is not None
        and first.reduction.absorption is second.reduction.absorption
    )
