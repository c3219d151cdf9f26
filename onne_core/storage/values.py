"""Values with arrays as JSON: the JSON names the arrays, which are kept beside it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from onne_core.codec import Codec, Form, shown
from onne_core.digest import digest
from onne_core.errors import DefinitionError

Arrays = dict[str, np.ndarray]


def codec_beside(
    arrays: Arrays,
    *,
    allows_nan: bool = False,
    forms: Mapping[Any, Form] = MappingProxyType({}),
) -> Codec:
    """Return the codec of values whose arrays lie in ``arrays``, equal ones once.

    ``forms`` are those of other types.
    """

    def read(content: Any, place: str) -> np.ndarray:
        found = arrays.get(content) if isinstance(content, str) else None
        if found is None or found.dtype.kind not in "fiub":
            raise DefinitionError(f"{place}: {shown(content)} names no numbers.")
        return found

    def write(array: np.ndarray) -> str:
        name = f"a{digest(array)[:32]}"
        arrays[name] = array
        return name

    return Codec({np.ndarray: Form(read, write), **forms}, allows_nan=allows_nan)
