"""The continuous random variables of a system: envelopes, middles, a few draws.

The selected shell has grips, which move its ranges.
"""

from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import QPointF, Signal

from app.look import theme, wording
from app.look.wording import pair as written
from app.plots.plot import Plot
from app.plots.theme import DASHES, LABEL_ROOM, pen
from app.shells.editor.range_text import shifted
from app.shells.envelopes import Envelope
from app.shells.plots.range_grip import KINDS, NAMES, Kind, RangeGrip
from onne_core.values.recipe import SHELL_BOUNDS, Quantity
from onne_core.values.structure import Range

CLOSEST = 22.0
"""Smallest distance (px) of two handles; those of a narrow range stand apart."""

ONE_SIGMA = float(np.exp(-0.5))
"""A Gaussian one standard deviation from its middle, in units of its height."""


@dataclass(frozen=True, eq=False)
class VariableCurves(Envelope):
    """How a shell is drawn; ``dash`` is its number among those of its pair.

    ``ranges`` are those of distance and deviation (Å); the common factors of both, at
    their middles ``scale`` and ``spread``, are in the curves but not in them.
    """

    colour: int
    dash: int
    ranges: dict[Quantity, Range]
    scale: float
    spread: float


@dataclass(frozen=True, eq=False)
class VariablesPicture:
    """All shells on one ``r`` (Å); the ``selected`` one is lifted, -1 lifts none."""

    r: np.ndarray = field(repr=False)
    shells: tuple[VariableCurves, ...]
    selected: int = -1

    @property
    def shell(self) -> VariableCurves | None:
        """The selected shell."""
        inside = 0 <= self.selected < len(self.shells)
        return self.shells[self.selected] if inside else None


