"""XDI 1.0, the XAFS Data Interchange format: one scan with named columns.

Specification: Ravel and Newville, J. Phys. Conf. Series 712, 012148 (2016),
doi:10.1088/1742-6596/712/1/012148. Lost: every header field but the names and units of
the columns, the element and the edge; every column that mu(E) or chi(k) does not need.
"""

import re

from onne_core.errors import ColumnsUnclearError, FormatError
from onne_core.formats import chi_columns, mu_columns
from onne_core.formats.columns import is_chi, is_mu
from onne_core.formats.content import shown
from onne_core.formats.text_table import TextTable
from onne_core.values.spectrum import Absorption, Spectrum

_VERSION = re.compile(r"XDI/(\d+)\.\d+(\s|$)")


def from_table(table: TextTable) -> Absorption | Spectrum:
    """Return mu(E), or chi(k) if the columns say so, of a table with an XDI header.

    Energies are returned in eV; see :mod:`.mu_columns` for what is taken as mu.

    Raises
    ------
    FormatError
        If the first line does not name XDI 1, the needed columns are not named, or
        values are unusable.
    """
    where = shown(table.path)
    if not is_xdi(table):
        raise FormatError(
            f"{where}: the first line must start with '# XDI/1.0'; add it, or use "
            "the suffix .xmu for a plain column file."
        )
    if is_mu(table.columns):
        return mu_columns.from_table(table)
    if is_chi(table.columns):
        return chi_columns.from_table(table)
    raise ColumnsUnclearError(
        f"{where}: Column.N header fields must name energy with mutrans, or with "
        "i0 and itrans (or ifluor); add these names, or choose the columns (--columns)."
    )


def is_xdi(table: TextTable) -> bool:
    """Return whether the first header line names version 1 of XDI."""
    found = _VERSION.match(table.header[0]) if table.header else None
    return found is not None and found[1] == "1"
