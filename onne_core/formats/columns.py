"""Column names of measured files, and the quantity in each column."""

import re
from dataclasses import dataclass

NAMES = {
    "k": ("k", "wavenumber"),
    "chi": ("chi",),
    "weighted chi": ("chik", "chik2", "chik3", "kchi", "k1chi", "k2chi", "k3chi"),
    "energy": ("energy", "energyev", "energykev", "photonenergy", "monoenergy", "omega",
               "e", "ev", "kev"),
    "mu": ("mu", "mutrans", "xmu", "normalized", "norm", "mux", "mut", "mufluor",
           "normmu", "normtrans", "normfluor", "absorption", "absorbance"),
    "i0": ("i0", "io", "imonitor"),
    "itrans": ("itrans", "it", "i1", "trans", "transmission"),
    "ifluor": ("ifluor", "if", "iff", "fluor", "fluorescence"),
    "angle": ("angle",),
}  # fmt: skip
"""Names per quantity, best first, in small letters and without signs.

From the XDI dictionary (Ravel and Newville, J. Phys. Conf. Series 712, 012148 (2016),
doi:10.1088/1742-6596/712/1/012148), from the column files of Athena, larch and FEFF,
and from the counters of beamlines.
"""

_COLUMN_FIELD = re.compile(r"column\.(\d{1,4})\s*:\s*(.*)", re.IGNORECASE)
_BRACKETS = re.compile(r"[(\[][^()\[\]]*[)\]]")
_SIGNS = re.compile(r"[^a-z0-9]")


@dataclass(frozen=True)
class Column:
    """One column: its ``index`` in the table and the text that describes it."""

    index: int
    label: str

    @property
    def unit(self) -> str:
        """Unit of an energy as the label gives it: ``keV``, ``eV`` or nothing."""
        found = re.search(r"kev|ev(?![a-z])", self.label.lower())
        return {"kev": "keV", "ev": "eV"}[found.group()] if found else ""


def columns_of(header: tuple[str, ...], width: int) -> dict[str, Column]:
    """Return the columns of a table of ``width`` columns, by quantity (see NAMES).

    ``Column.N: name unit`` fields count first, then the header line nearest to the
    numbers that names an abscissa together with its ordinate.
    """
    declared = _by_quantity(_declared_labels(header, width))
    lines = (_by_quantity(labels_in(line, width)) for line in reversed(header))
    for columns in (declared, *lines):
        if is_chi(columns) or is_mu(columns):
            return columns
    return declared


def is_chi(columns: dict[str, Column]) -> bool:
    """Return whether ``columns`` hold chi(k), k-weighted or not."""
    return "k" in columns and ("chi" in columns or "weighted chi" in columns)


def is_mu(columns: dict[str, Column]) -> bool:
    """Return whether ``columns`` hold mu(E) or the intensities that give it."""
    if "energy" not in columns:
        return False
    intensities = "i0" in columns and ("itrans" in columns or "ifluor" in columns)
    return "mu" in columns or intensities


def labels_in(line: str, width: int) -> list[str]:
    """Return the ``width`` column labels in a header line, or nothing.

    A unit in brackets belongs to the name before it, with or without a space. Names of
    several words are understood where commas, semicolons or tabs part them.
    """
    joined = re.sub(r"(?<!\s)\s+(?=[(\[])", "", line)
    joined = _BRACKETS.sub(lambda found: re.sub(r"[\s,;]", "", found.group()), joined)
    for separator in (r"[,;\t]", r"[\s,;]+"):
        labels = [re.sub(r'[\s"]', "", part) for part in re.split(separator, joined)]
        labels = [label for label in labels if re.search(r"[a-zA-Z]", label)]
        if len(labels) == width:
            return labels
    return []


def quantity_of(label: str) -> str:
    """Return the quantity (see NAMES) that a label names, "" for none."""
    name = _plain_name(label)
    return next((own for own, known in NAMES.items() if name in known), "")


def _declared_labels(header: tuple[str, ...], width: int) -> list[str]:
    """Return the ``Column.N`` labels, empty text for a column that has none."""
    labels = [""] * width
    for line in header:
        found = _COLUMN_FIELD.match(line)
        if found and 1 <= int(found[1]) <= width:
            labels[int(found[1]) - 1] = found[2].split("||")[0].strip()
    return labels


def _by_quantity(labels: list[str]) -> dict[str, Column]:
    """Return the best column for every quantity that ``labels`` name."""
    names = [_plain_name(label) for label in labels]
    columns = {}
    for quantity, known in NAMES.items():
        indices = [names.index(name) for name in known if name in names]
        if indices:
            columns[quantity] = Column(indices[0], labels[indices[0]])
    return columns


def _plain_name(label: str) -> str:
    """Return the first word of ``label`` in small letters without units and signs."""
    words = _BRACKETS.sub("", label).split()
    return _SIGNS.sub("", words[0].lower()) if words else ""
