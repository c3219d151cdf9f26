"""The search for garbage stands still where it is asked to, and only there."""

import gc

import pytest

from onne_core.quiet import without_collection


def test_the_search_for_garbage_goes_on_afterwards() -> None:
    assert gc.isenabled()
    with without_collection():
        assert not gc.isenabled()
        with without_collection():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_the_search_goes_on_after_an_error() -> None:
    with pytest.raises(ValueError, match="lost"), without_collection():
        raise ValueError("lost")
    assert gc.isenabled()
