"""Section: separation of foreign spectra from inside ones by the verdict."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from evaluation.dynamics import BULK, PARTICLES
from evaluation.foreign import (
    AT_END,
    HALVED,
    Errors,
    Separation,
    false_alarms,
    told_apart,
)
from evaluation.places import MissingError, Places
from evaluation.scores import percent
from evaluation.section import Claim, Part, Section, Table, section
from onne_core.jobs import Stage

ENSEMBLE = "ni-foil"

CONDITIONS = {
    "as measured": Errors(theory=1.0, noise=1e-3),
    "as calculated": Errors(theory=0.0, noise=3e-4),
}
WANTED_AUC, MOST_ALARMS = 0.99, 0.05
INSIDE = "inside"
UNWANTED = (INSIDE, AT_END, HALVED)
"""Kinds of which no AUC is wanted."""


FOREIGN = {
    "Cu foil, room temperature": "cu_metal_rt.xdi",
    "Cu foil, 10 K": "cu_metal_10K.xdi",
    "Ni(OH)₂": "NiOH2_rt_01.xdi",
}

TEXT = (
    "Inside are held-out macrostates with measurement errors; those at the end of a "
    "trained range are counted separately: borderline is the right verdict on them. "
    "Each foreign kind is the inside spectra with one thing wrong. AUC is the chance "
    "that a foreign spectrum scores above an inside one. E0 and S0² are given, except "
    "for measured spectra. The molecular dynamics spectra are inside: borderline or "
    "outside is a false alarm there."
)


def verdicts(places: Places) -> Stage[Section]:
    """Measure AUC, false alarms and the measured foreign spectra."""
    makers: dict[str, Callable[[], Part]] = {
        name: lambda errors=errors: _foreign(places, errors)
        for name, errors in CONDITIONS.items()
    }
    makers |= {
        "false alarms, bulk": lambda: _alarms(places, BULK),
        "false alarms, particles": lambda: _alarms(places, PARTICLES),
        "measured foreign spectra": lambda: _measured(places),
    }
    return section("verdicts", "Verdict", TEXT, makers)


def separation_rows(found: Mapping[str, Separation]) -> tuple[tuple[str, ...], ...]:
    """Return one row per kind of spectrum, and whether it meets the goals."""
    return tuple(
        (
            name,
            str(item.spectra),
            "" if name in (INSIDE, AT_END) else f"{item.auc:.3f}",
            percent(item.not_inside),
            percent(item.outside),
            f"{item.score:.2f}",
            ""
            if name in (AT_END, HALVED)
            else "yes"
            if _as_wanted(name, item)
            else "NO",
        )
        for name, item in found.items()
    )


def _as_wanted(name: str, item: Separation) -> bool:
    if name == INSIDE:
        return item.not_inside <= MOST_ALARMS
    return item.auc >= WANTED_AUC


def _foreign(places: Places, errors: Errors) -> Part:
    ensemble, training_set = places.ensemble(ENSEMBLE), places.training_set(ENSEMBLE)
    if ensemble.card.training_set != training_set.digest:
        raise MissingError(f"{ENSEMBLE} was trained on another set")
    found = told_apart(ensemble, training_set, errors)
    head = ("kind", "spectra", "AUC", "not inside", "outside", "median score", "met")
    title = (
        f"Theory error {errors.theory:g} of the trained value, noise {errors.noise:g}"
    )
    table = Table(
        title,
        head,
        separation_rows(found),
        f"Goals: AUC of {WANTED_AUC:g} or more; {percent(MOST_ALARMS)} of the "
        "inside spectra at most not inside. Half of chi is what half the "
        "neighbours make, for which the ensemble is trained: nothing is wanted of "
        "it.",
    )
    foreign = {name: item.auc for name, item in found.items() if name not in UNWANTED}
    lowest = min(foreign, key=lambda name: foreign[name])
    inside = found[INSIDE].not_inside
    claims = (
        Claim(
            f"AUC of all foreign kinds {WANTED_AUC:g} or more",
            f"lowest {foreign[lowest]:.3f} ({lowest})",
            foreign[lowest] >= WANTED_AUC,
        ),
        Claim(
            f"{percent(MOST_ALARMS)} at most of held-out spectra not inside",
            percent(inside),
            inside <= MOST_ALARMS,
        ),
    )
    return Part(tables=(table,), numbers=_numbers(found), claims=claims)


def _alarms(places: Places, names: tuple[str, ...]) -> Part:
    folders = [places.pairs / name for name in names]
    for name in names:
        places.pairs_set(name)
    found = false_alarms(places.ensemble(ENSEMBLE), folders)
    met = "yes" if found.not_inside <= MOST_ALARMS else "NO"
    row = (str(found.spectra), percent(found.not_inside), percent(found.outside), met)
    head = ("spectra", "not inside", "outside", f"{percent(MOST_ALARMS)} at most")
    return Part(
        tables=(Table(", ".join(names), head, (row,)),),
        numbers={
            key: asdict(found)[key] for key in ("spectra", "not_inside", "outside")
        },
        claims=(
            Claim(
                f"{percent(MOST_ALARMS)} of false alarms at most",
                f"{percent(found.not_inside)} of {found.spectra}",
                found.not_inside <= MOST_ALARMS,
            ),
        ),
    )


def _measured(places: Places) -> Part:
    ensemble = places.ensemble(ENSEMBLE)
    found = {}
    for name, file in FOREIGN.items():
        spectrum = places.spectrum(file)
        verdict = ensemble.predict(spectrum, ensemble.settings_for(spectrum)).verdict
        found[name] = {"verdict": verdict.name, "score": verdict.score}
    rows = tuple(
        (name, str(item["verdict"]), f"{item['score']:.1f}")
        for name, item in found.items()
    )
    table = Table(f"Verdicts of {ENSEMBLE}", ("spectrum", "verdict", "score"), rows)
    named = {name: str(item["verdict"]) for name, item in found.items()}
    claim = Claim(
        "verdict outside",
        ", ".join(f"{name}: {verdict}" for name, verdict in named.items()),
        set(named.values()) == {"outside"},
    )
    return Part(tables=(table,), numbers=found, claims=(claim,))


def _numbers(found: Mapping[str, Separation]) -> dict[str, Any]:
    return {name: asdict(item) for name, item in found.items()}
