"""Export of a series to files, in its own process."""

import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.work.job_runner import RunningJob
from app.work.worker import Worker
from onne_core.errors import OnneError, StorageError
from onne_core.jobs import Progress, Stage
from onne_core.results import series_report
from onne_core.results.series import Series
from onne_core.results.series_report import Shown

KINDS = (
    ("csv", "Table, CSV", "one row per spectrum, shell and quantity, with digests"),
    ("map.csv", "Heat map, CSV", "g(r) of the pair: one row per spectrum"),
    ("png", "Figure, PNG", "300 dots per inch"),
    ("svg", "Figure, SVG", "editable lines and text"),
    ("pdf", "Figure, PDF", "for LaTeX"),
)
ARRAYS = ("at", "states", "r", "g", "values", "stds", "fixed", "limits", "settings")
VALUES, TEXTS = "series.npz", "series.json"


@dataclass(frozen=True)
class SeriesExport:
    """Files to write; ``stem`` has no suffix, ``folder`` holds the arrays.

    Those of the series on screen, and with several ensembles the ``parts`` of each.
    """

    stem: str
    suffixes: tuple[str, ...]
    folder: str
    shown: Shown
    width: float
    parts: int = 0


def export_series(request: SeriesExport) -> Stage[tuple[str, ...]]:
    """Write the files of ``request`` and return their paths."""
    folder = Path(request.folder)
    series = read_series(folder)
    stem, shown = Path(request.stem), request.shown
    written: list[str] = []
    for done, suffix in enumerate(request.suffixes):
        path = stem.with_name(f"{stem.name}.{suffix}")
        yield Progress(done, len(request.suffixes), f"Writing {path.name}")
        if suffix == "csv":
            parts = [read_series(folder / str(i)) for i in range(request.parts)]
            series_report.write_table(parts or (series,), path)
        elif suffix == "map.csv":
            series_report.write_map(series, shown.pair, path)
        else:
            series_report.write_figure(series, shown, path, width=request.width)
        written.append(str(path))
    return tuple(written)


def keep_series(series: Series, folder: Path) -> None:
    """Write ``series`` to ``folder``, since it is too large for the pipe."""
    np.savez(folder / VALUES, **{name: getattr(series, name) for name in ARRAYS})
    texts = {
        one.name: getattr(series, one.name)
        for one in fields(series)
        if one.name not in ARRAYS
    }
    (folder / TEXTS).write_text(json.dumps(texts), encoding="utf-8")


def read_series(folder: Path) -> Series:
    """Return the series that :func:`keep_series` has written."""
    with np.load(folder / VALUES, allow_pickle=False) as arrays:
        numbers = {name: arrays[name] for name in ARRAYS}
    texts = json.loads((folder / TEXTS).read_text(encoding="utf-8"))
    given: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in texts.items()
    }
    given["shells"] = tuple((label, pair) for label, pair in texts["shells"])
    for name in ("problems", "reasons", "assumptions"):
        given[name] = {int(key): value for key, value in texts[name].items()}
    for name in ("reasons", "assumptions"):
        given[name] = {key: tuple(value) for key, value in given[name].items()}
    return Series(**given, **numbers)


class SeriesExporter(QObject):
    """Exporter: a thread writes the arrays, then a process the files.

    ``refused`` says why the arrays could not be written.
    """

    written = Signal(object)
    refused = Signal(str)

    def __init__(
        self, run: Callable[..., RunningJob], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._run = run
        self._writer = Worker("series-export", self)
        self._folder: Path | None = None

    @property
    def is_busy(self) -> bool:
        """True if something is being written."""
        return self._writer.is_busy or self._folder is not None

    def start(
        self,
        series: Series,
        shown: Shown,
        stem: Path,
        suffixes: tuple[str, ...],
        *,
        width: float,
        parts: tuple[Series, ...] = (),
    ) -> None:
        """Write ``series``, figures of ``width`` inches; one export at a time.

        With ``parts``, one per ensemble, the table is that of all of them.
        """
        if self.is_busy:
            return
        # Copies: the window's arrays go on to change.
        still = replace(
            series, **{name: getattr(series, name).copy() for name in ARRAYS}
        )
        self._writer.do(
            partial(self._write, still, parts),
            lambda folder: self._begin(
                SeriesExport(str(stem), suffixes, str(folder), shown, width, len(parts))
            ),
            self._give_up,
        )

    def close(self) -> None:
        """End the thread."""
        self._writer.close()
        self._end()

    def _write(self, series: Series, parts: tuple[Series, ...]) -> Path:
        """Write the arrays to a new folder; in the thread."""
        try:
            self._folder = Path(tempfile.mkdtemp(prefix="onne-series-"))
            keep_series(series, self._folder)
            for number, part in enumerate(parts):
                own = self._folder / str(number)
                own.mkdir()
                keep_series(part, own)
        except OSError as error:
            raise StorageError(
                f"{tempfile.gettempdir()}: cannot be written "
                f"({error.strerror or error}); an export needs temporary space "
                "there. Free some and export again."
            ) from error
        return self._folder

    def _begin(self, request: SeriesExport) -> None:
        name = Path(request.stem).name
        job = self._run(f"Exporting {name}", export_series, request)
        job.finished.connect(self.written)
        for over in (job.finished, job.failed, job.cancelled):
            over.connect(self._end)

    def _give_up(self, error: OnneError) -> None:
        self._end()
        self.refused.emit(str(error))

    def _end(self, _value: object = None) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None
