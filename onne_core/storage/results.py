"""Answers kept with a project, by the digest of what they are answers to.

They are a convenience: what cannot be read is asked again, and never stops a project
from opening.
"""

import json
import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from onne_core.errors import OnneError
from onne_core.storage.archive import source_of
from onne_core.storage.sources import (
    DAMAGED,
    MOST_BYTES_OF_TEXT,
    PROJECT_FILE,
    RESULTS,
    Pieces,
    Source,
    read_arrays,
)
from onne_core.storage.values import Arrays, codec_beside
from onne_core.values.conventional import Analyses
from onne_core.values.prediction import Prediction
from onne_core.values.summary import QUANTITIES, Summary

logger = logging.getLogger(__name__)

RESULTS_SCHEMA = 1
MOST_RESULTS = 2000
"""Answers that are kept. A whole one has some 50 kB, a summary 3 kB."""

VALUES = "values"
"""Name of the JSON among the arrays of a piece."""


@dataclass(frozen=True, eq=False)
class Result:
    """One answer, whole or a summary: how long it took (s), and when, in ISO form.

    ``beside`` are the conventional analyses that were compared with it.
    """

    prediction: Prediction | None = field(repr=False)
    seconds: float
    when: str
    summary: Summary | None = field(default=None, repr=False)
    beside: Analyses | None = field(default=None, repr=False)


def results_to_json(results: Mapping[str, Result], pieces: Pieces) -> dict[str, Any]:
    """Add ``results`` to ``pieces``; return what project.json says of them."""
    kept = dict(list(results.items())[:MOST_RESULTS])
    if not kept:
        return {"schema": RESULTS_SCHEMA, "arrays": None}
    arrays: Arrays = {}
    values = codec_beside(arrays).encode(kept)
    text = json.dumps(values, sort_keys=True).encode()
    arrays[VALUES] = np.frombuffer(text, dtype=np.uint8)
    return {"schema": RESULTS_SCHEMA, "arrays": pieces.add(arrays, RESULTS)}


def load_results(place: Path) -> dict[str, Result]:
    """Return the answers kept in the project at ``place``, by their digests."""
    try:
        with source_of(place) as source:
            content = json.loads(source.read(PROJECT_FILE))
            return _results_of(content.get(RESULTS), source)
    except (OnneError, *DAMAGED) as error:
        logger.warning("kept answers of %s cannot be used: %s", place, error)
        return {}


def _results_of(content: Any, source: Source) -> dict[str, Result]:
    if not content or content["schema"] != RESULTS_SCHEMA or not content["arrays"]:
        return {}
    arrays = read_arrays(content["arrays"], source, RESULTS)
    if arrays[VALUES].nbytes > MOST_BYTES_OF_TEXT:
        raise ValueError(f"{arrays[VALUES].nbytes >> 20} MiB of text")
    values = json.loads(arrays.pop(VALUES).tobytes(), object_hook=_renamed)
    for array in arrays.values():
        array.flags.writeable = False
    codec = codec_beside(arrays, allows_nan=True)
    found: dict[str, Result] = codec.decode(dict[str, Result], values, RESULTS)
    for result in found.values():
        if result.prediction is not None:
            _check_lengths(result.prediction)
            _check_estimates(result.prediction)
        elif result.summary is None:
            raise ValueError("an answer without content")
        else:
            _check_rows(result.summary)
        if result.beside is not None:
            _check_analyses(result.beside)
    return found


def _renamed(fields: dict[str, Any]) -> dict[str, Any]:
    """Return ``fields`` with the present name of a verdict that was called edge."""
    name = "verdict" if "verdict" in fields else "name"
    if "reasons" in fields and fields.get(name) == "edge":
        return {**fields, name: "borderline"}
    return fields


def _check_estimates(prediction: Prediction) -> None:
    """Refuse what no ensemble answers: an uncertainty that is none.

    Of a shell without neighbours there is no distance, and so no uncertainty.
    """
    for shell in prediction.shells:
        for estimate in (shell.coordination_number, shell.distance, shell.sigma2):
            is_there = math.isfinite(estimate.value)
            if is_there and not 0.0 <= estimate.std < math.inf:
                raise ValueError(f"{shell.label}: {estimate.value} ± {estimate.std}")
        if not math.isfinite(shell.coordination_number.value):
            raise ValueError(f"{shell.label}: no coordination number")


def _check_lengths(prediction: Prediction) -> None:
    """Refuse curves of another length than their axis."""
    for band in prediction.pairs.values():
        for name, curve in vars(band).items():
            expected = prediction.r.shape if name != "members" else curve.shape[:1]
            length = prediction.r.size
            if curve.shape[-1] != length or (name != "members" and curve.ndim != 1):
                raise ValueError(f"{name} has shape {curve.shape}, not {expected}")
    back = prediction.back
    if back is not None:
        for curve in (back.chi, back.std, back.error, back.residual):
            if curve.shape != prediction.corrected.k.shape:
                raise ValueError("a back-calculation of another length")


def _check_rows(summary: Summary) -> None:
    """Refuse tables of another size than their pairs and shells."""
    shells = (len(summary.shells), len(QUANTITIES))
    tables = (summary.values, summary.stds, summary.fixed)
    if (
        any(table.shape != shells for table in tables)
        or summary.limits.shape != (shells[0], 2)
        or summary.g.shape != (len(summary.pairs), summary.r.size)
    ):
        raise ValueError("a summary whose tables have other sizes")
    there = np.isfinite(summary.values)
    if not np.all(np.isfinite(summary.stds[there]) & (summary.stds[there] >= 0.0)):
        raise ValueError("a summary with uncertainties that are none")


def _check_analyses(beside: Analyses) -> None:
    """Refuse curves of another length than their axis, and tables of another size."""
    for fit in beside.fits:
        if fit.correlations.shape != 2 * (len(fit.names),):
            raise ValueError("correlations of other variables")
    found = beside.inversion
    if found is not None and any(
        curve.shape != found.r.shape for curve in found.partials.values()
    ):
        raise ValueError("an inverted curve of another length")
