"""Titles of axes, as rich text."""

R, K = "<i>r</i> (Å)", "<i>k</i> (Å⁻¹)"
G = "<i>g</i>(<i>r</i>) (Å⁻¹)"
NO_PHASE_SHIFT = "<i>R</i> (Å), no phase shift added"
_WEIGHTS = ("", "<i>k</i>", "<i>k</i>²", "<i>k</i>³")
_UNITS = ("", " (Å⁻¹)", " (Å⁻²)", " (Å⁻³)", " (Å⁻⁴)")


def chi_of_k(power: int) -> str:
    """Return the title of chi(k), weighted with k to the ``power``."""
    return f"{_WEIGHTS[power]}<i>χ</i>(<i>k</i>){_UNITS[power]}"


def magnitude_of_r(power: int) -> str:
    """Return the title of the magnitude of the transform of such a chi(k)."""
    return f"|<i>χ</i>(<i>R</i>)|{_UNITS[power + 1]}"
