"""Values and JSON: what annotations allow is read, all else is refused in words."""

import json
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onne_core.codec import (
    LONGEST_SHOWN,
    MOST_DEPTH,
    RECORDS,
    REQUIRED,
    Codec,
    Form,
    parsed,
    read_json,
    refused_as,
)
from onne_core.errors import DefinitionError, StorageError


@dataclass(frozen=True)
class Leg:
    length: float
    ends: tuple[float, float] = (0.0, 1.0)


@dataclass(frozen=True)
class Path:
    legs: tuple[Leg, ...]
    name: str = ""
    count: int = field(default=0, metadata={"key": "n"})
    is_closed: bool = False
    kind: Literal["single", "double"] = "single"
    spread: float | None = None
    weights: dict[str, float] = field(default_factory=dict)
    remarks: dict[str, Any] = field(default_factory=dict)
    degeneracy: int = field(default=1, metadata={"formerly": "multiplicity"})


NUMBERS = st.floats(-1e6, 1e6)
CONTENT = st.fixed_dictionaries(
    {
        "legs": st.lists(
            st.fixed_dictionaries(
                {"length": NUMBERS, "ends": st.lists(NUMBERS, min_size=2, max_size=2)}
            ),
            max_size=3,
        ),
        "name": st.text(max_size=5),
        "n": st.integers(-(2**60), 2**60),
        "is_closed": st.booleans(),
        "kind": st.sampled_from(["single", "double"]),
        "spread": st.none() | NUMBERS,
        "weights": st.dictionaries(st.text(max_size=3), NUMBERS, max_size=2),
        "remarks": st.dictionaries(
            st.text(max_size=3), st.lists(st.none() | st.text(max_size=3)), max_size=2
        ),
        "degeneracy": st.integers(0, 9),
    }
)


@given(CONTENT)
def test_what_is_read_is_written_again(content):
    path = Codec().value(Path, json.loads(json.dumps(content)))
    assert json.loads(json.dumps(Codec().encode(path))) == content


def test_what_is_left_out_takes_the_default_and_an_old_name_is_known():
    found = Codec().value(Path, {"legs": [{"length": 2}], "multiplicity": 12})
    assert found == Path((Leg(2.0),), degeneracy=12)
    assert isinstance(found.legs[0].length, float)
    assert Codec().encode(found)["degeneracy"] == 12
    assert "multiplicity" not in Codec().encode(found)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"legs": None}, "path.legs: None; give a list."),
        ({"legs": [{}]}, "path.legs[0].length: missing; add it."),
        ({"legs": [{"length": "2"}]}, "path.legs[0].length: '2'; give a number."),
        ({"legs": [{"length": True}]}, "path.legs[0].length: True; give a number."),
        ({"legs": [{"length": float("nan")}]}, "path.legs[0].length: nan; give a "),
        ({"legs": [{"length": 10**400}]}, "path.legs[0].length: 1000"),
        ({"legs": [2]}, "path.legs[0]: give a JSON object with named values."),
        ({"legs": [{"length": 1, "ends": [1]}]}, "path.legs[0].ends: [1]; give 2 num"),
        ({"name": 3}, "path.name: 3; give a text."),
        ({"n": 2.0}, "path.n: 2.0; give a whole number."),
        ({"n": True}, "path.n: True; give a whole number."),
        ({"n": 10**400}, "path.n: a number of hundreds of digits; give a smaller one."),
        ({"is_closed": 1}, "path.is_closed: 1; give true or false."),
        ({"kind": "triple"}, "path.kind: 'triple'; use single or double."),
        ({"kind": ["single"]}, "path.kind: ['single']; use single or double."),
        ({"spread": "wide"}, "path.spread: 'wide'; give a number."),
        ({"weights": {"a": None}}, "path.weights.a: None; give a number."),
        ({"remarks": {"a": [float("inf")]}}, "path.remarks.a: it holds a number that"),
        ({"remarks": {"a": 2**53 + 1}}, "path.remarks.a: it holds a whole number bey"),
        ({"count": 1}, "path.count: unknown; known are degeneracy, is_closed, kind, "),
        ({"degeneracy": 1, "multiplicity": 2}, "path.multiplicity: unknown; known"),
        ({"a\x1b[2J": 1}, r"path.'a\x1b[2J': unknown"),
    ],
)
def test_other_content_is_refused_with_place_and_remedy(changes, words):
    with pytest.raises(DefinitionError) as caught:
        Codec().value(Path, {"legs": [], **changes}, "path")
    assert str(caught.value).startswith(words)


