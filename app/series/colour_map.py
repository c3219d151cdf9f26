"""Numbers as colours: one hue that only darkens, and two hues around zero."""

import numpy as np
from jaxtyping import Float, UInt
from PySide6.QtGui import QColor, QImage

from app.look.palette import Palette

STEPS = 256

SEQUENTIAL = {False: ("#A9CCE3", "#3C8DBC", "#0B5394", "#06264F"),
              True: ("#1F4E75", "#2F86BF", "#7CC4EF", "#E4F4FF")}  # fmt: skip
"""From the ground on, monotonic in lightness; turned round in the dark."""

BELOW = {False: ("#C9A0B8", "#8C2F66"), True: ("#8A4A70", "#F0A6CC")}
ABOVE = {False: ("#9CC3DE", "#0B5394"), True: ("#2F6E9F", "#A8DBFF")}


def sequential(palette: Palette) -> UInt[np.ndarray, "256 3"]:
    """Return the colours from the ground to the largest value."""
    return _between(palette.surface, *SEQUENTIAL[palette.dark])


def diverging(palette: Palette) -> UInt[np.ndarray, "256 3"]:
    """Return the colours from the most negative value over the ground up."""
    near, far = BELOW[palette.dark]
    above, top = ABOVE[palette.dark]
    return _between(far, near, palette.surface, above, top)


def image_of(
    values: Float[np.ndarray, "column row"],
    colours: UInt[np.ndarray, "256 3"],
    *,
    low: float,
    high: float,
    ground: str,
) -> QImage:
    """Return ``values`` as an image, first row at the bottom; NaN is ``ground``."""
    shown = np.nan_to_num(values.T[::-1], nan=low)
    span = high - low if high > low else 1.0
    index = np.clip((shown - low) / span * (STEPS - 1), 0, STEPS - 1).astype(np.uint8)
    pixels = np.empty((*index.shape, 4), np.uint8)
    pixels[..., 3] = 255
    pixels[..., :3] = colours[index][..., ::-1]
    tint = QColor(ground)
    pixels[np.isnan(values.T[::-1])] = (tint.blue(), tint.green(), tint.red(), 255)
    height, width = index.shape
    image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32)
    return image.copy()


def _between(*names: str) -> UInt[np.ndarray, "256 3"]:
    """Return STEPS colours through those of the ``names``, at equal distances."""
    colours = [QColor(name) for name in names]
    stops = np.array([(c.red(), c.green(), c.blue()) for c in colours], float)
    at = np.linspace(0.0, len(names) - 1, STEPS)
    channels = [np.interp(at, np.arange(len(names)), stops[:, i]) for i in range(3)]
    return np.round(np.stack(channels, axis=1)).astype(np.uint8)
