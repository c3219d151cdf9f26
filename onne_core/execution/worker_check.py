"""Check that remote workers give the same results as this computer."""

import platform
from collections.abc import Mapping
from typing import Any

from onne_core.errors import OnneError
from onne_core.versions import MISSING, version_of

COMPARED = ("onne", "numpy", "scipy", "numba", "deap", "ase", "xraylarch")
"""Packages whose versions decide numbers: those of clusters and of their spectra."""


def look() -> dict[str, str]:
    """Return the versions of Python and of the packages that decide numbers."""
    python = ".".join(platform.python_version_tuple()[:2])
    return {"Python": python, **{name: version_of(name) for name in COMPARED}}


def differences(found: Mapping[str, Any], *, here: Mapping[str, str]) -> list[str]:
    """Return what differs, one text per place and package.

    ``found`` has the versions of every place, or the error that looking gave.
    """
    texts = []
    for place, versions in found.items():
        if isinstance(versions, ModuleNotFoundError):
            texts.append(f"onne is {MISSING} on {place}")
        elif isinstance(versions, Exception):
            texts.append(f"{place} does not report its versions ({versions})")
        else:
            texts += [
                f"{name} {version} here, {versions.get(name, MISSING)} on {place}"
                for name, version in here.items()
                if versions.get(name) != version
            ]
    return texts


def refuse_differences(found: Mapping[str, Any], *, here: Mapping[str, str]) -> None:
    """Refuse workers that differ from what is ``here``, see :func:`differences`.

    Raises
    ------
    OnneError
        If there is any difference.
    """
    if texts := differences(found, here=here):
        more = f"; and {len(texts) - 3} more" if len(texts) > 3 else ""
        raise OnneError(
            f"Workers differ from this computer: {'; '.join(texts[:3])}{more}. "
            "Install the same versions there (see requirements.lock)."
        )
