"""Partial g(r) with bands and direct labels, and the limits of the selected shell."""

from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import QPointF, Signal

from app.analysis.plots.limit_grip import LimitGrip, constrained
from app.look import theme
from app.look.palette import Palette
from app.look.wording import pair as written
from app.plots import titles
from app.plots.labelled_grip import HEIGHT
from app.plots.plot import Plot
from app.plots.theme import DASHES, LABEL_ROOM, pen
from onne_core.values.prediction import Band
from onne_core.values.radial import RadialDistribution

Limits = tuple[float, float]


@dataclass(frozen=True)
class ShellMark:
    """A shell to label: its name, its pair, its limits and its distance in Å."""

    label: str
    pair: str
    limits: Limits
    distance: float


@dataclass(frozen=True)
class Overlay:
    """Another g(r) (Å^-1) over the prediction's: its name, and how it is drawn."""

    name: str
    distribution: RadialDistribution = field(repr=False)
    role: str = "text"
    dash: tuple[float, ...] = (4.0, 2.5)


@dataclass(frozen=True, eq=False)
class RadialPicture:
    """Content of the plot; ``selected`` is the index of the shell with the grips.

    ``reach`` is the r range (Å) predicted by the networks; ``method`` is what has
    answered, in words.
    """

    r: np.ndarray = field(repr=False)
    pairs: dict[str, Band] = field(repr=False)
    shells: tuple[ShellMark, ...]
    reach: Limits
    selected: int = 0
    overlays: tuple[Overlay, ...] = ()
    show_members: bool = False
    method: str = ""

    @property
    def content(self) -> tuple[object, ...]:
        """All that is drawn; curves are the same only if they are the same object."""
        shown = (self.selected, self.show_members, self.method)
        return (self.pairs, self.shells, self.reach, self.overlays, *shown)

    @property
    def shell(self) -> ShellMark | None:
        """The selected shell."""
        return self.shells[self.selected] if self.selected < len(self.shells) else None


class RadialPlot(Plot):
    """Plot of a :class:`RadialPicture`; reports edits of the limits."""

    limits_moved = Signal(str, float, float)
    limits_set = Signal(str, float, float)
    limits_stepped = Signal(str, float, float)
    limits_restored = Signal()
    shell_chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__("Partial radial distributions")
        self.picture: RadialPicture | None = None
        self.clicked.connect(self._choose)
        self.grips = (LimitGrip("lower", self), LimitGrip("upper", self))
        for grip in self.grips:
            grip.hide()
            grip.dragged.connect(self._drag)
            grip.dropped.connect(self._drop)
            grip.restored.connect(self.limits_restored)
            grip.stepped.connect(self._step)
        self.moved.connect(self._place_grips)

    def draw(self, picture: RadialPicture) -> None:
        """Draw ``picture``, unless it is there."""
        self.picture = picture
        if self.is_drawn(*picture.content):
            return
        palette = self.begin(bottom=titles.R, left=titles.G)
        top = _highest(picture) or 1.0
        self.set_range(
            (float(picture.r[0]), float(picture.r[-1])),
            (-0.015 * top, top),
            room=LABEL_ROOM + HEIGHT,
        )
        self.shade(-1.0, picture.reach[0], palette.shade)
        self.shade(picture.reach[1], picture.r[-1] + 1.0, palette.shade)
        for index, band in enumerate(picture.pairs.values()):
            self._draw_pair(picture, index, band)
        self._draw_overlays(picture, palette)
        self._draw_labels(picture, palette, top)
        self._draw_limits(picture, palette)
        self._place_grips()
        self.tell(_sentence(picture))

    def forget(self) -> None:
        """Show empty axes."""
        self.picture = None
        self.is_drawn()
        self.begin(bottom=titles.R, left=titles.G)
        for grip in self.grips:
            grip.hide()
        self.tell("No prediction yet.")

    def _choose(self, point: QPointF) -> None:
        """Select the shell under the mouse."""
        shell = _shell_at(self.picture, point.x()) if self.picture else None
        if shell is not None:
            self.shell_chosen.emit(shell)

    def _draw_pair(self, picture: RadialPicture, index: int, band: Band) -> None:
        palette = theme.current()
        colour = palette.of_pair(index)
        lower, upper = picture.reach
        answered = (picture.r >= lower) & (picture.r <= upper)
        r = picture.r[answered]
        for edges, opacity in (
            ((band.lower95, band.upper95), palette.band95),
            ((band.lower68, band.upper68), palette.band68),
        ):
            lower, upper = (edge[answered] for edge in edges)
            self.fill_between(r, lower, upper, colour, opacity)
        for member in band.members if picture.show_members else ():
            self.curve(r, member[answered], pen(colour, 0.8, opacity=0.75))
        style = pen(colour, 1.8, dash=DASHES[index % len(DASHES)])
        name = f"{written(list(picture.pairs)[index])}"
        self.curve(r, band.g[answered], style, name=name)

    def _draw_overlays(self, picture: RadialPicture, palette: Palette) -> None:
        for overlay in picture.overlays:
            colour = str(getattr(palette, overlay.role))
            for pair, values in _shared(overlay, picture):
                style = pen(colour, 1.4, dash=overlay.dash)
                name = overlay.name
                if len(picture.pairs) > 1:
                    name = f"{name}, {written(pair)}"
                self.curve(overlay.distribution.r, values, style, name=name)

    def _draw_labels(
        self, picture: RadialPicture, palette: Palette, top: float
    ) -> None:
        """Write each shell's name above its peak, moved up where two would meet."""
        names, apart = list(picture.pairs), (0.45, 0.07 * top)
        for shell in picture.shells:
            at, colour = _peak(picture, shell), palette.of_pair(names.index(shell.pair))
            self.name_peak(written(shell.label), at, colour, apart=apart)

    def _draw_limits(self, picture: RadialPicture, palette: Palette) -> None:
        shell = picture.shell
        for grip in self.grips:
            grip.setVisible(shell is not None)
        if shell is None:
            return
        colour = palette.of_pair(list(picture.pairs).index(shell.pair))
        self.shade(*shell.limits, colour, 0.06)
        for x in shell.limits:
            self.upright(x, pen(colour, 1.2, dash=(5.0, 3.0)))
        for grip, value in zip(self.grips, shell.limits, strict=True):
            grip.show_value(value, colour, written(shell.label))

    def _place_grips(self) -> None:
        shell = self.picture.shell if self.picture else None
        if shell is None:
            return
        top = self.body.box.sceneBoundingRect().top() + 2.0
        frame = self.frame
        for grip, value in zip(self.grips, shell.limits, strict=True):
            x = self.to_pixel(value, 0.0).x()
            grip.setVisible(frame.left() - 1.0 <= x <= frame.right() + 1.0)
            grip.move_to(x, top)

    def _wanted(self, value: float) -> tuple[str, float, float] | None:
        grip, picture = self.sender(), self.picture
        shell = picture.shell if picture else None
        if picture is None or shell is None or not isinstance(grip, LimitGrip):
            return None
        lower, upper = constrained(
            value,
            grip.side,
            limits=shell.limits,
            grid=(float(picture.r[0]), float(picture.r[-1])),
        )
        return shell.label, lower, upper

    def _drag(self, x: float) -> None:
        wanted = self._wanted(self.to_point(QPointF(x, 0.0)).x())
        if wanted:
            self.limits_moved.emit(*wanted)

    def _drop(self) -> None:
        shell = self.picture.shell if self.picture else None
        if shell is not None:
            self.limits_set.emit(shell.label, *shell.limits)

    def _step(self, step: float) -> None:
        shell = self.picture.shell if self.picture else None
        grip = self.sender()
        if shell is None or not isinstance(grip, LimitGrip):
            return
        wanted = self._wanted(shell.limits[grip.side == "upper"] + step)
        if wanted:
            self.limits_stepped.emit(*wanted)


