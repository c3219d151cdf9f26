"""Project folders on disk: NAME.onne/ with project.json and one npz per spectrum.

Arrays are stored under the digest of their bytes and written first; project.json
names them and is replaced last. A save that is killed leaves the old project whole.
"""

import contextlib
import io
import json
import math
import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from onne_core import files
from onne_core.digest import digest_of_bytes
from onne_core.errors import DefinitionError, FormatError, StorageError
from onne_core.project import KnownDistribution, Project, SpectrumEntry
from onne_core.radial import RadialDistribution
from onne_core.recipe import recipe_from_json, recipe_to_json
from onne_core.spectrum import Spectrum

SCHEMA = 1
SUFFIX = ".onne"
PROJECT_FILE = "project.json"
ARRAYS = "arrays"

_ARRAY_NAME = re.compile(r"[0-9a-f]{64}\.npz")


def is_project(path: Path) -> bool:
    """Whether ``path`` is a folder that holds a project."""
    return (path / PROJECT_FILE).is_file()


def save(project: Project, folder: Path) -> None:
    """Write ``project`` to ``folder``; the old content stays until all is written.

    Raises
    ------
    StorageError
        If ``folder`` holds something else than a project, or cannot be written.
    """
    if folder.exists() and not is_project(folder) and _is_in_use(folder):
        raise StorageError(
            f"{folder}: exists and holds no project; choose another name."
        )
    written: set[str] = set()
    entries = [_entry_to_json(entry, folder, written) for entry in project.spectra]
    content = {
        "schema": SCHEMA,
        "ensemble": project.ensemble,
        "selected": project.selected,
        "recipe": recipe_to_json(project.recipe) if project.recipe else None,
        "spectra": entries,
    }
    files.write_json(folder / PROJECT_FILE, content)
    _clear_unused(folder, written)


def load(folder: Path) -> Project:
    """Read the project in ``folder``.

    Raises
    ------
    StorageError
        If there is none, it is damaged, or it was written by a newer program.
    """
    content = _read_json(folder / PROJECT_FILE)
    if content.get("schema") != SCHEMA:
        raise StorageError(
            f"{folder}: schema {content.get('schema')!r}; this program reads {SCHEMA}. "
            "Open it with the program that wrote it."
        )
    try:
        return _project_from_json(content, folder)
    except (DefinitionError, FormatError) as error:
        raise StorageError(f"{folder / PROJECT_FILE}: {error}") from error
    except (
        KeyError,
        TypeError,
        ValueError,
        AttributeError,
        ArithmeticError,
        MemoryError,
        EOFError,
        zipfile.BadZipFile,
    ) as error:
        raise StorageError(
            f"{folder / PROJECT_FILE}: a value is missing or of the wrong kind "
            f"({type(error).__name__}: {error}); restore the folder from a copy."
        ) from error


def _project_from_json(content: dict[str, Any], folder: Path) -> Project:
    recipe = content["recipe"]
    return Project(
        recipe=recipe_from_json(recipe) if recipe is not None else None,
        spectra=tuple(_entry_from_json(item, folder) for item in content["spectra"]),
        ensemble=str(content["ensemble"]),
        selected=int(content["selected"]),
    )


def _entry_to_json(
    entry: SpectrumEntry, folder: Path, written: set[str]
) -> dict[str, Any]:
    spectrum = entry.spectrum
    arrays = {"k": spectrum.k, "chi": spectrum.chi}
    return {
        "name": entry.name,
        "source": entry.source,
        "sha256": entry.sha256,
        "spectrum": {
            "name": spectrum.name,
            "source": spectrum.source,
            "e0": spectrum.e0,
            "arrays": _write_arrays(arrays, folder, written),
        },
        "e0": entry.e0,
        "s02": list(entry.s02) if entry.s02 else None,
        "limits": {label: list(ends) for label, ends in entry.limits.items()},
        "known": _known_to_json(entry.known, folder, written),
    }


