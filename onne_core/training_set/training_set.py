"""Training sets on disk: immutable shards of (chi, partial g) pairs and a manifest.

A shard is written to a temporary name, fsynced and renamed, so a killed run loses
only the shard it was working on. The manifest names every shard with its sha256.
"""

import io
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from onne_core import files
from onne_core.digest import digest, digest_of_bytes
from onne_core.errors import StorageError
from onne_core.training_set.shard import (
    SCHEMA,
    Pairs,
    ShardReport,
    concatenated,
    decoded,
    finished_shard,
    selected,
    shard_name,
    write_shard,
)
from onne_core.values.radial import RadialGrid

__all__ = [
    "Head",
    "Pairs",
    "ShardReport",
    "TrainingSet",
    "checked_bytes",
    "concatenated",
    "finished_shard",
    "load_training_set",
    "read_manifest",
    "selected",
    "shard_name",
    "united",
    "write_manifest",
    "write_shard",
]

MANIFEST = "training_set.json"
PATHS = "paths.npz"


@dataclass(frozen=True)
class Head:
    """One output of the networks: a shell (or a whole pair) with its name and pair."""

    label: str
    pair: str


@dataclass(frozen=True, eq=False)
class TrainingSet:
    """All pairs of a folder, with their grids and heads.

    ``k`` in Å^-1, ``radial`` the bins of g(r), ``description`` what the manifest says
    of the origin (recipe or structures), ``rejected`` the number of clusters set
    aside by reason, ``paths`` the single-scattering paths per head for classical fits.
    """

    k: Float[np.ndarray, " k"] = field(repr=False)
    radial: RadialGrid
    heads: tuple[Head, ...]
    pairs: Pairs
    digest: str
    description: dict[str, Any] = field(repr=False)
    rejected: dict[str, int] = field(default_factory=dict)
    paths: dict[str, np.ndarray] = field(default_factory=dict, repr=False)


def write_manifest(
    folder: Path,
    *,
    k: np.ndarray,
    radial: RadialGrid,
    heads: tuple[Head, ...],
    digest: str,
    description: dict[str, Any],
    reports: list[ShardReport],
    paths: dict[str, np.ndarray],
) -> None:
    """Write the manifest, and the single-scattering paths beside it, to ``folder``."""
    buffer = io.BytesIO()
    np.savez(buffer, **paths)  # type: ignore[arg-type]
    files.write_bytes(folder / PATHS, buffer.getvalue())
    rejected: Counter[str] = Counter()
    for report in reports:
        rejected.update(report.rejected)
    content = {
        "schema": SCHEMA,
        "digest": digest,
        "k": {"last": float(k[-1]), "points": len(k)},
        "radial": [radial.lower, radial.upper, radial.step],
        "heads": [[head.label, head.pair] for head in heads],
        "items": sum(report.items for report in reports),
        "rejected": dict(sorted(rejected.items())),
        "spot_check": _summary([x for report in reports for x in report.checks]),
        "correction": _summary([x for report in reports for x in report.corrections]),
        "paths_sha256": digest_of_bytes(buffer.getvalue()),
        "shards": [
            {"file": report.file, "sha256": report.sha256, "items": report.items}
            for report in sorted(reports, key=lambda report: report.index)
        ],
        "description": description,
    }
    files.write_json(folder / MANIFEST, content | {"seal": _seal(content)})


def _seal(content: Mapping[str, Any]) -> str:
    """Return the seal of a manifest: the digest of all else that it says."""
    # As it comes back from the file: lists for tuples, text for keys.
    as_read = json.loads(json.dumps(content))
    as_read.pop("seal", None)
    return digest(as_read)


def _summary(deviations: list[float]) -> dict[str, float]:
    """Return number, median and largest of ``deviations``."""
    if not deviations:
        return {"count": 0}
    return {
        "count": len(deviations),
        "median": float(np.median(deviations)),
        "largest": max(deviations),
    }


