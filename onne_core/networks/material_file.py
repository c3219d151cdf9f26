"""Prepared training data as memory-mapped files, shared by all members.

Its arrays lie uncompressed, so that processes map the same pages of memory instead of
making or reading copies of their own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np

from onne_core import files
from onne_core.digest import digest_of_file
from onne_core.errors import StorageError
from onne_core.networks.augment import TrainingData


@dataclass(frozen=True, eq=False)
class MaterialFile:
    """A :class:`TrainingData` stored in ``folder``, one npy per array.

    ``sha256`` is that of every array's file, ``rest`` what is no array.
    """

    folder: Path
    sha256: Mapping[str, str] = field(repr=False)
    rest: Mapping[str, Any] = field(repr=False)


def write_material(material: TrainingData, folder: Path) -> MaterialFile:
    """Write the arrays of ``material`` to ``folder``.

    Raises
    ------
    StorageError
        If they cannot be written.
    """
    rest = {part.name: getattr(material, part.name) for part in fields(material)}
    sha256 = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, value in tuple(rest.items()):
            if isinstance(value, np.ndarray):
                sha256[name] = _written(rest.pop(name), _place(folder, name))
    except OSError as error:
        raise files.unwritable(folder, error) from error
    return MaterialFile(folder, sha256, rest)


def read_material(stored: MaterialFile) -> TrainingData:
    """Return the material in ``stored``, its arrays mapped into memory.

    Raises
    ------
    StorageError
        If a file is gone, or is not the one that was written.
    """
    arrays = {}
    for name, sha256 in stored.sha256.items():
        path = _place(stored.folder, name)
        try:
            if digest_of_file(path) != sha256:
                raise StorageError(
                    f"{path}: changed since it was written; train again."
                )
            arrays[name] = np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
        except OSError as error:
            raise StorageError(
                f"{path}: the prepared training data are missing; train again."
            ) from error
    return TrainingData(**stored.rest, **arrays)


def _place(folder: Path, name: str) -> Path:
    return folder / f"{name}.npy"


def _written(array: np.ndarray, path: Path) -> str:
    """Write ``array`` and return its sha256; who has mapped an old file keeps that."""
    part = path.with_suffix(".part")
    with part.open("wb") as stream:
        np.save(stream, array, allow_pickle=False)
    part.replace(path)
    return digest_of_file(path)
