"""What headers of measured files say of the absorber."""

import numpy as np
import pytest

from onne_core import formats
from onne_core.formats.absorber_field import absorber_in


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (("XDI/1.0", "Element.symbol: Cu", "Element.edge: K"), "Cu K"),
        (("Element.symbol: Pt", "Element.edge: LIII"), "Pt L3"),
        (("element = Zn", "edge = K"), "Zn K"),
        (("absorber: Ni",), "Ni"),
        (("absorbing atom: Au", "edge: Au L3"), "Au L3"),
        (("Abs   Z=29 Rmt= 1.261 Rnm= 1.412 K  shell",), "Cu K"),
        (("simulated foil at 300 K, Ni K edge; nothing was measured",), "Ni K"),
        (("Pt L3-edge of a foil",), "Pt L3"),
        (("Ni K edge", "calibrated at the Cu K edge"), "None"),
        (("Element.symbol: Xx",), "None"),
        (("edge step = 2.257", "k chi"), "None"),
        (("In K we trust", "At K edge"), "At K"),
        ((), "None"),
    ],
)
def test_the_absorber_is_found_where_it_is_named(header, name):
    assert str(absorber_in(header)) == name


def test_chi_of_k_carries_it(tmp_path):
    k = np.arange(0.0, 14.0, 0.05)
    path = tmp_path / "foil.chi"
    header = "Element.symbol: Cu\nElement.edge: K\nk chi"
    np.savetxt(path, np.column_stack([k, 0.1 * np.sin(5.0 * k)]), header=header)
    found = formats.read_measured(path)
    assert (found.element, found.edge, found.e0) == ("Cu", "K", None)
