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
    # The standard error of the path filter's correction, % of k^2 chi.
    correction = manifest.get("correction")
    facts += _errors("Path filter, standard error", correction, 100.0)
    # The deviation of the engine from FEFF on the same clusters.
    check = manifest.get("spot_check")
    facts += _errors("Against FEFF, {count} clusters", check, 1.0)
    facts += _phases(description.get("phases"))
    facts.append(("Digest", str(manifest.get("digest", ""))[:12]))
    return facts


def _errors(name: str, errors: Any, whole: float) -> list[tuple[str, str]]:
    """Return the median and the largest of ``errors``, each a share of ``whole``."""
    if not isinstance(errors, dict) or not errors.get("count"):
        return []
    median, largest = (
        wording.percent(errors[key] / whole) for key in ("median", "largest")
    )
    count = wording.count(int(errors["count"]))
    return [(name.format(count=count), f"median {median}<br>largest {largest}")]


def _phases(phases: Any) -> list[tuple[str, str]]:
    """Return the source of the phases, and the overlap of the muffin tins."""
    if not isinstance(phases, dict):
        return []
    facts = [("FEFF's phases", f"of {phases.get('of', wording.EN_DASH)}")]
    overlap = phases.get("largest_overlap")
    if isinstance(overlap, list) and len(overlap) == 2:
        name, value = wording.pair(str(overlap[0])), float(overlap[1])
        facts.append(
            ("Muffin-tin overlap", f"{wording.number(value, 2)} at most<br>{name}")
        )
    return facts
