"""The colours of the light and the dark scheme, named by their role."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Palette:
    """The colours of one scheme, named by their role.

    ``series`` colours mean the pair; ``band68`` and ``band95`` are the opacities of
    the bands. Contrast on ``surface``: text 4.5 or more, control borders 3 or more.
    """

    dark: bool
    window: str
    surface: str
    text: str
    second: str
    border: str
    line: str
    hover: str
    accent: str
    on_accent: str
    accent_hover: str
    accent_soft: str
    inside: str
    inside_fill: str
    borderline: str
    borderline_fill: str
    outside: str
    outside_fill: str
    prior: str
    grid: str
    shade: str
    series: tuple[str, ...]
    band68: float
    band95: float

    def of_verdict(self, name: str) -> tuple[str, str]:
        """Return text colour and fill of a verdict; no verdict is neutral."""
        if name in ("inside", "borderline", "outside"):
            return getattr(self, name), getattr(self, f"{name}_fill")
        return self.second, self.window

    def of_pair(self, index: int) -> str:
        """Return the colour of pair number ``index``."""
        return self.series[index % len(self.series)]


LIGHT = Palette(
    dark=False,
    window="#F3F4F7",
    surface="#FFFFFF",
    text="#171B24",
    second="#565F6E",
    border="#8A93A3",
    line="#D9DDE5",
    hover="#ECEEF3",
    accent="#3F4BB0",
    on_accent="#FFFFFF",
    accent_hover="#353F99",
    accent_soft="#E9EBFA",
    inside="#006B63",
    inside_fill="#DFF3F1",
    borderline="#8A5300",
    borderline_fill="#FDF1DC",
    outside="#A3124F",
    outside_fill="#FBE8EF",
    prior="#D5D9E2",
    grid="#EDEFF3",
    shade="#F0F1F4",
    series=("#0072B2", "#C45300", "#A8487F", "#00795A"),
    band68=0.30,
    band95=0.16,
)

DARK = Palette(
    dark=True,
    window="#14161B",
    surface="#1C1F26",
    text="#E6E9EF",
    second="#A6AEBB",
    border="#76808F",
    line="#323844",
    hover="#262A33",
    accent="#A3AEFF",
    on_accent="#14161B",
    accent_hover="#B7C0FF",
    accent_soft="#2B3052",
    inside="#6AD8C0",
    inside_fill="#16342F",
    borderline="#F2BC5C",
    borderline_fill="#3A2E16",
    outside="#FF7F98",
    outside_fill="#42202B",
    prior="#3C434F",
    grid="#262B34",
    shade="#252932",
    series=("#56B4E9", "#F08A3C", "#E39AC4", "#35C79B"),
    band68=0.36,
    band95=0.20,
)
