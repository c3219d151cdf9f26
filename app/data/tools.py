"""Tools that ask something in the strip below mu(E): deglitch, truncate and others."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.data.desk import ReductionDesk
from app.data.tool_panel import ToolPanel
from app.look import wording
from onne_core.reduction.steps import (
    calibrated,
    deglitched,
    edge_of,
    ending_at,
    nearest_point,
    self_absorption_corrected,
    with_operation,
)
from onne_core.values.project import Reduction, SpectrumEntry
from onne_core.values.treatment import Truncate

Tool = Literal["", "deglitch", "truncate", "calibrate", "self-absorption"]

USUAL_ANGLE = 45.0
"""Angle of beam and detector with the surface in most hutches, degrees."""


class Tools(QObject):
    """The tool in use on some groups; ``changed`` when what it shows has changed.

    Without one the strip shows a problem or the notice of a second edge.
    """

    changed = Signal()

    def __init__(self, desk: ReductionDesk, panel: ToolPanel, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self.panel = desk, panel
        self.tool: Tool = ""
        self.glitches: tuple[float, ...] = ()
        self.problem = ""
        self._entries: tuple[SpectrumEntry, ...] = ()
        self._notice: SpectrumEntry | None = None
        self._declined: set[int] = set()
        panel.apply.clicked.connect(self._apply)
        panel.other.clicked.connect(self._other)
        desk.failed.connect(self.say)
        desk.glitches_found.connect(self._take_glitches)

    def deglitch(self, entry: SpectrumEntry) -> None:
        """Propose points to remove; clicks add and remove others."""
        assert entry.reduction is not None
        self._begin("deglitch", (entry,))
        self._desk.find_glitches(entry.reduction)
        self.panel.offer("Looking for points that stick out…", "", "Cancel")

    def truncate(self, entries: Sequence[SpectrumEntry]) -> None:
        """Ask between which energies the data are to stay."""
        self._begin("truncate", entries)
        reduction = self._reduction
        if reduction is None:
            return
        scan, _ = edge_of(reduction)
        ends = float(scan.energy[0]), float(scan.energy[-1])
        energies = (("Keep from", ends[0]), ("Keep to", ends[1]))
        self.panel.offer("Keep the data from, to:", "Truncate", "Cancel", energies)

    def calibrate(self, entry: SpectrumEntry, tabulated: float | None) -> None:
        """Ask for the energy that E0 is to have."""
        self._begin("calibrate", (entry,))
        reduction = self._reduction
        if reduction is None:
            return
        _, edge = edge_of(reduction)
        wanted = edge.e0 if tabulated is None else tabulated
        text = (
            f"Shift all energies so that E₀ = {wording.number(edge.e0, 2)} eV becomes:"
        )
        self.panel.offer(text, "Calibrate", "Cancel", (("E0 becomes", wanted),))

    def correct_self_absorption(self, entries: Sequence[SpectrumEntry]) -> None:
        """Ask of what the thick sample is, and for its angles."""
        self._begin("self-absorption", entries)
        angles = (
            ("Angle of the beam with the surface", USUAL_ANGLE),
            ("Angle of the detector with the surface", USUAL_ANGLE),
        )
        text = (
            "Thick sample: formula with its matrix; angles of beam and detector with "
            "the surface:"
        )
        self.panel.offer(text, "Correct", "Cancel", angles, unit="°", formula=True)

    def pick(self, energy: float) -> None:
        """Mark the point nearest to ``energy`` (eV) for removal, or unmark it."""
        if self.tool != "deglitch" or self._reduction is None:
            return
        at = nearest_point(self._reduction, energy)
        if at in self.glitches:
            self.glitches = tuple(one for one in self.glitches if one != at)
        else:
            self.glitches = tuple(sorted((*self.glitches, at)))
        self._show_glitches()

    def say(self, problem: str) -> None:
        """Show a problem until it is dismissed."""
        self.problem = problem
        self.tool, self.glitches = "", ()
        self.changed.emit()

    def show(self, entry: SpectrumEntry | None, problem: str) -> None:
        """Show in the strip what belongs to the selected group."""
        own = entry is not None and any(_is_same(one, entry) for one in self._entries)
        if self.tool and not own:
            self.tool, self.glitches, self._entries = "", (), ()
        if self.tool:
            return
        self._notice = None
        if self.problem or problem:
            text = wording.sentence(self.problem or problem)
            self.panel.offer(text, "", "Dismiss" if self.problem else "")
            return
        cut = _cut_of(entry)
        if entry is None or cut is None or id(cut) in self._declined:
            self.panel.hide()
            return
        self._notice = entry
        at = wording.number(cut.upper or 0.0, 0)
        text = (
            f"{wording.strong(f'Second edge, {cut.edge}')} (another element of the "
            f"sample or its holder?): the data end before it, at {at} eV."
        )
        self.panel.offer(text, "Keep all data", "Dismiss")

    def cancel(self) -> None:
        """Put the tool away."""
        self.tool, self.glitches, self._entries = "", (), ()
        self.changed.emit()

    @property
    def _reduction(self) -> Reduction | None:
        """The reduction of the first group that the tool acts on."""
        return self._entries[0].reduction if self._entries else None

    def _begin(self, tool: Tool, entries: Sequence[SpectrumEntry]) -> None:
        self.tool, self.glitches, self.problem = tool, (), ""
        self._notice = None
        self._entries = tuple(entries)
        self.changed.emit()

    def _take_glitches(self, scan: object, energies: np.ndarray) -> None:
        reduction = self._reduction
        own = reduction.absorption if reduction is not None else None
        if self.tool == "deglitch" and own is scan:
            self.glitches = tuple(map(float, energies))
            self._show_glitches()

    def _show_glitches(self) -> None:
        count = len(self.glitches)
        points = "1 point" if count == 1 else f"{count} points"
        found = points if count else "No point"
        text = f"{found} marked. Click at a point of μ(E) to mark or unmark it."
        apply = f"Remove {points}" if count else ""
        self.panel.offer(text, apply, "Cancel")
        self.changed.emit()

    def _apply(self) -> None:
        desk, entries, tool = self._desk, self._entries, self.tool
        if self._notice is not None:
            desk.change((self._notice,), keep_all, "Keep all data")
            return
        first, second = self.panel.first.value(), self.panel.second.value()
        if tool == "deglitch":
            energies = self.glitches
            desk.change(entries, lambda one: deglitched(one, energies), "Deglitch")
        elif tool == "self-absorption":
            formula = self.panel.formula.text().strip()
            if not formula:
                self.panel.text.setText("Give the formula, such as Fe2O3.")
                return
            desk.change(
                entries,
                lambda one: self_absorption_corrected(one, formula, first, second),
                "Correct self-absorption",
            )
        elif tool == "calibrate":
            desk.change(entries, lambda one: calibrated(one, first), "Calibrate E₀")
        elif second <= first:
            self.panel.text.setText("The first energy must be below the second.")
            return
        else:
            desk.change(entries, lambda one: _truncated(one, first, second), "Truncate")
        self.cancel()

    def _other(self) -> None:
        cut = _cut_of(self._notice)
        if cut is not None:
            self._declined.add(id(cut))
        self.problem = ""
        self.cancel()


def _truncated(reduction: Reduction, lower: float, upper: float) -> Reduction:
    scan, _ = edge_of(reduction)
    ends = (
        lower if lower > scan.energy[0] else None,
        upper if upper < scan.energy[-1] else None,
    )
    if ends == (None, None):
        return reduction
    return with_operation(reduction, Truncate(*ends))


def keep_all(reduction: Reduction) -> Reduction:
    """Return ``reduction`` without the cut before a second edge."""
    return ending_at(reduction, float(reduction.absorption.energy[-1]) + 1e3)


def _cut_of(entry: SpectrumEntry | None) -> Truncate | None:
    """Return the cut before a second edge, if there is one."""
    if entry is None or entry.reduction is None:
        return None
    for one in entry.reduction.operations:
        if isinstance(one, Truncate) and one.edge:
            return one
    return None


def _is_same(one: SpectrumEntry, other: SpectrumEntry) -> bool:
    if one.reduction is None or other.reduction is None:
        return False
    return one.reduction.absorption is other.reduction.absorption
