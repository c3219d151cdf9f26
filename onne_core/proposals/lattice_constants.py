"""Lattice constants of elements and common compounds at room temperature."""

import re
from dataclasses import dataclass

from onne_core.crystals.prototypes import PROTOTYPES, crystal_of
from onne_core.errors import DefinitionError
from onne_core.values.crystal import Crystal

OF_ELEMENTS = "ASE reference states"
OF_COMPOUNDS = "Wyckoff, Crystal Structures (1963)"

ALIASES = {
    "rock salt": "rocksalt",
    "nacl": "rocksalt",
    "zincblende": "sphalerite",
    "zinc blende": "sphalerite",
}


@dataclass(frozen=True)
class KnownCrystal:
    """A crystal of a structure type: formula, elements, constants (Å) and source."""

    formula: str
    lattice: str
    elements: tuple[str, ...]
    a: float
    c: float | None = None
    u: float = 0.375
    source: str = OF_COMPOUNDS

    def crystal(self, absorber: str) -> Crystal:
        """Return its cell, with an atom of ``absorber`` first."""
        return crystal_of(
            self.lattice, self.elements, a=self.a, c=self.c, u=self.u, absorber=absorber
        )


# Heights u of ZnO: Kisi and Elcombe, Acta Cryst. C 45, 1867 (1989); of AlN: Schulz and
# Thiemann, Solid State Communications 23, 815 (1977).
# Formula, as cation-anion; a in Å, for hexagonal ones a, c and the anion's height u.
_TABLE = {
    "rocksalt": """
        Li-F 4.0173; Na-F 4.62; Na-Cl 5.6402; Na-Br 5.9732; K-Cl 6.2929; K-Br 6.6000;
        K-I 7.0656; Rb-Cl 6.5810; Rb-Br 6.854; Ag-Cl 5.547; Ag-Br 5.7745; Mg-O 4.2112;
        Ca-O 4.8105; Sr-O 5.1602; Ba-O 5.523; Mn-O 4.4448; Fe-O 4.307; Co-O 4.2667;
        Ni-O 4.1684; Cd-O 4.6953; Eu-O 5.1439; Mg-S 5.2033; Ca-S 5.6903; Mn-S 5.2236;
        Pb-S 5.9362; Pb-Se 6.1243; Pb-Te 6.454; Eu-S 5.968; Ti-C 4.3186; Ti-N 4.235;
        V-C 4.182; V-N 4.128; Cr-N 4.140; Zr-C 4.6828; Zr-N 4.56; Nb-C 4.4691;
        Hf-C 4.4578; Ta-C 4.4540; U-C 4.9591; U-N 4.884
    """,
    "sphalerite": """
        Zn-S 5.4093; Zn-Se 5.6676; Zn-Te 6.089; Cd-Te 6.480; Hg-S 5.8517; Hg-Se 6.084;
        Hg-Te 6.429; Cu-Cl 5.4057; Cu-Br 5.6905; Cu-I 6.0427; B-N 3.615; Si-C 4.348;
        Al-As 5.6622; Ga-P 5.4505; Ga-As 5.6537; Ga-Sb 6.118; In-P 5.8687;
        In-As 6.036; In-Sb 6.4782
    """,
    "wurtzite": """
        Zn-O 3.2495 5.2069 0.382; Be-O 2.698 4.380 0.378; Cd-S 4.1348 6.749 0.375;
        Cd-Se 4.30 7.02 0.375; Al-N 3.111 4.978 0.382; Ga-N 3.180 5.166 0.375;
        In-N 3.533 5.693 0.375; Ag-I 4.580 7.494 0.375
    """,
    "fluorite": """
        Ce-O 5.4110; Th-O 5.5997; U-O 5.4682; Np-O 5.4341; Pu-O 5.3960; Zr-O 5.07;
        Hf-O 5.115; Pr-O 5.3920; Ca-F 5.4630; Sr-F 5.7996; Ba-F 6.2001; Cd-F 5.3880;
        Pb-F 5.9400; Eu-F 5.796
    """,
    "cscl": """
        Cs-Cl 4.123; Cs-Br 4.286; Cs-I 4.5667; Tl-Cl 3.8340; Tl-Br 3.97; Ni-Al 2.881;
        Co-Al 2.862; Fe-Al 2.903; Cu-Zn 2.945; Ti-Fe 2.976; Ti-Ni 3.015
    """,
    "perovskite": """
        Sr-Ti-O 3.9051; Ba-Ti-O 4.0118; Ca-Ti-O 3.84; K-Ta-O 3.9885; K-Nb-O 4.007;
        Ba-Zr-O 4.193; Sr-Zr-O 4.101; Ba-Ce-O 4.397; La-Al-O 3.778; La-Mn-O 3.880;
        La-Fe-O 3.926; La-Co-O 3.824; Sr-Fe-O 3.869; K-Mn-F 4.190; K-Ni-F 4.012;
        K-Co-F 4.069; K-Zn-F 4.055; K-Mg-F 3.973
    """,
}
_COUNTS = {"fluorite": ("", "2"), "perovskite": ("", "", "3")}

