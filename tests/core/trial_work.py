"""What the tests of confined work run in the other process."""

import time

import numpy as np
import onnxruntime

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


def run_unchecked(content: bytes) -> None:
    """Run a network without any check of its content."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(
            content, options, providers=["CPUExecutionProvider"]
        )
        session.run(None, {})
    except Exception as error:
        raise DefinitionError(f"the runtime gives up: {error}") from error
