"""Sizes, fonts, and how a palette is applied to the application."""

from pathlib import Path
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QMainWindow

from app.look.palette import DARK, LIGHT, Palette
from app.look.style_sheet import style_sheet

Scheme = Literal["system", "light", "dark"]

FONTS = Path(__file__).parent / "fonts"
FONT_FILES = ("Inter-Regular", "Inter-Medium", "Inter-SemiBold", "Inter-Italic")

ROW_HEIGHT = 26
MARGIN = 10
PADDING = 12

SIZE_BODY = 13
SIZE_NOTE = 12
SIZE_SMALL = 11
"""Font sizes in pixels; nothing is smaller than SIZE_SMALL."""

MEDIUM = QFont.Weight.Medium
SEMIBOLD = QFont.Weight.DemiBold


def load_fonts() -> str:
    """Register the fonts that come with the program; return the family to use.

    Where they cannot be read the system's own family is used.
    """
    identifiers = [
        QFontDatabase.addApplicationFont(str(FONTS / f"{name}.otf"))
        for name in FONT_FILES
    ]
    families = [
        family
        for identifier in identifiers
        for family in QFontDatabase.applicationFontFamilies(identifier)
    ]
    return families[0] if families else QApplication.font().family()


def font(size: int = SIZE_BODY, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """Return the program's font in ``size`` pixels with tabular figures.

    Pixels are those of the usual text size; the user may have chosen another one.
    """
    result = QFont(QApplication.font().family())
    result.setPixelSize(scaled(size))
    result.setWeight(weight)
    result.setFeature(QFont.Tag("tnum"), 1)
    return result


def palette_for(scheme: Scheme) -> Palette:
    """Return the colours of ``scheme``; "system" asks the desktop."""
    if scheme == "system":
        dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
        return DARK if dark else LIGHT
    return DARK if scheme == "dark" else LIGHT


class _Current:
    """Palette and text size in use: the application has one, as it has one QPalette."""

    palette: Palette = LIGHT
    text_size: float = 1.0


def text_size() -> float:
    """Return the size of text and controls, 1 as designed."""
    return _Current.text_size


def set_text_size(size: float) -> None:
    """Make fonts and sizes ``size`` times as large as designed from now on."""
    _Current.text_size = size


def scaled(pixels: float) -> int:
    """Return ``pixels`` of the design in the present size of the text."""
    return round(pixels * _Current.text_size)


def current() -> Palette:
    """Return the palette in use, for everything that paints itself."""
    return _Current.palette


def apply(application: QApplication, palette: Palette) -> None:
    """Give ``application`` the colours and shapes of ``palette``.

    A Qt palette is set too: on bare X the colour scheme alone changes nothing. The
    style sheet is that of the main windows, from which their parts and dialogs have it.
    """
    _Current.palette = palette
    colours = _qt_palette(palette)
    if application.palette() != colours:
        application.setPalette(colours)
    for window in application.topLevelWidgets():
        if isinstance(window, QMainWindow):
            dress(window)


def dress(window: QMainWindow) -> None:
    """Give a main window the style sheet of the palette and text size in use.

    It polishes every widget in it again, so one that it has is left alone. As a style
    sheet of the application it would be asked for every widget, also those that are
    put into a window later, once more at each level.
    """
    sheet = style_sheet(_Current.palette, _Current.text_size)
    if window.styleSheet() != sheet:
        window.setStyleSheet(sheet)


def colour(value: str, opacity: float = 1.0) -> QColor:
    """Return a token as a colour of the given ``opacity`` (0 to 1)."""
    result = QColor(value)
    result.setAlphaF(opacity)
    return result


def _qt_palette(palette: Palette) -> QPalette:
    role = QPalette.ColorRole
    colours = {
        role.Window: palette.window,
        role.WindowText: palette.text,
        role.Base: palette.surface,
        role.AlternateBase: palette.window,
        role.Text: palette.text,
        role.Button: palette.surface,
        role.ButtonText: palette.text,
        role.Highlight: palette.accent,
        role.HighlightedText: palette.on_accent,
        role.ToolTipBase: palette.surface,
        role.ToolTipText: palette.text,
        role.PlaceholderText: palette.second,
        role.Link: palette.accent,
        role.Mid: palette.line,
        role.Dark: palette.border,
    }
    result = QPalette()
    for name, value in colours.items():
        result.setColor(name, QColor(value))
    for name in (role.WindowText, role.Text, role.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, name, QColor(palette.border))
    return result
