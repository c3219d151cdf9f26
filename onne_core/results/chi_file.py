"""chi(k) as reduced, in columns that Artemis, Larix and this program read again.

The header is that of XDI: element, edge, E0, and how chi(k) came about. Lost: the
uncertainty of single points.
"""

import numpy as np

from onne_core.values.spectrum import Spectrum
from onne_core.versions import versions


def written(spectrum: Spectrum, *, file: str) -> str:
    """Return the text of ``spectrum``, which was read from the file called ``file``.

    Units: k in Å^-1; chi has none and no weight.
    """
    header = [f"XDI/1.0 ONNE/{versions()['onne']}"]
    if spectrum.element:
        header.append(f"Element.symbol: {spectrum.element}")
    if spectrum.edge:
        header.append(f"Element.edge: {spectrum.edge}")
    if spectrum.e0 is not None:
        header.append(f"Athena.e0: {spectrum.e0:.3f}")
    header += ["Column.1: k 1/Å", "Column.2: chi", "///"]
    header += [f"chi(k) of {spectrum.name}, read from {file}", *spectrum.notes]
    header += ["-" * 60, "k chi"]
    lines = [f"# {' '.join(line.split())}\n" for line in header]
    values = np.column_stack([spectrum.k, spectrum.chi]).tolist()
    return "".join(lines) + "".join(f"{k:10.5f} {chi:16.8e}\n" for k, chi in values)
