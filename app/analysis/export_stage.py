"""Writing the files of one prediction, in a process of its own; imports no Qt."""

from dataclasses import dataclass, field
from pathlib import Path

from onne_core.jobs import Progress, Stage
from onne_core.results.analysis_page import PageContent
from onne_core.results.curves import PlottedPrediction
from onne_core.results.figures import Columns


@dataclass(frozen=True, eq=False)
class ExportRequest:
    """Files to write and their content.

    ``stem`` has no suffix; ``suffixes`` are those of the dialog. ``rows`` are those of
    the table of all methods, titles first.
    """

    content: PageContent = field(repr=False)
    stem: str
    suffixes: tuple[str, ...]
    columns: Columns = "two"
    rows: tuple[tuple[str, ...], ...] = ()


def export(request: ExportRequest) -> Stage[tuple[str, ...]]:
    """Write the files of ``request`` and return their paths."""
    stem = Path(request.stem)
    written: list[Path] = []
    total = len(request.suffixes)
    for done, suffix in enumerate(request.suffixes):
        path = stem.with_name(f"{stem.name}.{suffix}")
        yield Progress(done, total, f"Writing {path.name}")
        _write(request, suffix, path)
        written.append(path)
    return tuple(str(path) for path in written)


def figure_of(drawn: PlottedPrediction, columns: Columns) -> Stage[bytes]:
    """Draw the figure of an export as PNG."""
    from onne_core.results.figures import rendered

    yield Progress(0, 1, "Drawing the figure")
    return rendered(drawn, "png", columns)


def _write(request: ExportRequest, suffix: str, path: Path) -> None:
    from onne_core import files
    from onne_core.results import analysis_page, csv_file, figures, record

    drawn = request.content.drawn
    prediction = drawn.prediction
    if suffix == "csv":
        record.write_csv(prediction, path, drawn)
    elif suffix == "chi.csv":
        record.write_chi_csv(prediction, path, drawn)
    elif suffix == "r.csv":
        record.write_magnitude_csv(drawn, path)
    elif suffix == "shells.csv":
        csv_file.write_rows(path, request.rows)
    elif suffix == "html":
        files.write_text(path, analysis_page.page_of(request.content))
    elif suffix == "json":
        files.write_json(path, _as_json(request.content))
    else:
        files.write_bytes(path, figures.rendered(drawn, suffix, request.columns))


def _as_json(content: PageContent) -> dict[str, object]:
    from onne_core.results import conventional_report, record

    found = record.prediction_to_json(
        content.drawn.prediction, file=content.source, sha256=content.sha256
    )
    if content.comparison is not None:
        found["comparison"] = conventional_report.comparison_to_json(content.comparison)
    return found
