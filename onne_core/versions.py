"""Versions that affect numbers; part of digests and of every report."""

from importlib.metadata import PackageNotFoundError, version

from onne_core import __version__

DECIDING = ("xraylarch",)
"""FEFF8L comes with xraylarch."""

MISSING = "not installed"


def versions() -> dict[str, str]:
    """Return the versions of this program and of the packages that decide numbers."""
    return {name: version_of(name) for name in ("onne", *DECIDING)}


def version_of(name: str) -> str:
    """Return the version of this program or of a package."""
    if name == "onne":
        return __version__
    try:
        return version(name)
    except PackageNotFoundError:
        return MISSING