def test_an_error_shows_little_of_what_was_wrong():
    with pytest.raises(DefinitionError) as caught:
        Codec().value(Path, {"legs": "x" * 10**6})
    assert len(str(caught.value)) < LONGEST_SHOWN + 40


def nested(depth: int) -> Any:
    return [nested(depth - 1)] if depth else []


def test_nesting_that_nothing_describes_is_limited():
    assert Codec().value(Path, {"legs": [], "remarks": {"a": nested(MOST_DEPTH)}})
    with pytest.raises(DefinitionError, match=r"remarks\.a: nested deeper than 16"):
        Codec().value(Path, {"legs": [], "remarks": {"a": nested(MOST_DEPTH + 1)}})


def test_what_every_file_has_must_be_there_though_it_has_a_default():
    @dataclass(frozen=True)
    class Answer:
        value: float | None = field(default=None, metadata=REQUIRED)

    assert Codec().value(Answer, {"value": None}) == Answer()
    with pytest.raises(DefinitionError, match="value: missing; add it"):
        Codec().value(Answer, {})


def test_unknown_keys_and_numbers_that_are_none_are_taken_where_that_is_asked_for():
    content = {"length": float("nan"), "colour": "red"}
    found = Codec(ignores_unknown=True, allows_nan=True).value(Leg, content)
    assert np.isnan(found.length)


def test_a_form_takes_the_place_of_fields():
    ends = Form(lambda content, place: Leg(len(content)), lambda leg: "x" * 3)
    codec = Codec({Leg: ends})
    assert codec.value(Path, {"legs": ["ab"]}) == Path((Leg(2.0),))
    assert codec.encode(Path((Leg(3.0),)))["legs"] == ["xxx"]


def test_numbers_of_numpy_become_plain():
    content = Codec().encode({"a": np.float64(2.5), "b": (np.int64(3), np.bool_(1))})
    assert json.dumps(content) == '{"a": 2.5, "b": [3, true]}'


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", r"not valid JSON \(Expecting value: line 1"),
        (b"[" * 10**5, "not valid JSON"),
        (b"1" * 5000, "not valid JSON"),
        (b"\xff\xfe", r"not valid JSON \(it is not a text file\)"),
    ],
)
def test_what_is_no_json_is_refused(content, words):
    with pytest.raises(DefinitionError, match=words):
        parsed(content)


def test_a_file_that_is_too_large_is_not_read(tmp_path):
    (tmp_path / "large.json").write_bytes(b" " * (2**20 + 1))
    with pytest.raises(
        DefinitionError, match=r"cannot be read \(it is larger than 1 M"
    ):
        read_json(tmp_path / "large.json")


def test_a_refusal_gets_the_words_of_its_file():
    with (
        pytest.raises(StorageError, match=r"^a\.json: length: missing; add it\. Sorry"),
        refused_as(StorageError, "a.json: ", " Sorry."),
    ):
        Codec().value(Leg, {})


def test_in_records_for_other_programs_no_number_is_null(tmp_path):
    content = {"a": float("nan"), "b": np.array([1.0, np.inf]), "c": np.float32(2.0)}
    wanted = {"a": None, "b": [1.0, None], "c": 2.0}
    assert RECORDS.encode(content) == wanted
    assert RECORDS.encode({"folder": tmp_path}) == {"folder": str(tmp_path)}