def load_training_set(folder: Path) -> TrainingSet:
    """Read the training set in ``folder``; every shard is checked by its sha256.

    Raises
    ------
    StorageError
        If the folder holds none, a shard is missing or changed, or it is of another
        schema.
    """
    manifest = read_manifest(folder)
    try:
        made = _from_manifest(folder, manifest)
    except (KeyError, TypeError, ValueError, OverflowError, MemoryError) as error:
        raise _changed(folder / MANIFEST) from error
    points, heads = made.pairs.chi.shape[1], made.pairs.g.shape[1:]
    if made.k.shape != (points,) or (len(made.heads), made.radial.bins) != heads:
        raise _changed(folder / MANIFEST)
    return made


def united(sets: Sequence[TrainingSet]) -> TrainingSet:
    """Return the pairs of all ``sets`` as one set, with the description of the first.

    Raises
    ------
    StorageError
        If their grids or heads differ.
    """
    first, *others = sets
    if not others:
        return first
    for other in others:
        same = np.array_equal(first.k, other.k) and first.heads == other.heads
        if not same or first.radial != other.radial:
            raise StorageError(
                "the training sets have different grids or heads; generate them "
                "with the same system, scattering and radial sections."
            )
    added = [{"digest": item.digest, "items": len(item.pairs)} for item in others]
    return replace(
        first,
        pairs=concatenated([item.pairs for item in sets]),
        digest=digest(*(item.digest for item in sets)),
        description={**first.description, "added": added},
        rejected=dict(sum((Counter(item.rejected) for item in sets), Counter())),
    )


def _from_manifest(folder: Path, manifest: dict[str, Any]) -> TrainingSet:
    """Return what the manifest names, all shards in one."""
    parts = []
    for entry in manifest["shards"]:
        path = folder / Path(entry["file"]).name
        pairs, _ = decoded(checked_bytes(path, entry["sha256"]))
        if len(pairs):
            parts.append(pairs)
    if not parts:
        raise StorageError(f"{folder}: the training set is empty.")
    content = manifest["k"]
    return TrainingSet(
        k=np.linspace(0.0, content["last"], content["points"]),
        radial=RadialGrid(*manifest["radial"]),
        heads=tuple(Head(*item) for item in manifest["heads"]),
        pairs=concatenated(parts),
        digest=manifest["digest"],
        description=manifest["description"],
        rejected=manifest["rejected"],
        paths=_read_paths(folder / PATHS, manifest["paths_sha256"]),
    )


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of ``folder`` as JSON types.

    Raises
    ------
    StorageError
        If there is none, or it cannot be read, or it is of another schema.
    """
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise StorageError(
            f"{folder}: no finished training set ({MANIFEST} is missing); "
            "run onne generate, which also resumes."
        ) from error
    except (OSError, ValueError, RecursionError) as error:
        raise StorageError(f"{path}: cannot be read ({error}).") from error
    schema = manifest.get("schema") if isinstance(manifest, dict) else None
    if schema != SCHEMA:
        raise StorageError(
            f"{path}: schema {schema!r}; this program reads schema {SCHEMA}."
        )
    if not isinstance(manifest.get("description"), dict):
        raise _changed(path)
    # Sets from before there was a seal are read as they are.
    if "seal" in manifest and manifest["seal"] != _seal(manifest):
        raise _changed(path)
    return manifest


def _changed(path: Path) -> StorageError:
    return StorageError(
        f"{path}: changed since it was written; delete it and run onne generate "
        "again, which keeps the shards."
    )


def checked_bytes(path: Path, sha256: str) -> bytes:
    """Return the content of a file of the training set; refuse modified files."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise StorageError(
            f"{path.parent}: {path.name} is missing; run onne generate again."
        ) from error
    if digest_of_bytes(content) != sha256:
        raise StorageError(
            f"{path}: changed since it was written (sha256 differs); delete it "
            "and run onne generate again."
        )
    return content


def _read_paths(path: Path, sha256: str) -> dict[str, np.ndarray]:
    """Return the single-scattering paths per head."""
    content = io.BytesIO(checked_bytes(path, sha256))
    with np.load(content, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}
