"""Suppression of library output and warnings, of garbage collection; larch at work."""

import contextlib
import gc
import io
import warnings
from collections.abc import Iterator

import numpy as np

from onne_core.errors import OnneError


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Suppress prints, warnings and numpy's floating-point messages."""
    with (
        warnings.catch_warnings(),
        contextlib.redirect_stdout(io.StringIO()),
        np.errstate(all="ignore"),
    ):
        warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def larch_at_work(refusal: type[OnneError], text: str) -> Iterator[None]:
    """Keep larch's prints and warnings away; its failures become a ``refusal``.

    ``text`` is what that says, with the failure in the place of ``{error}``.
    """
    try:
        with quietly():
            yield
    except (ArithmeticError, IndexError, TypeError, ValueError) as error:
        raise refusal(text.replace("{error}", str(error))) from error


@contextlib.contextmanager
def without_collection() -> Iterator[None]:
    """Suspend garbage collection.

    Where thousands of small values are made and kept, none of them in cycles, this
    would take a fifth of the time.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()
