"""The Qt style sheet, written from a palette's tokens."""

import re
from pathlib import Path
from string import Template

from app.look.palette import Palette

GLYPHS = Path(__file__).parent / "glyphs"

_PIXELS = re.compile(r"\b(\d+)px\b")

_SHEET = Template("""
QWidget { color: $text; }
QMainWindow, QDialog, #body { background: $window; }
QToolTip {
  background: $surface; color: $text; border: 1px solid $border; padding: 4px 6px;
}

QMenuBar { background: $window; padding: 0 8px; }
QMenuBar::item { padding: 6px 10px; border-radius: 4px; background: transparent; }
QMenuBar::item:selected { background: $hover; }
QMenu { background: $surface; border: 1px solid $line; padding: 4px; }
QMenu::item { padding: 6px 28px 6px 24px; border-radius: 4px; }
QMenu::item:selected { background: $accent_soft; color: $text; }
QMenu::item:disabled { color: $border; }
QMenu::separator { height: 1px; background: $line; margin: 4px 8px; }

#tabStrip { background: $surface; border-bottom: 1px solid $line; }
QToolButton[role="tab"] {
  font-size: 14px; font-weight: 500; padding: 0 12px;
  border: 2px solid transparent; border-bottom: 3px solid transparent;
}
QToolButton[role="tab"]:hover { background: $hover; }
QToolButton[role="tab"]:checked {
  color: $accent; font-weight: 600; border-bottom: 3px solid $accent;
}
QToolButton[role="tab"]:focus { border: 2px solid $accent; border-radius: 4px; }

QFrame[role="card"] {
  background: $surface; border: 1px solid $line; border-radius: 6px;
}
QFrame[role="rule"] { background: $line; border: none; max-height: 1px; }
QFrame[role="drop"] {
  background: transparent; border: 1px dashed $border; border-radius: 6px;
}
QFrame[role="drop-panel"] {
  background: $accent_soft; border: 2px dashed $accent; border-radius: 8px;
}
QFrame[role="banner"] { border: none; border-left: 4px solid $accent;
  border-bottom: 1px solid $line; background: $accent_soft; }
QFrame[role="banner"][tone="error"] {
  background: $outside_fill; border-left-color: $outside;
}
QFrame[role="banner"][tone="good"] {
  background: $inside_fill; border-left-color: $inside;
}

QLabel { background: transparent; }
QLabel[tone="second"] { color: $second; }
QLabel[tone="note"] { color: $second; font-size: 12px; }
QLabel[tone="problem"] { color: $outside; font-size: 12px; }
QLabel[tone="small"] { color: $second; font-size: 11px; }
QLabel[tone="heading"] { font-weight: 600; }
QLabel[tone="strong"] { font-weight: 500; }
QLabel[tone="empty"] { font-size: 17px; font-weight: 600; }
QLabel[tone="start"] { font-size: 24px; font-weight: 600; }
QLabel[tone="tile"] { font-size: 16px; font-weight: 600; }

QPushButton {
  background: $surface; border: 1px solid $border; border-radius: 5px;
  padding: 0 12px; min-height: 26px; font-weight: 500;
}
QPushButton:hover { background: $hover; }
QPushButton:pressed { background: $accent_soft; }
QPushButton:focus { border: 2px solid $accent; padding: 0 11px; min-height: 24px; }
QPushButton:disabled { color: $border; border-color: $line; background: $window; }
QPushButton[role="primary"] {
  background: $accent; color: $on_accent; border-color: $accent; font-weight: 600;
}
QPushButton[role="primary"]:hover { background: $accent_hover; }
QPushButton[role="primary"]:focus { border: 2px solid $text; }
QPushButton[role="primary"]:disabled {
  background: $window; color: $border; border-color: $line;
}
QPushButton[role="link"] {
  background: transparent; border: 2px solid transparent; color: $accent;
  padding: 0 2px; text-align: left; min-height: 24px;
}
QPushButton[role="link"]:hover { text-decoration: underline; }
QPushButton[role="link"]:focus { border: 2px solid $accent; border-radius: 4px; }
QPushButton[role="link"]:disabled { color: $border; }
QPushButton[role="toggle"] {
  padding: 0 8px; min-height: 22px; font-size: 12px; color: $second;
}
QPushButton[role="toggle"]:focus { padding: 0 7px; min-height: 20px; }
QPushButton[role="toggle"]:checked {
  background: $accent_soft; border-color: $accent; color: $accent;
}
QToolButton[role="icon"] {
  background: transparent; border: 2px solid transparent; border-radius: 5px;
  min-width: 24px; min-height: 20px;
}
QToolButton[role="icon"]:hover { background: $hover; }
QToolButton[role="icon"]:focus { border: 2px solid $accent; }
QToolButton[role="segment"] {
  background: $surface; border: 1px solid $border; border-right-width: 0;
  min-height: 22px; padding: 0 10px; font-size: 12px; color: $text;
}
QToolButton[role="segment"][place="first"] {
  border-top-left-radius: 5px; border-bottom-left-radius: 5px;
}
QToolButton[role="segment"][place="last"] {
  border-top-right-radius: 5px; border-bottom-right-radius: 5px;
  border-right-width: 1px;
}
QToolButton[role="segment"][place="only"] {
  border-radius: 5px; border-right-width: 1px;
}
QToolButton[role="segment"]:hover { background: $hover; }
QToolButton[role="segment"]:checked {
  background: $accent_soft; color: $accent; font-weight: 600;
}
QToolButton[role="segment"]:focus { border: 2px solid $accent; padding: 0 9px; }
QToolButton[role="segment"]:disabled { color: $border; }

QToolButton[role="element"] {
  background: $surface; border: 1px solid $line; border-radius: 4px;
}
QToolButton[role="element"]:hover { background: $hover; border-color: $border; }
QToolButton[role="element"][element="neighbour"] {
  background: $accent_soft; border: 1px solid $accent; color: $accent;
  font-weight: 600;
}
QToolButton[role="element"][element="absorber"] {
  background: $accent; border: 1px solid $accent; color: $on_accent;
  font-weight: 600;
}
QToolButton[role="element"]:checked { border: 2px solid $accent; }
QToolButton[role="element"]:focus { border: 2px solid $text; }
QFrame[role="popover"] {
  background: $surface; border: 1px solid $border; border-radius: 8px;
}
QToolButton[role="chip"] {
  background: $surface; border: 1px solid $border; border-radius: 5px;
  font-size: 16px; font-weight: 600; min-width: 44px; min-height: 42px;
}
QToolButton[role="chip"]:hover { background: $hover; }
QToolButton[role="chip"]:focus { border: 2px solid $accent; }
QToolButton[role="chip"][element="absorber"] {
  background: $accent; border-color: $accent; color: $on_accent;
}
QToolButton[role="chip"][element="absorber"]:focus { border: 2px solid $text; }
QToolButton[role="shell"] {
  background: transparent; border: 2px solid transparent; border-radius: 4px;
  font-weight: 600; text-align: left; padding: 2px 4px;
}
QToolButton[role="shell"]:focus { border: 2px solid $accent; }
QToolButton[role="disclosure"] {
  background: transparent; border: 2px solid transparent; border-radius: 4px;
  color: $second; padding: 1px 4px 1px 0; margin-left: -4px;
}
QToolButton[role="disclosure"]:hover { color: $text; }
QToolButton[role="disclosure"]:focus { border: 2px solid $accent; }

QLineEdit[role="range"] {
  background: transparent; border-color: transparent; min-height: 22px;
  padding: 0 2px;
}
QLineEdit[role="range"]:hover { background: $surface; border-color: $border; }
QLineEdit[role="range"]:focus {
  background: $surface; border: 2px solid $accent; min-height: 20px;
  padding: 0 1px;
}
QLineEdit[state="wrong"] { border: 1px solid $outside; background: $outside_fill; }
QLineEdit[state="wrong"]:focus { border: 2px solid $outside; }
QLineEdit, QDoubleSpinBox, QSpinBox, QComboBox {
  background: $surface; border: 1px solid $border; border-radius: 5px;
  min-height: 24px; padding: 0 7px; selection-background-color: $accent;
  selection-color: $on_accent;
}
QLineEdit:focus, QDoubleSpinBox:focus, QSpinBox:focus, QComboBox:focus {
  border: 2px solid $accent; padding: 0 6px; min-height: 22px;
}
QLineEdit:disabled, QDoubleSpinBox:disabled, QSpinBox:disabled, QComboBox:disabled {
  color: $border; border-color: $line; background: $window;
}
QDoubleSpinBox::up-button, QSpinBox::up-button,
QDoubleSpinBox::down-button, QSpinBox::down-button {
  width: 16px; border: none; background: transparent;
}
QDoubleSpinBox::up-button, QSpinBox::up-button { subcontrol-position: top right; }
QDoubleSpinBox::down-button, QSpinBox::down-button {
  subcontrol-position: bottom right;
}
QDoubleSpinBox::up-arrow, QSpinBox::up-arrow {
  image: url($glyphs/up-$scheme.svg); width: 10px; height: 10px;
}
QDoubleSpinBox::down-arrow, QSpinBox::down-arrow {
  image: url($glyphs/down-$scheme.svg); width: 10px; height: 10px;
}
QComboBox::drop-down { border: none; width: 22px; }
QComboBox::down-arrow {
  image: url($glyphs/down-$scheme.svg); width: 10px; height: 10px;
}
QComboBox QAbstractItemView {
  background: $surface; border: 1px solid $line; outline: none; padding: 3px;
  selection-background-color: $accent_soft; selection-color: $text;
}

QCheckBox { spacing: 8px; background: transparent; padding: 2px; }
QCheckBox::indicator {
  width: 14px; height: 14px; border: 1px solid $border; border-radius: 3px;
  background: $surface;
}
QCheckBox::indicator:checked {
  background: $accent; border-color: $accent; image: url($glyphs/tick-$scheme.svg);
}
QCheckBox::indicator:disabled { border-color: $line; background: $window; }
QCheckBox:focus { border: 2px solid $accent; border-radius: 4px; padding: 0; }
QCheckBox:disabled { color: $border; }

QAbstractItemView {
  background: $surface; border: none; outline: none; color: $text;
  selection-background-color: $accent_soft; selection-color: $text;
}
QTableView { gridline-color: transparent; }
QTableView::item { padding: 0 5px; }
QTableView[density="dense"]::item { padding: 0 1px; }
QTreeWidget::item { padding: 3px 2px; }
QHeaderView { background: $surface; border: none; }
QHeaderView::section {
  background: $surface; color: $second; border: none;
  border-bottom: 1px solid $line; padding: 4px 8px; font-size: 12px; font-weight: 500;
}
QScrollArea, QScrollArea > QWidget > QWidget[role="scrolled"] {
  background: transparent; border: none;
}
QScrollBar:vertical { background: transparent; width: 10px; margin: 2px; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 2px; }
QScrollBar::handle { background: $border; border-radius: 3px; }
QScrollBar::handle:vertical { min-height: 24px; }
QScrollBar::handle:horizontal { min-width: 24px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QSlider::groove:horizontal { height: 4px; border-radius: 2px; background: $prior; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 2px; }
QSlider::handle:horizontal {
  width: 14px; height: 14px; margin: -6px 0; border-radius: 8px;
  background: $surface; border: 2px solid $accent;
}
QSlider:focus { border: 2px solid $accent; border-radius: 4px; }
QProgressBar {
  background: $prior; border: none; border-radius: 3px; max-height: 6px;
  min-height: 6px;
}
QProgressBar::chunk { background: $accent; border-radius: 3px; }
QSplitter::handle { background: transparent; }
QSplitter::handle:focus { background: $accent_soft; }

#statusStrip { background: $surface; border-top: 1px solid $line; }
QPlainTextEdit {
  background: $surface; border: 1px solid $line; border-radius: 5px;
  font-family: monospace; font-size: 12px; padding: 6px;
}
QPlainTextEdit:focus { border: 2px solid $accent; padding: 5px; }
""")


THIN = 2
"""Lines up to this width stay as they are, pixels."""


def style_sheet(palette: Palette, size: float = 1.0) -> str:
    """Return the style sheet of ``palette`` for text ``size`` times as large."""
    tokens = {
        name: value for name, value in vars(palette).items() if isinstance(value, str)
    }
    scheme = "dark" if palette.dark else "light"
    sheet = _SHEET.substitute(tokens, glyphs=GLYPHS.as_posix(), scheme=scheme)
    return _PIXELS.sub(lambda match: _sized(int(match[1]), size), sheet)


def _sized(pixels: int, size: float) -> str:
    return f"{pixels if pixels <= THIN else round(pixels * size)}px"
