"""The ensemble for each spectrum of a command: the given one, or the one that suits."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from onne_core.bundle.folder import read_manifest
from onne_core.cli.terminal import complain, say, table
from onne_core.ensemble.card import Card, card_from_json
from onne_core.ensemble.suited import (
    Trial,
    best,
    missing,
    next_to_try,
    suited,
    trial_of,
)
from onne_core.errors import BundleError, OnneError
from onne_core.pipeline.analysis.analysis import (
    ensemble_folders,
    load_ensemble,
    predictions_or_reasons,
)
from onne_core.posterior.predict import Ensemble
from onne_core.values.edges import Absorber, absorber_named
from onne_core.values.prediction import MeasurementSettings
from onne_core.values.spectrum import Spectrum

AUTOMATIC = "auto"

MOST_TRIED = 24
"""Spectra of one absorber for each of which ensembles are tried; of more, the first
one decides for all."""

ASSUMED = "ni-foil"
"""Ensemble whose absorber is assumed where nothing tells it."""

Prepare = Callable[[Spectrum, Ensemble], tuple[Spectrum, MeasurementSettings]]


def absorber_of(text: str | None) -> Absorber | None:
    """Return the absorber in ``text``, such as "Cu K"; ``None`` where it has none.

    Raises
    ------
    OnneError
        If it is no element and edge.
    """
    found = absorber_named(text) if text else None
    if text and found is None:
        raise OnneError(
            f'--absorber {text}: give an element and its edge, such as "Cu K" or '
            '"Pt L3".'
        )
    return found


@dataclass(frozen=True)
class Chosen:
    """The ensemble for a spectrum, or the ``problem`` why there is none."""

    ensemble: str = ""
    problem: str = ""


@dataclass(frozen=True, eq=False)
class Automatic:
    """Choice among the installed ensembles, each loaded only where it is tried."""

    prepare: Prepare

    @cached_property
    def cards(self) -> dict[str, Card]:
        """Cards of the ensembles that can be used, by name."""
        found = {}
        for name, folder in ensemble_folders().items():
            try:
                found[name] = card_from_json(read_manifest(folder).card)
            except BundleError as error:
                complain(error)
        return found

    def chosen(self, spectra: Sequence[Spectrum]) -> Iterator[Chosen]:
        """Yield the choice for each of ``spectra``, in order; print which and why."""
        names = list(self.cards)
        cards = list(self.cards.values())
        preferred = names.index(ASSUMED) if ASSUMED in names else None
        found = [suited(one, cards, preferred=preferred) for one in spectra]
        orders = [tuple(names[i] for i in one.order) for one in found]
        of_series: dict[tuple[str, ...], Chosen] = {}
        for spectrum, own, order in zip(spectra, found, orders, strict=True):
            if not names:
                yield Chosen(problem=f"{spectrum.name}: no ensemble is installed.")
            elif not order:
                yield Chosen(problem=f"{spectrum.name}: {missing(spectrum)}")
            elif order in of_series:
                yield of_series[order]
            else:
                choice = self._tried(spectrum, order, is_assumed=own.is_assumed)
                if orders.count(order) > MOST_TRIED:
                    say(f"The same for {orders.count(order) - 1} more spectra.")
                    of_series[order] = choice
                yield choice

    def _tried(
        self, spectrum: Spectrum, order: tuple[str, ...], *, is_assumed: bool
    ) -> Chosen:
        """Try the ensembles of ``order`` until one is good; say what was found."""
        card = self.cards[order[0]]
        edge = f"{card.absorber} {card.edge}"
        if is_assumed:
            say(
                f"{spectrum.name}: nothing in the file tells the absorber; {edge} is "
                'assumed. Name it with --absorber, such as --absorber "Cu K".'
            )
        if len(order) == 1:
            say(f"{spectrum.name}: ensemble {order[0]}, the only one for {edge}")
            return Chosen(order[0])
        trials: list[Trial | None] = [None] * len(order)
        while (number := next_to_try(trials)) is not None:
            trials[number] = self._trial(spectrum, order[number])
        chosen = best(trials)
        rows = [
            (name, trial.verdict or "no answer", _text(trial.r_factor), sign)
            for i, (name, trial) in enumerate(zip(order, trials, strict=True))
            for sign in ("chosen" if i == chosen else "",)
            if trial is not None
        ]
        head = ("ensemble", "verdict", "R-factor", "")
        table(f"{spectrum.name}: ensembles for {edge}", head, rows)
        say(f"{spectrum.name}: ensemble {order[chosen]}, {_why(trials, chosen)}")
        return Chosen(order[chosen])

    def _trial(self, spectrum: Spectrum, name: str) -> Trial:
        try:
            ensemble = load_ensemble(name)
            asked, settings = self.prepare(spectrum, ensemble)
            (found,) = predictions_or_reasons([asked], ensemble, [settings])
        except OnneError:
            return Trial("")  # if no other has an answer it is asked, and says why
        return Trial("") if isinstance(found, str) else trial_of(found)


def is_automatic(ensemble: str) -> bool:
    """Return whether an ensemble of this name is to be chosen for each spectrum."""
    return ensemble == AUTOMATIC and not Path(AUTOMATIC).is_dir()


def _text(r_factor: float | None) -> str:
    return "" if r_factor is None else f"{r_factor:.3f}"


def _why(trials: Sequence[Trial | None], chosen: int) -> str:
    """Return why the trial ``chosen`` was better than the others, in words."""
    own = trials[chosen]
    if own is not None and own.verdict == "inside":
        return "inside its training range"
    levels = [trial.rank[0] for trial in trials if trial is not None]
    if own is not None and levels.count(own.rank[0]) > 1:
        return f"{own.verdict or 'no answer'} like others, with the smallest R-factor"
    return "the best verdict of those tried"
