"""mu(E) with its pre-edge line, post-edge curve and background, and grips to drag."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

import numpy as np
from PySide6.QtCore import QPointF, Signal

from app.data.plots.energy_grips import LABEL, EnergyGrip, RangeGrip
from app.look import theme
from app.look.wording import number
from app.plots.labelled_grip import HEIGHT
from app.plots.plot import Plot
from app.plots.theme import pen
from onne_core.reduction.normalisation import Normalisation
from onne_core.values.spectrum import Absorption

Mode = Literal["mu", "normalised", "derivative"]
MODES: tuple[Mode, ...] = ("mu", "normalised", "derivative")

ENDS = ("pre1", "pre2", "norm1", "norm2")
NAMES = {
    "e0": "E0",
    "pre1": "Start of the pre-edge line",
    "pre2": "End of the pre-edge line",
    "norm1": "Start of the post-edge curve",
    "norm2": "End of the post-edge curve",
    "end": "End of the data",
}
E = "<i>E</i> (eV)"
TITLES = {
    "mu": "<i>μ</i>(<i>E</i>)",
    "normalised": "normalised <i>μ</i>(<i>E</i>)",
    "derivative": "d<i>μ</i>/d<i>E</i> (eV⁻¹)",
}
FOOT = 18.0
"""Distance of the grips of ranges from the lower end of the plot, px."""

NAME_HEIGHT = 0.1
"""Height of the names of ranges above the lower end, as a share of the plot."""

NEAR_BELOW, NEAR_ABOVE = 40.0, 110.0
"""Part of the derivative that is shown first, eV around E0."""


@dataclass(frozen=True, eq=False)
class MuPicture:
    """Content of the plot.

    ``scan`` is mu(E) after its operations, ``whole`` as measured, on the same axis;
    ``edge`` the curves around the edge, ``background`` the spline on the energies of
    the scan, ``None`` while it is computed. ``others`` are marked groups, normalised,
    by name; ``glitches`` energies that will be removed, eV; they are chosen
    by clicks while ``is_choosing``. ``cut_by`` names the second edge before which the
    data end.
    """

    scan: Absorption = field(repr=False)
    whole: Absorption = field(repr=False)
    edge: Normalisation = field(repr=False)
    mode: Mode = "mu"
    background: np.ndarray | None = field(default=None, repr=False)
    others: Sequence[tuple[str, np.ndarray, np.ndarray]] = ()
    glitches: Sequence[float] = ()
    is_choosing: bool = False
    cut_by: str = ""


class MuPlot(Plot):
    """Plot of a :class:`MuPicture`.

    Signals carry the name of a grip and the energy (eV) that is wanted: absolute for
    ``e0`` and ``end``, above E0 for the ends of ranges. ``point_chosen`` carries the
    energy of a click while points are chosen.
    """

    moved_to = Signal(str, float)
    put = Signal(str, float)
    stepped_to = Signal(str, float)
    restored = Signal()
    point_chosen = Signal(float)

    def __init__(self) -> None:
        super().__init__("mu of E")
        self.picture: MuPicture | None = None
        self._wanted: float | None = None
        e0 = "Drag to set E₀. Arrow keys move it by 0.1 eV, with Shift by 1 eV."
        end = "Drag to leave out data beyond it. Arrow keys: 1 eV, with Shift 10 eV."
        self.grips: dict[str, EnergyGrip | RangeGrip] = {
            "e0": EnergyGrip(self, e0, 0.1, 1.0),
            "end": EnergyGrip(self, end, 1.0, 10.0),
            **{name: RangeGrip(self, NAMES[name]) for name in ENDS},
        }
        for name, grip in self.grips.items():
            grip.dragged.connect(partial(self._drag, name))
            grip.dropped.connect(partial(self._drop, name))
            grip.restored.connect(self._restore)
            grip.stepped.connect(partial(self._step, name))
        self.moved.connect(self._place_grips)
        self.clicked.connect(self._click)

    @property
    def is_dragging(self) -> bool:
        """True while a grip is dragged."""
        return any(grip.is_dragging for grip in self.grips.values())

    def draw(self, picture: MuPicture) -> None:
        """Draw ``picture``."""
        is_new = self.picture is None or (
            self.picture.whole is not picture.whole or self.picture.mode != picture.mode
        )
        self.picture = picture
        palette = self.begin(bottom=E, left=TITLES[picture.mode])
        if is_new:
            self.show_all()
        energy, shown = picture.scan.energy, _shown(picture)
        x, y = _whole(picture)
        if not self.is_dragging or is_new:
            self._range(picture, x, y)
        if picture.mode == "mu":
            self._shade_ranges(picture.edge)
        beyond = (x < energy[0]) | (x > energy[-1])
        if beyond.any():
            self.curve(x, y, pen(palette.border, 1.0, opacity=0.7))
        for index, (name, other_x, other_y) in enumerate(picture.others):
            if picture.mode != "mu":
                style = pen(palette.of_pair(index), 1.1)
                self.curve(other_x, other_y, style, name=name)
        if picture.mode == "mu":
            self._draw_curves(picture)
        self.curve(energy, shown, pen(palette.text, 1.4), name="data")
        for at in picture.glitches:
            height = float(np.interp(at, energy, shown))
            self.dot(at, height, palette.outside, 4.5)
        e0 = picture.edge.e0
        self.upright(e0, pen(palette.accent, 1.1, dash=(5.0, 3.0)))
        if picture.cut_by or energy[-1] < picture.whole.energy[-1]:
            dashed = pen(palette.borderline, 1.1, dash=(5.0, 3.0))
            self.upright(float(energy[-1]), dashed)
        self._place_grips()
        self.tell(_sentence(picture))

    def _range(self, picture: MuPicture, x: np.ndarray, y: np.ndarray) -> None:
        low, high = float(y.min()), float(y.max())
        margin = 0.06 * (high - low) or 1.0
        ends = float(x[0]), float(x[-1])
        if picture.mode == "derivative":
            e0 = picture.edge.e0
            ends = max(ends[0], e0 - NEAR_BELOW), min(ends[1], e0 + NEAR_ABOVE)
        foot = 4.0 * margin if picture.mode == "mu" else margin
        self.set_range(ends, (low - foot, high + margin), room=HEIGHT)

    def _shade_ranges(self, edge: Normalisation) -> None:
        palette, ranges = theme.current(), edge.ranges
        for start, end in (
            (ranges.pre1, ranges.pre2),
            (ranges.norm1, ranges.norm2),
        ):
            self.shade(edge.e0 + start, edge.e0 + end, palette.shade)
        height = self._lowest + NAME_HEIGHT * (self._highest - self._lowest)
        for name, middle in (
            ("pre-edge", 0.5 * (ranges.pre1 + ranges.pre2)),
            ("post-edge", 0.5 * (ranges.norm1 + ranges.norm2)),
        ):
            at = edge.e0 + middle
            size = theme.SIZE_SMALL
            self.note(name, at, height, palette.second, anchor=(0.5, 1.0), size=size)

    def _draw_curves(self, picture: MuPicture) -> None:
        palette, edge = theme.current(), picture.edge
        energy = picture.scan.energy
        dashed = pen(palette.second, 1.2, dash=(5.0, 3.0))
        self.curve(energy, edge.pre_edge, dashed, name="pre-edge")
        above = energy >= edge.e0
        self.curve(energy[above], edge.post_edge[above], dashed, name="post-edge")
        spline = picture.background
        if spline is not None and spline.shape == energy.shape:
            style = pen(palette.accent, 1.5)
            self.curve(energy[above], spline[above], style, name="background")

    def _place_grips(self) -> None:
        picture = self.picture
        if picture is None:
            return
        palette, frame, e0 = theme.current(), self.frame, picture.edge.e0
        end = float(picture.scan.energy[-1])
        text = f"E₀ {number(e0, 1)} eV"
        self._place_top("e0", e0, text, palette.accent)
        text = f"data end {number(end, 0)} eV"
        self._place_top("end", end, text, palette.borderline)
        for name in ENDS:
            grip = self.grips[name]
            value = getattr(picture.edge.ranges, name)
            grip.show_text(f"{number(value, 0)} eV", palette.second, NAMES[name])
            x = self.to_pixel(e0 + value, 0.0).x()
            inside = frame.left() - 1.0 <= x <= frame.right() + 1.0
            grip.setVisible(inside and picture.mode == "mu")
            if isinstance(grip, RangeGrip):
                grip.place(x, frame.bottom() - FOOT)

    def _place_top(self, name: str, at: float, text: str, colour: str) -> None:
        grip, frame = self.grips[name], self.frame
        assert isinstance(grip, EnergyGrip)
        x = self.to_pixel(at, 0.0).x()
        grip.show_text(text, colour, NAMES[name])
        grip.setVisible(frame.left() - 1.0 <= x <= frame.right() + 1.0)
        is_left = x + LABEL > frame.right() or (
            name == "e0" and x - 0.8 * LABEL > frame.left()
        )
        grip.place(x, frame.top() - 1.0, is_left=is_left)

    def _value(self, name: str, energy: float) -> float | None:
        """Return what a grip may be set to, near ``energy`` (eV)."""
        if self.picture is None:
            return None
        return allowed(self.picture, name, energy)

    def _drag(self, name: str, x: float) -> None:
        self._wanted = self._value(name, self.to_point(QPointF(x, 0.0)).x())
        if self._wanted is not None:
            self.moved_to.emit(name, self._wanted)

    def _drop(self, name: str) -> None:
        # A click that moves nothing sets nothing.
        if self._wanted is not None:
            wanted, self._wanted = self._wanted, None
            self.put.emit(name, wanted)

    def _restore(self) -> None:
        self._wanted = None
        self.restored.emit()

    def _step(self, name: str, step: float) -> None:
        if self.picture is None:
            return
        value = self._value(name, _energy_of(self.picture, name) + step)
        if value is not None:
            self.stepped_to.emit(name, value)

    def _click(self, point: QPointF) -> None:
        if self.picture is not None and self.picture.is_choosing:
            self.point_chosen.emit(float(point.x()))


def allowed(picture: MuPicture, name: str, energy: float) -> float:
    """Return the value nearest to ``energy`` (eV) that a grip may take.

    Ends of a range neither cross each other nor pass E0 or the data's end.
    """
    edge, ranges = picture.edge, picture.edge.ranges
    first, last = float(picture.scan.energy[0]), float(picture.scan.energy[-1])
    if name == "e0":
        low, high = edge.e0 + ranges.pre2 + 5.0, edge.e0 + ranges.norm1 - 2.0
        value = min(max(energy, low, first + 5.0), high, last - 5.0)
        return round(value, 1)
    if name == "end":
        end = float(picture.whole.energy[-1])
        return round(min(max(energy, edge.e0 + ranges.norm1 + 20.0), end), 1)
    x = energy - edge.e0
    low, high = {
        "pre1": (first - edge.e0, ranges.pre2 - 5.0),
        "pre2": (ranges.pre1 + 5.0, -5.0),
        "norm1": (5.0, ranges.norm2 - 10.0),
        "norm2": (ranges.norm1 + 10.0, last - edge.e0),
    }[name]
    return round(min(max(x, low), high), 1)


def _energy_of(picture: MuPicture, name: str) -> float:
    """Return the absolute energy of a grip, eV."""
    if name == "e0":
        return picture.edge.e0
    if name == "end":
        return float(picture.scan.energy[-1])
    return picture.edge.e0 + getattr(picture.edge.ranges, name)


def _shown(picture: MuPicture) -> np.ndarray:
    """Return what is drawn of the scan in this mode."""
    mu, edge = picture.scan.mu, picture.edge
    if picture.mode == "mu":
        return mu
    if picture.mode == "normalised":
        return edge.flattened(mu, picture.scan.energy)
    return derivative(picture.scan.energy, edge.normalised(mu))


def derivative(energy: np.ndarray, mu: np.ndarray) -> np.ndarray:
    """Return d mu / dE (eV⁻¹), smoothed over three points."""
    slope = np.gradient(mu, energy)
    return np.convolve(np.pad(slope, 1, mode="edge"), np.full(3, 1 / 3), mode="valid")


def _whole(picture: MuPicture) -> tuple[np.ndarray, np.ndarray]:
    """Return the curve that sets the range: in mu all that was measured."""
    if picture.mode == "mu":
        return picture.whole.energy, picture.whole.mu
    return picture.scan.energy, _shown(picture)


def _sentence(picture: MuPicture) -> str:
    edge, energy = picture.edge, picture.scan.energy
    cut = f" The data end before the {picture.cut_by} edge." if picture.cut_by else ""
    return (
        f"mu of E from {energy[0]:.0f} to {energy[-1]:.0f} electron volts, E0 at "
        f"{edge.e0:.1f}, edge step {edge.step:.3g}.{cut}"
    )
