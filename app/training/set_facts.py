"""Facts about a finished training set: its manifest in the user's words."""

from typing import Any

from app.look import wording
from app.training.set_plan import MadeSet


def facts_of(made: MadeSet) -> list[tuple[str, str]]:
    """Return names and values; facts missing in the manifest are left out."""
    manifest = made.manifest
    description = manifest.get("description", {})
    facts = [("Macrostates", wording.count(manifest["items"]))]
    microstates = made.recipe.get("sampling", {}).get("microstates")
    if isinstance(microstates, int):
        facts.append(
            ("Microstates averaged", f"{wording.count(microstates)} per macrostate")
        )
    facts += _correction(manifest.get("correction"))
    facts += _spot_check(manifest.get("spot_check"))
    facts += _phases(description.get("phases"))
    facts.append(("Digest", str(manifest.get("digest", ""))[:12]))
    return facts


def _correction(correction: Any) -> list[tuple[str, str]]:
    """Return the standard error of the path filter's correction, % of k^2 chi."""
    if not isinstance(correction, dict) or not correction.get("count"):
        return []
    median, largest = correction["median"], correction["largest"]
    return [
        (
            "Path filter, standard error",
            f"median {wording.percent(median / 100.0)}<br>"
            f"largest {wording.percent(largest / 100.0)}",
        )
    ]


def _spot_check(check: Any) -> list[tuple[str, str]]:
    """Return the deviation of the engine from FEFF on the same clusters."""
    if not isinstance(check, dict) or not check.get("count"):
        return []
    median, largest = check["median"], check["largest"]
    number = wording.count(int(check["count"]))
    return [
        (
            f"Against FEFF, {number} clusters",
            f"median {wording.percent(median)}<br>largest {wording.percent(largest)}",
        )
    ]


def _phases(phases: Any) -> list[tuple[str, str]]:
    """Return the source of the phases, and the overlap of the muffin tins."""
    if not isinstance(phases, dict):
        return []
    facts = [("FEFF's phases", f"of {phases.get('of', wording.EN_DASH)}")]
    overlap = phases.get("largest_overlap")
    if isinstance(overlap, list) and len(overlap) == 2:
        name, value = (
            wording.pair(str(overlap[0])),
            wording.number(float(overlap[1]), 2),
        )
        facts.append(("Muffin-tin overlap", f"{value} at most<br>{name}"))
    return facts
