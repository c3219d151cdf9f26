"""Check that remote workers give the same results as this computer."""

from collections.abc import Mapping
from typing import Any

from onne_core.errors import OnneError

COMPARED = ("onne", "numpy", "scipy", "numba", "deap", "ase", "xraylarch")
"""Packages whose versions decide numbers: those of clusters and of their spectra."""

MISSING = "not installed"


def look() -> dict[str, str]:
    """Return the versions of Python and of the packages that decide numbers."""
    import platform
    from importlib.metadata import PackageNotFoundError, version

    from onne_core import __version__

    found = {"Python": ".".join(platform.python_version_tuple()[:2])}
    for name in COMPARED:
        try:
            found[name] = __version__ if name == "onne" else version(name)
        except PackageNotFoundError:
            found[name] = MISSING
    return found


def differences(
    found: Mapping[str, Any], here: Mapping[str, str] | None = None
) -> list[str]:
    """Return the differences, one text per worker and package.

    ``found`` has the versions of every place, or the error that looking gave.
    """
    here = look() if here is None else here
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


def refuse_difference(texts: list[str]) -> None:
    """Refuse workers if ``texts`` names any difference.

    Raises
    ------
    OnneError
        If there is any.
    """
    if texts:
        more = f"; and {len(texts) - 3} more" if len(texts) > 3 else ""
        raise OnneError(
            f"Workers differ from this computer: {'; '.join(texts[:3])}{more}. "
            "Install the same versions there (see requirements.lock)."
        )
