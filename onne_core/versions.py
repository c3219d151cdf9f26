"""Versions that affect numbers; part of digests and of every report."""

from importlib.metadata import PackageNotFoundError, version

from onne_core import __version__

DECIDING = ("xraylarch",)
"""FEFF8L comes with xraylarch."""


def versions() -> dict[str, str]:
    """Return the versions of this program and of the packages that affect numbers."""
    return {"onne": __version__, **{name: _version(name) for name in DECIDING}}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
