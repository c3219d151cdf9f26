"""Services of the core that the window uses: ensembles, files, predictions.

The heavy parts of the core are imported when they are first needed.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from app.work import analysis_stages, series_stages, stages
from onne_core.bundle.folder import read_manifest
from onne_core.bundle.manifest import FILE
from onne_core.digest import digest, digest_of_bytes
from onne_core.ensemble.card import Card, card_from_json
from onne_core.ensemble.crystal import Crystal, crystal_of
from onne_core.errors import BundleError, DefinitionError
from onne_core.locations import models_folders
from onne_core.values.prediction import Prediction
from onne_core.values.project import SpectrumEntry
from onne_core.values.recipe import Recipe, recipe_from_json

if TYPE_CHECKING:
    from onne_core.posterior.predict import Ensemble


MOST_LOADED = 4
"""Ensembles whose networks are kept in memory; each is loaded in up to a second."""


@dataclass(frozen=True, eq=False)
class EnsembleInfo:
    """Facts about an ensemble, known without loading its networks."""

    name: str
    folder: Path
    digest: str
    members: int
    card: Card = field(repr=False)

    @cached_property
    def key(self) -> str:
        """Key stored in a project: the name, or the folder of an ensemble elsewhere."""
        return self.name if self.folder.parent in models_folders() else str(self.folder)

    @property
    def has_joint(self) -> bool:
        """True if it has a joint posterior: held-out spectra say that it helps."""
        return bool(self.card.joint.get("used"))

    @cached_property
    def crystal(self) -> Crystal | None:
        """The crystal of its training set, where that was made from one."""
        return crystal_of(self.card)

    @property
    def knows_crystal(self) -> bool:
        """True if its joint fit can use the kind of a sample."""
        crystal = self.crystal
        return self.has_joint and crystal is not None and crystal.numbers is not None

    @cached_property
    def recipe(self) -> Recipe | None:
        """The recipe of its training set, where that was made from a system."""
        content = self.card.description.get("recipe")
        try:
            return recipe_from_json(content) if content else None
        except DefinitionError:
            return None


@dataclass(frozen=True, eq=False)
class Question:
    """One spectrum, its settings and the ensemble: all inputs of a prediction."""

    entry: SpectrumEntry = field(repr=False)
    ensemble: EnsembleInfo = field(repr=False)

    @cached_property
    def digest(self) -> str:
        """Digest of all inputs of the answer."""
        entry = self.entry
        own = [entry.e0, entry.e0_std, entry.s02, entry.standard, entry.limits or None]
        if entry.method != "joint":
            own.append(entry.method)
        if entry.sample != "unknown":
            own.append(entry.sample)
        if entry.absorber:
            own.append(f"absorber {entry.absorber}")
        # Most spectra have no settings of their own, and there may be thousands.
        settings = digest(*own) if any(one is not None for one in own) else ""
        text = f"{entry.spectrum.fingerprint} {settings} {self.ensemble.digest}"
        return digest_of_bytes(text.encode())

    @cached_property
    def subject(self) -> str:
        """Digest of the inputs that stay the same while the user changes settings."""
        entry = self.entry
        text = f"{entry.spectrum.fingerprint} {entry.source} {self.ensemble.digest}"
        if entry.method != "joint":
            text += f" {entry.method}"
        if entry.absorber:
            text += f" absorber {entry.absorber}"
        return digest_of_bytes(text.encode())


class CoreService:
    """Predictions and the stages of long work; tests replace it.

    Each stage runs in a process of its own.
    """

    predict_series = staticmethod(series_stages.predict_series)
    make_set = staticmethod(stages.make_set)
    train_ensemble = staticmethod(stages.train_ensemble)
    preview = staticmethod(stages.of_pipeline("sets.previewing", "preview"))
    compare = staticmethod(analysis_stages.compare)
    read_standard = staticmethod(analysis_stages.read_standard)
    learn_standard = staticmethod(analysis_stages.learn_standard)
    make_ensemble = staticmethod(stages.make_ensemble)
    tune_ensemble = staticmethod(stages.tune_ensemble)
    reduce_again = staticmethod(analysis_stages.reduce_again)

    def __init__(self) -> None:
        self._loaded: dict[str, Ensemble] = {}

    def ensembles(self) -> tuple[EnsembleInfo, ...]:
        """Return the bundled ensembles, then the user's; damaged ones are left out."""
        found: dict[str, EnsembleInfo] = {}
        for folder in models_folders():
            for manifest in sorted(folder.glob(f"[!.]*/{FILE}")):
                with suppress(BundleError):
                    info = self.ensemble_in(manifest.parent)
                    found.setdefault(info.name, info)
        return tuple(found.values())

    def ensemble_in(self, folder: Path) -> EnsembleInfo:
        """Return the ensemble in ``folder``.

        Raises
        ------
        BundleError
            If there is none, or its manifest or card cannot be used.
        """
        try:
            manifest = read_manifest(folder)
        except BundleError as error:
            raise BundleError(
                f"{folder}: no ensemble here ({error}); "
                "choose the folder of a trained ensemble."
            ) from error
        return EnsembleInfo(
            name=manifest.name,
            folder=folder,
            digest=manifest.digest,
            members=sum(name.endswith(".onnx") for name in manifest.files),
            card=card_from_json(manifest.card),
        )

    def answer(self, question: Question) -> Prediction:
        """Return the prediction; the networks are loaded at the first question."""
        ensemble, entry = self._ensemble(question.ensemble), question.entry
        spectrum, settings = series_stages.prepared(entry, ensemble)
        return ensemble.predict(spectrum, settings, entry.limits)

    def _ensemble(self, info: EnsembleInfo) -> "Ensemble":
        from onne_core.pipeline.analysis.analysis import load_ensemble

        found = self._loaded.pop(info.digest, None) or load_ensemble(info.folder)
        self._loaded[info.digest] = found  # the one used last is the last
        for digest_of_oldest in list(self._loaded)[:-MOST_LOADED]:
            del self._loaded[digest_of_oldest]
        return found