SHORTEST, LONGEST = 2.0, 20.0
"""Lattice constants that make sense, Å."""

_TYPES = ("fcc", "bcc", "hcp", "diamond")


def compounds() -> tuple[KnownCrystal, ...]:
    """Return the compounds of the table, by lattice."""
    found = []
    for lattice, text in _TABLE.items():
        for entry in text.split(";"):
            name, *numbers = entry.split()
            elements = tuple(name.split("-"))
            counts = _COUNTS.get(lattice, ("",) * len(elements))
            formula = "".join(map("".join, zip(elements, counts, strict=True)))
            a, *rest = map(float, numbers)
            c, u = rest or (None, 0.375)
            found.append(KnownCrystal(formula, lattice, elements, a, c, u))
    return tuple(found)


def of_element(symbol: str) -> KnownCrystal | None:
    """Return the crystal of an element, ``None`` if it has none of these lattices."""
    from ase.data import atomic_numbers, reference_states

    state = reference_states[atomic_numbers[symbol]] or {}
    lattice = state.get("symmetry")
    # Selenium and tellurium are hexagonal, but have a basis of their own.
    if lattice not in _TYPES or state.get("basis", True) is None:
        return None
    a, ratio = float(state["a"]), state.get("c/a")
    c = float(ratio) * a if ratio else None
    return KnownCrystal(symbol, lattice, (symbol,), a, c, source=OF_ELEMENTS)


def known_crystal(material: str, lattice: str | None = None) -> KnownCrystal | None:
    """Return the crystal of an element's symbol or a formula such as NiO.

    ``None`` where the tables have none in this ``lattice``.
    """
    wanted = _lattice_name(lattice) if lattice else None
    by_formula = [item for item in compounds() if item.formula == material]
    if not by_formula and material in _symbols():
        by_formula = [item for item in [of_element(material)] if item]
    fitting = [item for item in by_formula if wanted in (None, item.lattice)]
    return fitting[0] if fitting else None


def given_crystal(
    material: str, lattice: str | None, a: float | None, c: float | None
) -> KnownCrystal:
    """Return the crystal of ``material`` with what is given; the tables fill the rest.

    Raises
    ------
    DefinitionError
        If lattice or constant are missing and in no table, or make no sense.
    """
    known = known_crystal(material, lattice)
    name = _lattice_name(lattice) if lattice else (known.lattice if known else None)
    if name is None:
        raise DefinitionError(
            f"{material}: no lattice in the tables; give one of "
            f"{', '.join(PROTOTYPES)} and the constant a (Å), or a CIF file."
        )
    if known is None and a is None:
        raise DefinitionError(
            f"{material}: no lattice constant for {name} in the tables; give a (Å)."
        )
    for symbol, value in (("a", a), ("c", c)):
        if value is not None and not SHORTEST <= value <= LONGEST:
            raise DefinitionError(
                f"{symbol}: {value:g} Å; give {SHORTEST:g} to {LONGEST:g} Å."
            )
    if known is None or a is not None or c is not None:
        elements = known.elements if known else elements_of(material)
        own_c = known.c if known and a is None else None
        u = known.u if known else 0.375
        constant = a if a is not None else (known.a if known else 0.0)
        return KnownCrystal(material, name, elements, constant, c or own_c, u, "given")
    return known


def elements_of(formula: str) -> tuple[str, ...]:
    """Return the elements of a formula, in its order.

    Raises
    ------
    DefinitionError
        If it is none.
    """
    names = re.findall(r"[A-Z][a-z]?", formula)
    if not names or any(name not in _symbols() for name in names):
        raise DefinitionError(
            f"{formula}: not a formula; write it as in NiO or SrTiO3."
        )
    return tuple(dict.fromkeys(names))


def _symbols() -> frozenset[str]:
    from ase.data import chemical_symbols

    return frozenset(chemical_symbols[1:])


def _lattice_name(text: str) -> str:
    name = text.strip().lower()
    name = ALIASES.get(name, name)
    if name not in PROTOTYPES:
        raise DefinitionError(
            f"lattice: {text}; use one of {', '.join(PROTOTYPES)}, or a CIF file."
        )
    return name
