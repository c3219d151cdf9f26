"""Probability of E0 in the joint fit, and a grip that sets E0 by hand."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from PySide6.QtCore import QPointF, Signal

from app.analysis.plots.e0_grip import LABEL, E0Grip
from app.look.wording import number
from app.plots.labelled_grip import HEIGHT
from app.plots.plot import Plot
from app.plots.theme import pen
from onne_core.values.interpolation import catmull_rom
from onne_core.values.prediction import JointFit

TITLE = "<i>E</i>₀ shift (eV)"
TALL = 116
"""Height of the plot, px."""

LEAST_REACH = 4.0
"""Least distance of the value from either end, eV."""

WIDE = 5.0
"""The same in standard deviations."""

PER_STEP = 10
"""Points of the curve for every one that is known."""

FAINTEST = 1e-30
"""Probability that stands for zero, so that a logarithm can be taken."""

LARGEST_SHIFT = 20.0
"""Farthest E0 that can be set by hand, eV."""


@dataclass(frozen=True, eq=False)
class EvidencePicture:
    """Content of the plot; ``by_hand`` is the user's E0 shift (eV), if there is one."""

    joint: JointFit
    by_hand: float | None = None

    @property
    def at(self) -> float:
        """E0 shift of the grip, eV."""
        return self.joint.e0_shift if self.by_hand is None else self.by_hand


class EvidencePlot(Plot):
    """Plot of an :class:`EvidencePicture`; reports E0 shifts (eV) set by the grip.

    While it is dragged the curve stands still: it is of the E0 before.
    """

    e0_moved = Signal(float)
    e0_set = Signal(float)
    e0_stepped = Signal(float)
    e0_restored = Signal()
    e0_reset = Signal()

    def __init__(self) -> None:
        super().__init__("Probability of E0")
        self.setFixedHeight(TALL)
        self.axis("left").hide()
        self.body.show_grid("bottom", alpha=0.14)
        self.picture: EvidencePicture | None = None
        self._wanted: float | None = None
        self.grip = E0Grip(self)
        self.grip.dragged.connect(self._drag)
        self.grip.dropped.connect(self._drop)
        self.grip.restored.connect(self._restore)
        self.grip.stepped.connect(self._step)
        self.grip.reset_wanted.connect(self._reset)
        self.moved.connect(self._place_grip)

    def draw(self, picture: EvidencePicture) -> None:
        """Draw ``picture``, unless it is there."""
        dragging = self.grip.is_dragging
        if self.is_drawn(picture.joint, picture.by_hand, dragging):
            return
        if dragging and self.picture is not None:
            picture = EvidencePicture(self.picture.joint, picture.by_hand)
        else:
            self.set_range(_ends(picture), (0.0, 1.02), room=HEIGHT)
        self.picture = picture
        palette, joint = self.begin(bottom=TITLE, left=""), picture.joint
        x, y = smooth_evidence(joint.shifts, joint.evidence)
        # Points that nobody sees take time all the same.
        seen = (x >= self.shown.left()) & (x <= self.shown.right())
        x, y = x[seen], y[seen]
        own = np.abs(x - joint.e0_shift) <= joint.e0_shift_std
        zeros = np.zeros(int(own.sum()))
        self.fill_between(x[own], zeros, y[own], palette.accent, palette.band68)
        self.curve(x, y, pen(palette.accent, 1.6), name="probability")
        self.upright(picture.at, pen(palette.accent, 1.2, dash=(5.0, 3.0)))
        self.grip.show_text(_label(picture), palette.accent, "E0 shift")
        self.grip.setAccessibleDescription(_sentence(picture))
        self._place_grip()
        self.tell(_sentence(picture))

    def _place_grip(self) -> None:
        if self.picture is None:
            return
        x, frame = self.to_pixel(self.picture.at, 0.0).x(), self.frame
        self.grip.setVisible(frame.left() - 1.0 <= x <= frame.right() + 1.0)
        is_left = x + LABEL > frame.right()
        self.grip.place(x, frame.top() - 1.0, is_left=is_left)

    def _drag(self, x: float) -> None:
        wanted = self.to_point(QPointF(x, 0.0)).x()
        shown = self.shown
        self._wanted = _allowed(min(max(wanted, shown.left()), shown.right()))
        self.e0_moved.emit(self._wanted)

    def _drop(self) -> None:
        # A click that moves nothing sets nothing.
        if self._wanted is not None:
            wanted, self._wanted = self._wanted, None
            self.e0_set.emit(wanted)

    def _restore(self) -> None:
        self._wanted = None
        self.e0_restored.emit()

    def _reset(self) -> None:
        self._wanted = None
        self.e0_reset.emit()

    def _step(self, step: float) -> None:
        if self.picture is not None:
            self.e0_stepped.emit(_allowed(self.picture.at + step))


def smooth_evidence(
    shifts: Float[np.ndarray, " shift"], evidence: Float[np.ndarray, " shift"]
) -> tuple[Float[np.ndarray, " point"], Float[np.ndarray, " point"]]:
    """Return the curve through equally spaced points of a probability.

    Its logarithm is interpolated (Catmull and Rom), so that a Gaussian stays one.
    """
    log = np.log(np.maximum(evidence, FAINTEST))
    place = np.linspace(1.0, shifts.size - 2.0, (shifts.size - 3) * PER_STEP + 1)
    left = np.minimum(place.astype(int), shifts.size - 3)
    t = place - left
    a, b, c, d = (log[left + offset] for offset in (-1, 0, 1, 2))
    y = np.exp(catmull_rom(a, b, c, d, t)[0])
    return np.interp(place, np.arange(shifts.size), shifts), y / y.max()


def _ends(picture: EvidencePicture) -> tuple[float, float]:
    joint = picture.joint
    reach = max(WIDE * joint.e0_shift_std, LEAST_REACH)
    # Another answer is shown too.
    likely = joint.shifts[joint.evidence > 0.01]
    around = [joint.e0_shift, picture.at, *likely[:1], *likely[-1:]]
    low, high = min(around) - reach, max(around) + reach
    return max(low, -LARGEST_SHIFT), min(high, LARGEST_SHIFT)


def _allowed(shift: float) -> float:
    return round(min(max(shift, -LARGEST_SHIFT), LARGEST_SHIFT), 1)


def _value(joint: JointFit) -> str:
    return f"{number(joint.e0_shift, 1)} ± {number(joint.e0_shift_std, 1)} eV"


def _label(picture: EvidencePicture) -> str:
    if picture.by_hand is None:
        return _value(picture.joint)
    return f"{number(picture.by_hand, 1)} eV"


def _sentence(picture: EvidencePicture) -> str:
    found = f"The joint fit finds an E0 shift of {_value(picture.joint)}."
    if picture.by_hand is None:
        return found
    return f"E0 shift {number(picture.by_hand, 1)} eV, set by hand. {found}"
