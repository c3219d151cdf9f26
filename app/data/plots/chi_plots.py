"""chi(k) as reduced, and its transform with a grip for rbkg."""

from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import QPointF, Signal

from app.data.plots.energy_grips import LABEL, EnergyGrip
from app.look import theme
from app.look.wording import number
from app.plots import titles
from app.plots.labelled_grip import HEIGHT
from app.plots.plot import Plot
from app.plots.theme import pen
from app.plots.window_grips import WindowGrips
from onne_core.values.spectrum import Spectrum, k_weighted, magnitude_in_r

R_MAX = 6.0
SHOWN_FROM = 1.5
"""Begin of chi(k) that sets the height of the plot, Å^-1: below it is the edge."""

RBKG = (0.3, 3.0)


@dataclass(frozen=True, eq=False)
class ChiPicture:
    """Content of both plots.

    ``window`` (Å^-1) is that of the transform; ``others`` are marked groups by name.
    """

    spectrum: Spectrum = field(repr=False)
    k_weight: int
    window: tuple[float, float]
    rbkg: float | None = None
    others: tuple[tuple[str, Spectrum], ...] = ()


class ReducedChiPlot(Plot):
    """k-weighted chi(k); outside the window the plot is shaded."""

    def __init__(self) -> None:
        super().__init__("k-weighted chi of k")
        self.grips = WindowGrips(self)

    def draw(self, picture: ChiPicture) -> None:
        """Draw ``picture``."""
        power = picture.k_weight
        palette = self.begin(bottom=titles.K, left=titles.chi_of_k(power))
        k, chi = picture.spectrum.k, k_weighted(picture.spectrum, power)
        inside = k >= SHOWN_FROM
        reach = 1.12 * float(np.abs(chi[inside]).max(initial=0.0)) or 1.0
        self.set_range((0.0, float(k[-1])), (-reach, reach))
        low, high = picture.window
        self.shade(-5.0, low, palette.shade)
        self.shade(high, high + 50.0, palette.shade)
        noise = picture.spectrum.noise
        if noise is not None:
            width = noise * k**power
            self.fill_between(k, chi - width, chi + width, palette.text, 0.18)
        for index, (name, other) in enumerate(picture.others):
            style = pen(palette.of_pair(index), 1.1)
            self.curve(other.k, k_weighted(other, power), style, name=name)
        self.curve(k, chi, pen(palette.text, 1.4), name="χ(k)")
        self.grips.show_window(picture.window)
        self.tell(f"chi of k up to {k[-1]:.1f} inverse ångström, weight {power}.")


class ReducedMagnitudePlot(Plot):
    """|chi(R)|; reports values of rbkg (Å) set by the grip."""

    moved_to = Signal(float)
    put = Signal(float)
    stepped_to = Signal(float)
    restored = Signal()

    def __init__(self) -> None:
        super().__init__("Magnitude of chi of R")
        self.picture: ChiPicture | None = None
        self._wanted: float | None = None
        tip = "Drag to set rbkg. Arrow keys move it by 0.05 Å, with Shift by 0.2 Å."
        self.grip = EnergyGrip(self, tip, 0.05, 0.2)
        self.grip.dragged.connect(self._drag)
        self.grip.dropped.connect(self._drop)
        self.grip.restored.connect(self._restore)
        self.grip.stepped.connect(self._step)
        self.moved.connect(self._place_grip)

    def draw(self, picture: ChiPicture) -> None:
        """Draw ``picture``."""
        self.picture = picture
        left = titles.magnitude_of_r(picture.k_weight)
        palette = self.begin(bottom=titles.NO_PHASE_SHIFT, left=left)
        highest = 0.0
        own = ("|χ(R)|", picture.spectrum, pen(palette.text, 1.4))
        others = [
            (name, other, pen(palette.of_pair(index), 1.1))
            for index, (name, other) in enumerate(picture.others)
        ]
        low, high = picture.window
        for name, spectrum, style in (*others, own):
            r, magnitude = magnitude_in_r(
                spectrum, k_min=low, k_max=high, power=picture.k_weight, r_max=R_MAX
            )
            self.curve(r, magnitude, style, name=name)
            highest = max(highest, float(magnitude.max()))
        self.set_range((0.0, R_MAX), (0.0, 1.08 * highest or 1.0), room=HEIGHT)
        if picture.rbkg is not None:
            self.shade(-1.0, picture.rbkg, palette.shade)
            dashed = pen(palette.accent, 1.1, dash=(5.0, 3.0))
            self.upright(picture.rbkg, dashed)
        self._place_grip()
        self.tell("Magnitude of the transform of chi, no phase shift added.")

    def _place_grip(self) -> None:
        rbkg = self.picture.rbkg if self.picture is not None else None
        self.grip.setVisible(rbkg is not None)
        if rbkg is None:
            return
        accent = theme.current().accent
        self.grip.show_text(f"rbkg {number(rbkg, 2)} Å", accent, "rbkg")
        x, frame = self.to_pixel(rbkg, 0.0).x(), self.frame
        is_left = x + LABEL > frame.right()
        self.grip.place(x, frame.top() - 1.0, is_left=is_left)

    def _drag(self, x: float) -> None:
        self._wanted = _allowed(self.to_point(QPointF(x, 0.0)).x())
        self.moved_to.emit(self._wanted)

    def _drop(self) -> None:
        if self._wanted is not None:
            wanted, self._wanted = self._wanted, None
            self.put.emit(wanted)

    def _restore(self) -> None:
        self._wanted = None
        self.restored.emit()

    def _step(self, step: float) -> None:
        if self.picture is not None and self.picture.rbkg is not None:
            self.stepped_to.emit(_allowed(self.picture.rbkg + step))


def _allowed(rbkg: float) -> float:
    return round(min(max(rbkg, RBKG[0]), RBKG[1]), 2)