def _shared(overlay: Overlay, picture: RadialPicture) -> list[tuple[str, np.ndarray]]:
    """Return the curves of ``overlay`` for the pairs of ``picture``."""
    partials = overlay.distribution.partials
    return [(pair, partials[pair]) for pair in picture.pairs if pair in partials]


def _highest(picture: RadialPicture) -> float:
    tops = [float(band.upper95.max()) for band in picture.pairs.values()]
    for overlay in picture.overlays:
        r = overlay.distribution.r
        inside = (r >= picture.r[0]) & (r <= picture.r[-1])
        shown = _shared(overlay, picture) if inside.any() else []
        tops += [float(values[inside].max()) for _, values in shown]
    return max(tops, default=0.0)


def _peak(picture: RadialPicture, shell: ShellMark) -> tuple[float, float]:
    """Return where the name of ``shell`` stands: at its distance, above the band."""
    x = min(max(shell.distance, picture.r[0]), picture.r[-1])
    inside = (picture.r >= shell.limits[0]) & (picture.r <= shell.limits[1])
    upper = picture.pairs[shell.pair].upper95
    heights = upper[inside] if inside.any() else upper
    return float(x), float(heights.max())


def _shell_at(picture: RadialPicture, x: float) -> int | None:
    """Return the shell whose limits hold ``x``, that of the highest g(r) first."""
    index = int(np.clip(np.searchsorted(picture.r, x), 0, picture.r.size - 1))
    holding = [
        i for i, s in enumerate(picture.shells) if s.limits[0] <= x <= s.limits[1]
    ]
    return max(
        holding,
        key=lambda i: picture.pairs[picture.shells[i].pair].g[index],
        default=None,
    )


def _sentence(picture: RadialPicture) -> str:
    shells = ", ".join(
        f"{shell.label} at {shell.distance:.2f}" for shell in picture.shells
    )
    said = f"Shells: {shells} ångström." if shells else "No shells."
    return f"{said} Answer: {picture.method}." if picture.method else said
