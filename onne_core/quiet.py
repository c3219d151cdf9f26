"""Suppression of library output and warnings, and of garbage collection."""

import contextlib
import gc
import io
import warnings
from collections.abc import Iterator

import numpy as np


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