def _entry_from_json(content: dict[str, Any], folder: Path) -> SpectrumEntry:
    stored = content["spectrum"]
    arrays = _read_arrays(stored["arrays"], folder)
    _check_columns(arrays["k"], arrays["chi"])
    return SpectrumEntry(
        name=str(content["name"]),
        source=str(content["source"]),
        sha256=str(content["sha256"]),
        spectrum=Spectrum(
            k=arrays["k"],
            chi=arrays["chi"],
            name=str(stored["name"]),
            source=str(stored["source"]),
            e0=_optional_number(stored["e0"]),
        ),
        e0=_optional_number(content["e0"]),
        s02=_pair_of_numbers(content["s02"]) if content["s02"] is not None else None,
        limits={
            str(label): _pair_of_numbers(ends)
            for label, ends in content["limits"].items()
        },
        known=_known_from_json(content["known"], folder),
    )


def _known_to_json(
    known: KnownDistribution | None, folder: Path, written: set[str]
) -> dict[str, Any] | None:
    if known is None:
        return None
    partials = known.distribution.partials
    arrays = {"r": known.distribution.r}
    arrays |= {f"g{i}": values for i, values in enumerate(partials.values())}
    return {
        "source": known.source,
        "pairs": list(partials),
        "arrays": _write_arrays(arrays, folder, written),
    }


def _known_from_json(content: Any, folder: Path) -> KnownDistribution | None:
    if content is None:
        return None
    arrays = _read_arrays(content["arrays"], folder)
    partials = {str(pair): arrays[f"g{i}"] for i, pair in enumerate(content["pairs"])}
    return KnownDistribution(
        str(content["source"]), RadialDistribution(arrays["r"], partials)
    )


def _write_arrays(
    arrays: dict[str, np.ndarray], folder: Path, written: set[str]
) -> str:
    """Store ``arrays`` under the digest of their bytes; return the file's name."""
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    name = f"{digest_of_bytes(buffer.getvalue())}.npz"
    written.add(name)
    path = folder / ARRAYS / name
    if not path.is_file() or path.read_bytes() != buffer.getvalue():
        files.write_bytes(path, buffer.getvalue())
    return name


def _read_arrays(name: Any, folder: Path) -> dict[str, np.ndarray]:
    if not isinstance(name, str) or not _ARRAY_NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not the name of an array file")
    path = folder / ARRAYS / name
    try:
        content = path.read_bytes()
    except OSError as error:
        raise StorageError(
            f"{path}: cannot be read ({error.strerror}); "
            "restore the folder from a copy."
        ) from error
    if digest_of_bytes(content) != name.removesuffix(".npz"):
        raise StorageError(
            f"{path}: changed since it was saved (sha256 differs); "
            "restore the folder from a copy."
        )
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        return {key: archive[key] for key in archive.files}


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise StorageError(
            f"{path.parent}: no project here ({path.name} is missing); "
            "choose a folder that was saved by this program."
        ) from error
    except (OSError, ValueError, RecursionError) as error:
        raise StorageError(
            f"{path}: cannot be read ({error}); restore the folder from a copy."
        ) from error
    if not isinstance(content, dict):
        raise StorageError(f"{path}: not a project; restore the folder from a copy.")
    return content


def _optional_number(value: Any) -> float | None:
    return None if value is None else _finite(value)


def _finite(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{number} is not a finite number")
    return number


def _check_columns(k: np.ndarray, chi: np.ndarray) -> None:
    """Refuse arrays that are no columns of real numbers of one length."""
    if k.ndim != 1 or k.shape != chi.shape or {k.dtype.kind, chi.dtype.kind} != {"f"}:
        raise ValueError("k and chi are no columns of numbers of one length")


def _pair_of_numbers(value: Any) -> tuple[float, float]:
    first, second = value
    return _finite(first), _finite(second)


def _is_in_use(folder: Path) -> bool:
    return not folder.is_dir() or any(folder.iterdir())


def _clear_unused(folder: Path, written: set[str]) -> None:
    """Delete arrays that no spectrum uses any more; a failure leaves them lying."""
    for path in (folder / ARRAYS).glob("*.npz"):
        if path.name not in written and _ARRAY_NAME.fullmatch(path.name):
            with contextlib.suppress(OSError):
                path.unlink()
