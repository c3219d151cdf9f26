"""Errors must keep their words on the way from a worker to the window."""

import pickle

import pytest

from onne_core.errors import FormatError, ScatteringError, StructureError


@pytest.mark.parametrize(
    "error",
    [
        FormatError("a.chi, line 3: k must increase; sort the rows."),
        StructureError("two atoms Cl-Cl are 1.10 Å apart.", reason="Cl-Cl too close"),
        ScatteringError("FEFF pot did not finish.", reason="pot"),
    ],
)
def test_an_error_crosses_to_another_process_unchanged(error):
    arrived = pickle.loads(pickle.dumps(error))
    assert type(arrived) is type(error)
    assert str(arrived) == str(error)
    assert vars(arrived) == vars(error)
