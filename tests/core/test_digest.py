"""Digests: equal values, equal digests; any change, another one."""

import copy
import hashlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from onne_core.digest import digest, digest_of_bytes, digest_of_file
from onne_core.values.structure import ContinuousRandomVariable, Range

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(plain)
def test_a_copy_has_the_same_digest(value):
    assert digest(copy.deepcopy(value)) == digest(value)


@given(st.dictionaries(st.text(), st.integers(), min_size=2, max_size=6))
def test_the_order_of_keys_does_not_count(table):
    turned = dict(reversed(table.items()))
    assert digest(turned) == digest(table)


@given(st.text(), st.text())
def test_the_order_of_values_counts(first, second):
    assume(first != second)
    assert digest(first, second) != digest(second, first)
    assert digest([first, second]) != digest([second, first])


def test_the_digest_is_the_sha256_of_the_canonical_text():
    text = b'{"__type__": "Range", "lower": 1.0, "upper": 2.5}\x00'
    assert digest(Range(1.0, 2.5)) == hashlib.sha256(text).hexdigest()


def test_text_is_not_joined_across_values():
    assert digest("ab", "c") != digest("a", "bc")


def test_the_type_of_a_value_counts():
    assert digest(Range(1.0, 2.0)) != digest(ContinuousRandomVariable(1.0, 2.0))


def test_numpy_scalars_count_as_their_python_values():
    assert digest(np.float64(0.1), np.int64(3)) == digest(0.1, 3)


def test_arrays_count_by_shape_type_and_content_not_by_layout():
    array = np.arange(6.0).reshape(2, 3)
    same = np.asfortranarray(array)
    others = [array.T.copy(), array.ravel(), array.astype(np.float32), array + 1e-15]
    assert digest(same) == digest(array)
    assert len({digest(item) for item in [array, *others]}) == 5


def test_paths_count_with_forward_slashes():
    assert digest(Path("a") / "b") == digest("a/b")


@pytest.mark.parametrize("value", [{1, 2}, object(), b"bytes", Range])
def test_what_has_no_canonical_form_is_a_bug(value):
    with pytest.raises(TypeError, match="no canonical form"):
        digest(value)


@given(st.binary(max_size=300))
def test_a_file_has_the_digest_of_its_bytes(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("digest") / "file"
    path.write_bytes(content)
    assert digest_of_file(path) == digest_of_bytes(content)
    assert digest_of_bytes(content) == hashlib.sha256(content).hexdigest()
