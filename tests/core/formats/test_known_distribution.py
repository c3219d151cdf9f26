"""Known g(r) as CSV: written and read back, damaged tables refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onne_core.errors import FormatError
from onne_core.formats.known import read_known_distribution, write_known_distribution
from onne_core.values.radial import RadialDistribution

R = 1.5 + 0.02 * (np.arange(60) + 0.5)


@given(
    values=st.lists(st.floats(0.0, 1e3), min_size=60, max_size=60),
    # Control characters are what tells binary files; a line break is none of those.
    comments=st.lists(
        st.text(
            st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n"),
            max_size=20,
        ),
        max_size=3,
    ),
)
@settings(max_examples=30, deadline=None)
def test_a_written_distribution_is_read_back_exactly(
    tmp_path_factory, values, comments
):
    path = tmp_path_factory.getbasetemp() / "known.gr.csv"
    partials = {"Ni-Cl": np.array(values), "Ni-Zn": np.array(values[::-1])}
    write_known_distribution(path, RadialDistribution(R, partials), comments)
    read = read_known_distribution(path)
    np.testing.assert_array_equal(read.r, R)
    assert list(read.partials) == list(partials)
    for pair, g in partials.items():
        np.testing.assert_array_equal(read.partials[pair], g)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1.0,2.0\n1.1,2.0\n1.2,2.0\n", "must name every column"),
        ("r,Ni-Ni\n1.0,2.0,1\n1.1,2.0,1\n1.2,2.0,1\n", "must name every column"),
        ("x,Ni-Ni\n1.0,2.0\n1.1,2.0\n1.2,2.0\n", "must name every column"),
        ("r,nickel\n1.0,2.0\n1.1,2.0\n1.2,2.0\n", "correct 'nickel'"),
        ("r,Ni-O,Ni-O\n1.0,2,1\n1.1,2,1\n1.2,2,1\n", "correct 'Ni-O'"),
        ("r,Ni-Ni\n1.0,2.0\n1.1,2.0\n", "only 2 rows"),
        ("r,Ni-Ni\n1.0,2.0\n1.1,-2.0\n1.2,0\n", "line 3: g(r) of Ni-Ni is negative"),
        ("r,Ni-Ni\n1.0,2.0\n1.1,2.0\n1.3,0\n", "must increase in equal steps"),
        ("r,Ni-Ni\n1.2,2.0\n1.1,2.0\n1.0,0\n", "must increase in equal steps"),
        ("r,Ni-Ni\n-0.1,2.0\n0.0,2.0\n0.1,0\n", "must increase in equal steps"),
        ("r,Ni-Ni\n1.0,2.0\n1.1,nan\n1.2,0\n", "line 3: nan is not a finite number"),
    ],
)
def test_unusable_tables_are_refused_with_the_reason(tmp_path, text, words):
    path = tmp_path / "known.csv"
    path.write_text(text)
    with pytest.raises(FormatError) as caught:
        read_known_distribution(path)
    assert str(caught.value).startswith("known.csv")
    assert words in str(caught.value)
