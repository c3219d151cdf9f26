"""What the tests of confined work run in the other process."""

import time

import numpy as np

from onne_core.errors import DefinitionError


def refuse() -> None:
    raise DefinitionError("as it was raised")


def divide() -> float:
    return 1 / 0


def sleep() -> None:
    time.sleep(60.0)


def take(size: int) -> int:
    """Fill ``size`` bytes; return how many there were."""
    return int(np.ones(size, np.uint8).sum(dtype=np.int64))
