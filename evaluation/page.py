"""The report as a self-contained HTML page, and as JSON."""

from base64 import b64encode
from collections.abc import Sequence
from html import escape
from math import isfinite
from pathlib import Path
from typing import Any

from evaluation.section import Figure, Part, Section, Table
from onne_core import files
from onne_core.versions import versions

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 76rem; margin: 2rem auto;
  padding: 0 1rem; color: #222; }
h1, h2, h3 { line-height: 1.2; } h2 { margin-top: 3rem; border-top: 1px solid #ccc;
  padding-top: 1rem; }
table { border-collapse: collapse; margin: 0.5rem 0; font-size: 13px;
  font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding: 0.4rem 0; }
th, td { padding: 0.15rem 0.7rem 0.15rem 0; text-align: left; vertical-align: top;
  border-bottom: 1px solid #e5e5e5; }
.note, figcaption { color: #555; font-size: 13px; max-width: 60rem; }
.no { color: #B00020; font-weight: 600; } .missing { color: #8a5a00; }
figure { margin: 1rem 0; } img { max-width: 100%; }
"""


def write_report(sections: Sequence[Section], folder: Path) -> tuple[Path, Path]:
    """Write index.html and report.json to ``folder``; return their paths.

    Raises
    ------
    StorageError
        If they cannot be written.
    """
    page, numbers = folder / "index.html", folder / "report.json"
    files.write_text(page, html_of(sections))
    files.write_json(numbers, json_of(sections))
    return page, numbers


def json_of(sections: Sequence[Section]) -> dict[str, Any]:
    """Return the numbers of all parts by name, and the reasons for missing parts."""
    return {
        "versions": versions(),
        "sections": {
            item.name: {
                "measured": {
                    name: _plain(part.numbers) for name, part in item.parts.items()
                },
                "wanted": {
                    name: [vars(claim) for claim in part.claims]
                    for name, part in item.parts.items()
                    if part.claims
                },
                "not_measured": dict(item.missing),
            }
            for item in sections
        },
    }


def html_of(sections: Sequence[Section]) -> str:
    """Return the page."""
    made = ", ".join(f"{name} {version}" for name, version in versions().items())
    links = "".join(
        f'<li><a href="#{item.name}">{escape(item.title)}</a></li>' for item in sections
    )
    body = "".join(map(_section, sections))
    claims = _table(claim_table(sections))
    return (
        '<!doctype html><html lang="en"><head><meta '
        'charset="utf-8"><title>ONNE: measured '
        f"performance</title><style>{STYLE}</style></head><body><h1>Measured "
        f"performance</h1><p>{escape(made)}. All numbers are in report.json by "
        "name; see docs/report.md to reproduce "
        f"them.</p><ul>{links}</ul>{claims}{body}</body></html>\n"
    )


def claim_table(sections: Sequence[Section]) -> Table:
    """Return all goals with their results, and what was not measured."""
    rows, met = [], []
    for item in sections:
        for name, part in item.parts.items():
            for claim in part.claims:
                met.append(claim.met)
                answer = "yes" if claim.met else "NO"
                rows.append((item.title, name, claim.wanted, claim.found, answer))
        rows += [(item.title, name, "", "not measured", "") for name in item.missing]
    note = f"{sum(met)} of {len(met)} goals are met."
    head = ("section", "what", "wanted", "found", "met")
    return Table("Goals", head, tuple(rows), note)


def _section(item: Section) -> str:
    missing = "".join(
        f'<p class="missing">{escape(name)}: not measured: {escape(reason)}</p>'
        for name, reason in item.missing.items()
    )
    parts = "".join(_part(name, part) for name, part in item.parts.items())
    return (
        f'<h2 id="{item.name}">{escape(item.title)}</h2>'
        f"<p>{escape(item.text)}</p>{missing}{parts}"
    )


def _part(name: str, part: Part) -> str:
    content = "".join([*map(_table, part.tables), *map(_figure, part.figures)])
    return f"<h3>{escape(name)}</h3>{content}"


def _table(table: Table) -> str:
    head = "".join(f"<th>{escape(cell)}</th>" for cell in table.head)
    rows = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in table.rows)
    note = "".join(
        f'<p class="note">{escape(line)}</p>' for line in table.note.splitlines()
    )
    return (
        f"<table><caption>{escape(table.title)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{note}"
    )


def _cell(text: str) -> str:
    mark = ' class="no"' if text.endswith(("NO", "✗")) else ""
    return f"<td{mark}>{escape(text)}</td>"


def _figure(figure: Figure) -> str:
    content = b64encode(figure.png).decode("ascii")
    caption = escape(figure.caption)
    return (
        f'<figure><img alt="{caption}" src="data:image/png;base64,{content}">'
        f"<figcaption>{caption}</figcaption></figure>"
    )


def _plain(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return ``value`` with null in the place of what is not a number."""
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not isfinite(value) else value
