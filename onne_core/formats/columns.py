"""Column names of measured files, and the quantity in each column.

A name is looked up in a dictionary (:data:`NAMES`), then compared with patterns of the
counters of beamlines (:data:`PATTERNS`): beamlines append numbers and units to the same
few names.
"""

import re
from dataclasses import dataclass

NAMES = {
    "k": ("k", "wavenumber"),
    "chi": ("chi",),
    "weighted chi": ("chik", "chik2", "chik3", "kchi", "k1chi", "k2chi", "k3chi"),
    "r": ("r", "ror", "distance"),
    "energy": ("energy", "energyev", "energykev", "photonenergy", "monoenergy", "omega",
               "e", "ev", "kev", "en", "ene", "mono", "energyattained", "hv"),
    "mu": ("mu", "mutrans", "xmu", "normalized", "norm", "mux", "mut", "mufluor",
           "muf", "normmu", "normtrans", "normfluor", "absorption", "absorbance",
           "mutey", "flat"),
    "i0": ("i0", "io", "imonitor", "monitor", "mon", "izero", "ion0", "ic0", "i00",
           "ionchamber0", "incident"),
    "itrans": ("itrans", "it", "i1", "trans", "transmission", "ion1", "ic1", "itr",
               "ionchamber1", "transmitted", "it1"),
    "reference": ("irefer", "iref", "ir", "ireference", "i2", "ion2", "ic2", "ref",
                  "reference", "it2", "ionchamber2"),
    "ifluor": ("ifluor", "if", "iff", "fluor", "fluorescence", "lytle", "pips", "fluo",
               "ifl", "sdd", "ffi0", "ketek", "vortex", "ifluorescence", "dtcall"),
    "angle": ("angle", "theta", "bragg", "braggangle", "monoangle", "anglec",
              "angleo", "steps", "encoder", "encodersteps", "monosteps"),
    "reference mu": ("murefer", "muref", "xmuref", "mur"),
}  # fmt: skip
"""Names per quantity, best first, in small letters and without signs.

From the XDI dictionary (Ravel and Newville, J. Phys. Conf. Series 712, 012148 (2016),
doi:10.1088/1742-6596/712/1/012148), from the column files of Athena, larch and FEFF,
and from the counters of beamlines.
"""

PATTERNS = (
    ("mu", r"(ln|log)\(?\s*i[0o]\s*/\s*(it|i1).*|mu_?\(?e\)?|x?mu[_ .-]?(trans|t)"),
    ("ifluor", r"(x?mu[_ .-]?fl.*)"),
    ("energy", r".*(requested|set ?point|request)[ _.-]*energy.*"),
    ("energy", r"(.*[ _.:-])?(mono|photon|incident|bragg|actual|attained|achieved|dcm|"
     r"encoder)?[ _.:-]*energy([ _.:-].*)?(\(.*)?|energy_?ev|e_?(mono|ph)|"
     r"energy(feedback|readback|rbv|enc)"),
    ("i0", r"(ic|ion)_?0[ _.:-].*"),
    ("itrans", r"(ic|ion)_?1[ _.:-].*"),
    ("reference", r"(ic|ion)_?2[ _.:-].*"),
    ("i0", r"i[0o]([ _.:-]*(\d{1,3}|eh\d?|oh\d?|amp|ion|counts?|mon|v|volts?))?|"
     r"(.*[_.: -])?(io|i0)|(i0)_?[a-z]*\d*|(mon|monitor)[ _.-]?\d?|(ic|ion)_?0"),
    ("itrans", r"(it|i1|itrans|trans)([ _.:-]*(\d{1,3}|eh\d?|amp|ion|counts?|v|"
     r"volts?))?|trans[a-z]*|(.*[_.: -])?(itrans|it|i1)|(ic|ion)_?1"),
    ("reference", r"(ir|i2|iref|irefer|ref)([ _.:-]*(\d{1,3}|amp|ion|counts?))?|"
     r"(.*[_.: -])?(iref|irefer|ir|i2)|(ic|ion)_?2"),
    ("ifluor", r"[a-z]{1,2}[ _-]?[kl][ _-]?(a|b|alpha|beta)\d?([ _.:-].*)?|"
     r"(.*[_.: -])?(mca|roi|sdd|vortex|ketek|xmap|xsp3?|fluo|fluor|ifluor|det|ge|"
     r"fl|dtc|dxp|xspress3?|if|iff|lytle|pips|canberra)[ _.:-]*\d*([ _.:-].*)?|"
     r"(if|iff|fluor|fluo)[ _.-]?\d{1,3}|(fluo|fluor)_?(sum|total|yield|tot)|"
     r"sca\d_\d{1,3}"),
    ("angle", r"(.*[ _.:-])?(bragg|theta|angle)([ _.:-].*)?(\(.*)?"),
)  # fmt: skip
"""Patterns of names, tried in this order on the label in small letters."""