class VariablesPlot(Plot):
    """Plot of a :class:`VariablesPicture`; reports edits of the ranges."""

    range_moved = Signal(int, str, object)
    range_set = Signal(int, str, object)
    range_stepped = Signal(int, str, object)
    range_restored = Signal()
    shell_chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__("Shell distributions")
        self.picture: VariablesPicture | None = None
        self._start: tuple[float, Range] | None = None
        self.clicked.connect(self._choose)
        self.grips: dict[Kind, RangeGrip] = {}
        for kind in KINDS:
            grip = self.grips[kind] = RangeGrip(kind, self)
            grip.hide()
            grip.pressed.connect(self._begin_drag)
            grip.dragged.connect(self._drag)
            grip.dropped.connect(self._drop)
            grip.restored.connect(self._restore)
            grip.stepped.connect(self._step)
        self.moved.connect(self._place_grips)

    def draw(self, picture: VariablesPicture) -> None:
        """Draw ``picture``."""
        self.picture = picture
        palette = self.begin(
            bottom="<i>r</i> (Å)", left="<i>f</i>(<i>r</i>) (Å⁻¹), area 1 per shell"
        )
        top = max(float(shell.upper.max()) for shell in picture.shells)
        ends = (float(picture.r[0]), float(picture.r[-1]))
        self.set_range(ends, (0.0, top), room=LABEL_ROOM)
        apart = (0.45, 0.06 * top)
        for index, shell in enumerate(picture.shells):
            lifted = picture.selected in (-1, index)
            colour = palette.of_pair(shell.colour)
            self._draw_shell(picture.r, shell, colour, lifted=lifted)
            at = (shell.distance, float(shell.upper.max()))
            self.name_peak(written(shell.label), at, colour, apart=apart, most=top)
        self._draw_handles(picture)
        names = ", ".join(shell.label for shell in picture.shells)
        self.tell(f"Distance distributions of {names}.")

    def _choose(self, point: QPointF) -> None:
        """Select the shell whose curve is highest under the mouse."""
        picture = self.picture
        if picture is None:
            return
        x = point.x()
        at = int(np.clip(np.searchsorted(picture.r, x), 0, picture.r.size - 1))
        heights = [float(shell.upper[at]) for shell in picture.shells]
        highest = int(np.argmax(heights))
        if heights[highest] > 0.0:
            self.shell_chosen.emit(highest)

    def _draw_shell(
        self, r: np.ndarray, shell: VariableCurves, colour: str, *, lifted: bool
    ) -> None:
        self.fill_between(r, shell.lower, shell.upper, colour, 0.18 if lifted else 0.06)
        for sample in shell.samples if lifted else ():
            self.curve(r, sample, pen(colour, 0.8, opacity=0.55))
        style = pen(
            colour,
            2.0,
            dash=DASHES[shell.dash % len(DASHES)],
            opacity=1.0 if lifted else 0.35,
        )
        self.curve(r, shell.middle, style, name=written(shell.label))

    def _draw_handles(self, picture: VariablesPicture) -> None:
        """Show the grips of the selected shell with their values."""
        shell = picture.shell
        for grip in self.grips.values():
            grip.setVisible(shell is not None)
        if shell is None:
            return
        colour = theme.current().of_pair(shell.colour)
        distance, deviation = shell.ranges["distance"], shell.ranges["deviation"]
        height = float(shell.middle.max())
        ends = [
            QPointF(shell.scale * end, height)
            for end in (distance.lower, distance.upper)
        ]
        self.segments([(ends[0], ends[1])], pen(colour, 1.6))
        texts: dict[Kind, str] = {
            "lower": f"{wording.number(distance.lower, 3)} Å",
            "both": f"{wording.number(distance.centre, 3)} Å",
            "upper": f"{wording.number(distance.upper, 3)} Å",
            "deviation": f"σ {wording.number(deviation.centre, 3)} Å",
        }
        for kind, grip in self.grips.items():
            name = f"{NAMES[kind]} of {written(shell.label)}"
            grip.show_text(texts[kind], colour, name)
        self._place_grips()

    def _place_grips(self) -> None:
        shell = self.picture.shell if self.picture else None
        if shell is None:
            return
        distance, deviation = shell.ranges["distance"], shell.ranges["deviation"]
        height = float(shell.middle.max())
        middle = self.to_pixel(shell.distance, height)
        lower = self.to_pixel(shell.scale * distance.lower, height).x()
        upper = self.to_pixel(shell.scale * distance.upper, height).x()
        sigma = shell.spread * deviation.centre
        side = self.to_pixel(shell.distance + sigma, ONE_SIGMA * height)
        self.grips["both"].place(middle.x(), middle.y())
        self.grips["lower"].place(min(lower, middle.x() - CLOSEST), middle.y())
        self.grips["upper"].place(max(upper, middle.x() + CLOSEST), middle.y())
        below = max(side.y(), middle.y() + CLOSEST)
        self.grips["deviation"].place(side.x(), below)

    def _begin_drag(self, x: float) -> None:
        shell, grip = self._shell_and_grip()
        if shell is not None and grip is not None:
            self._start = (x, shell.ranges[_quantity(grip.kind)])

    def _drag(self, x: float) -> None:
        shell, grip = self._shell_and_grip()
        if shell is None or grip is None or self._start is None:
            return
        pressed, before = self._start
        there, here = (self.to_point(QPointF(at, 0.0)).x() for at in (x, pressed))
        by = there - here
        by /= shell.spread if grip.kind == "deviation" else shell.scale
        quantity = _quantity(grip.kind)
        item = pulled(before, grip.kind, by)
        if item != shell.ranges[quantity]:
            self.range_moved.emit(self._selected(), quantity, item)

    def _drop(self) -> None:
        shell, grip = self._shell_and_grip()
        self._start = None
        if shell is not None and grip is not None:
            quantity = _quantity(grip.kind)
            self.range_set.emit(self._selected(), quantity, shell.ranges[quantity])

    def _restore(self) -> None:
        self._start = None
        self.range_restored.emit()

    def _step(self, step: float) -> None:
        shell, grip = self._shell_and_grip()
        if shell is None or grip is None:
            return
        quantity = _quantity(grip.kind)
        by = 0.5 * step if grip.kind == "deviation" else step
        item = pulled(shell.ranges[quantity], grip.kind, by)
        if item != shell.ranges[quantity]:
            self.range_stepped.emit(self._selected(), quantity, item)

    def _shell_and_grip(self) -> tuple[VariableCurves | None, RangeGrip | None]:
        shell, grip = self.picture.shell if self.picture else None, self.sender()
        return shell, grip if isinstance(grip, RangeGrip) else None

    def _selected(self) -> int:
        return self.picture.selected if self.picture else -1


def pulled(item: Range, kind: Kind, by: float) -> Range:
    """Return ``item`` (Å) after a grip moved ``by`` Å: never crossed, in bounds."""
    bounds = SHELL_BOUNDS[_quantity(kind)]
    if kind == "lower":
        end = min(max(round(item.lower + by, 3), bounds.lowest), item.upper)
        return Range(end, item.upper)
    if kind == "upper":
        end = max(min(round(item.upper + by, 3), bounds.highest), item.lower)
        return Range(item.lower, end)
    return shifted(item, by, bounds)


def _quantity(kind: Kind) -> Quantity:
    return "deviation" if kind == "deviation" else "distance"
