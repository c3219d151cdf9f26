"""Available elements and their places in the table."""

from onne_core.values.elements import elements

COLUMNS = 18
GAP = "·"
"""Stands where the lanthanides and actinides are taken out."""

_ROWS = (
    "H                                                  He",
    "Li Be                               B  C  N  O  F  Ne",
    "Na Mg                               Al Si P  S  Cl Ar",
    "K  Ca Sc Ti V  Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr",
    "Rb Sr Y  Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I  Xe",
    "Cs Ba ·  Hf Ta W  Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn",
    "Fr Ra ·",
    "      ·  La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu",
    "      ·  Ac Th Pa U  Np Pu Am Cm Bk Cf",
)


def places() -> dict[tuple[int, int], str]:
    """Return symbols (or GAP) by row and column of the table."""
    return {
        (row, column): line[3 * column : 3 * column + 3].strip()
        for row, line in enumerate(_ROWS)
        for column in range(COLUMNS)
        if line[3 * column : 3 * column + 3].strip()
    }


def found(text: str) -> str | None:
    """Return the element matching ``text``: symbol, number, or beginning of a name."""
    wanted = text.strip().lower()
    if not wanted:
        return None
    for item in elements().values():
        if wanted in (item.symbol.lower(), str(item.number)):
            return item.symbol
    beginning = [i.symbol for i in elements().values() if i.name.startswith(wanted)]
    return beginning[0] if beginning else None