_LINE_OF_ELEMENT = re.compile(
    r"(Ti|Cr|Mn|Fe|Co|Ni|Cu|Zn|Ga|Ge|As|Se|Br|Rb|Sr|Zr|Nb|Mo|Ru|Rh|Pd|Ag|Cd|Sn|Sb|Te|"
    r"Ce|Eu|Gd|Hf|Ta|Re|Ir|Pt|Au|Hg|Pb|Bi|Np|Pu)\d{1,2}"
)
"""Fluorescence of one detector element by the absorber, as BMM names it: Fe1, Fe2."""

_CODE = re.compile(r"([PD]\d{1,3})\s*=\s*\{([^{}]{1,60})\}.*")
"""A column of EPICS scans, which their labels name by code: ``D1 = {I0} --> ...``."""

_PATTERNS = tuple((own, re.compile(pattern)) for own, pattern in PATTERNS)

STEPS = ("steps", "encoder", "encodersteps", "monosteps")
"""Names of an angle in steps of a motor or an encoder."""

NORMALISED = ("norm", "normalized", "normmu", "normtrans", "normfluor", "flat")
"""Names of mu whose edge step is 1."""

FLUORESCENCE_MU = ("mufluor", "muf", "normfluor", "mutey")
"""Names of mu that is fluorescence over incident intensity."""

LONGEST_LABEL_LINE = 4000
"""Longest header line that may name columns, characters."""

_COLUMN_FIELD = re.compile(
    r"column[. ]?(\d{1,4})\s*[:=]\s*(.*)|(\d{1,4})\)\s+(\S.*)|"
    r"col\s+(\d{1,4})\s+(\S+).*",
    re.IGNORECASE,
)
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
    """Return the columns of a table of ``width`` columns, by quantity (see NAMES)."""
    return by_quantity(labels_of_columns(header, width))


def labels_of_columns(header: tuple[str, ...], width: int) -> list[str]:
    """Return the labels of ``width`` columns, "" for one that has none.

    ``Column.N: name unit`` fields and numbered lists (``3) I0``) count first, then the
    header line nearest to the numbers that names an abscissa together with its
    ordinate, then the last lines with one name each.
    """
    declared = _labels_by_code(header, width) or _declared_labels(header, width)
    lines = (labels_in(line, width) for line in reversed(header))
    vertical = [line.strip(' *"') for line in header[-width:]]
    for labels in (declared, *lines, vertical if len(vertical) == width else []):
        columns = by_quantity(labels)
        if is_chi(columns) or is_mu(columns):
            return labels
    if any(declared):
        return declared
    nearest = (labels_in(line, width) for line in reversed(header[-3:]))
    return next((labels for labels in nearest if labels), [])


def is_chi(columns: dict[str, Column]) -> bool:
    """Return whether ``columns`` hold chi(k), k-weighted or not."""
    return "k" in columns and ("chi" in columns or "weighted chi" in columns)


def is_mu(columns: dict[str, Column]) -> bool:
    """Return whether ``columns`` hold mu(E) or the intensities that give it."""
    if "energy" not in columns and "angle" not in columns:
        return False
    intensities = "i0" in columns and ("itrans" in columns or "ifluor" in columns)
    return "mu" in columns or intensities


