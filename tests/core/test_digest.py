"""Digests: equal values, equal digests; any change, another one."""

import copy
import hashlib
import json
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from onne_core.digest import digest, digest_of_bytes, digest_of_file
from onne_core.values.recipe import recipe_from_json
from onne_core.values.structure import ContinuousRandomVariable, Range

SYSTEMS = Path(__file__).resolve().parents[2] / "resources" / "systems"

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


@dataclass(frozen=True)
class Old:
    filling: float = 1.0


@dataclass(frozen=True)
class New:
    __digest_name__ = "Old"
    coordination_scale: float = field(default=1.0, metadata={"formerly": "filling"})


def test_renamed_values_keep_their_digest():
    assert digest(New(0.5)) == digest(Old(0.5)) != digest(New(0.6))


DIGESTS = {
    "cu-foil": "b3301815c447bd78f9abfa065007ee9a440428eecf26ec6bea3ada85d1c79629",
    "dimer": "4d4cedd18f6d9c2036a046ed1f3e11e58a5cf6903d6d1bed68cfa6216816336a",
    "ni-foil": "c3f8c907ad2f54d1a7c86c783a6284e77a366c2b70b81df4abec087cc8b45812",
    "ni-molten-chloride": (
        "bd0e26a2bfc7c262ad24fc7f19dcb3791643108dec689f15aa669bdde92edb89"
    ),
    "u-molten-fluoride": (
        "b7b67e96189d2f9a46031911773aff9ea0c2592e280ed0261e5b5420371bd6a4"
    ),
}
"""Of the supplied systems' recipes, as the program gave them in November 2026.

Training sets are known by them: they change only with what they are digests of."""


def test_a_field_that_was_added_counts_where_it_says_something_new():
    @dataclass(frozen=True)
    class Before:
        k: float

    @dataclass(frozen=True)
    class After:
        __digest_name__ = "Before"
        k: float
        answer: str = field(default="joint", metadata={"added": True})

    assert digest(After(3.0)) == digest(Before(3.0))
    assert digest(After(3.0, "networks")) != digest(Before(3.0))


@pytest.mark.parametrize("name", DIGESTS)
def test_recipes_keep_their_digests(name):
    content = json.loads((SYSTEMS / f"{name}.json").read_text(encoding="utf-8"))
    recipe = recipe_from_json(content)
    # They were made before a core hole could be left out.
    scattering = replace(recipe.scattering, core_hole=True)
    assert digest(replace(recipe, scattering=scattering)) == DIGESTS[name]