def labels_in(line: str, width: int) -> list[str]:
    """Return the ``width`` column labels in a header line, or nothing.

    A unit in brackets belongs to the name before it, with or without a space. Names of
    several words are understood where commas, semicolons, tabs or two spaces part them.
    A sign that announces labels (``L`` in SPEC, ``@``) is no label.
    """
    if len(line) > LONGEST_LABEL_LINE:
        line = re.sub(r" {2,}", "  ", line)
        if len(line) > LONGEST_LABEL_LINE:
            return []
    line = line.removeprefix("L ") if line.startswith("L ") else line
    joined = re.sub(r"(?<!\s)\s+(?=[(\[])", "", line)
    joined = _BRACKETS.sub(lambda found: re.sub(r"[\s,;]", "", found.group()), joined)
    for separator in (r"[,;\t]", r"\s{2,}", r"[\s,;]+"):
        labels = [re.sub(r'[\s"]', "", part) for part in re.split(separator, joined)]
        labels = [label for label in labels if re.search(r"[a-zA-Z]", label)]
        if len(labels) == width:
            return labels
    return []


def quantity_of(label: str) -> str:
    """Return the quantity (see NAMES) that a label names, "" for none."""
    name = plain_name(label)
    known = next((own for own, names in NAMES.items() if name in names), "")
    return known or _by_pattern(label)


def is_setpoint(label: str) -> bool:
    """Return whether a label is that of a wanted rather than a measured energy."""
    return bool(re.search("request|set_?point|nominal|target", label.lower()))


def by_quantity(labels: list[str]) -> dict[str, Column]:
    """Return the best column for every quantity that ``labels`` name."""
    names = [plain_name(label) for label in labels]
    columns: dict[str, Column] = {}
    for quantity, known in NAMES.items():
        indices = [names.index(name) for name in known if name in names]
        if indices:
            columns[quantity] = Column(indices[0], labels[indices[0]])
    taken = {column.index for column in columns.values()}
    for index, label in enumerate(labels):
        if index not in taken and label:
            quantity = quantity_of(label)
            if quantity and quantity not in columns:
                columns[quantity] = Column(index, label)
    return columns


def all_of(labels: list[str], quantity: str) -> tuple[Column, ...]:
    """Return every column that names ``quantity``, in order."""
    return tuple(
        Column(index, label)
        for index, label in enumerate(labels)
        if label and quantity_of(label) == quantity
    )


def _by_pattern(label: str) -> str:
    small = " ".join(label.lower().strip(' *"').split())
    if len(small) > 60:
        return ""
    if _LINE_OF_ELEMENT.fullmatch(label.strip()):
        return "ifluor"
    return next((own for own, known in _PATTERNS if known.fullmatch(small)), "")


def _declared_labels(header: tuple[str, ...], width: int) -> list[str]:
    """Return the labels of numbered columns, empty text for one that has none."""
    labels = [""] * width
    for line in header:
        found = _COLUMN_FIELD.fullmatch(line)
        if not found:
            continue
        number, text = next(
            (int(n), t)
            for n, t in (
                (found[1], found[2]),
                (found[3], found[4]),
                (found[5], found[6]),
            )
            if n is not None
        )
        if 1 <= number <= width:
            labels[number - 1] = text.split("||")[0].strip(" *")
    return labels


def _labels_by_code(header: tuple[str, ...], width: int) -> list[str]:
    """Return labels where the header explains codes (``P1 D1 D2``), or nothing."""
    found = (_CODE.fullmatch(line.lstrip("; ")) for line in header)
    known = {match[1]: match[2] for match in found if match}
    for line in header if known else ():
        words = line.lstrip("; ").split()
        if len(words) == width and all(word in known for word in words):
            return [known[word] for word in words]
    return []


def plain_name(label: str) -> str:
    """Return the first word of ``label`` in small letters without units and signs."""
    words = _BRACKETS.sub("", label).split()
    return _SIGNS.sub("", words[0].lower()) if words else ""
