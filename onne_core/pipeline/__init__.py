"""The line from shells to the report: one function per arrow, and little else.

system -> macrostates -> microstates -> clusters -> spectra -> training set
(``generation``, ``structures``; ``merging`` where batch jobs made it), training set ->
ensemble (``training``), measured spectrum -> prediction (``analysis``), conventional
analyses beside it (``comparing``), errors on pairs with known g(r) (``validation``).
Long functions are generators that yield Progress.

Each stage is imported when it is first asked for: a window that reads a file must not
wait for the machinery that trains networks.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from onne_core.pipeline.analysis import (
        ensemble_card,
        ensemble_folders,
        load_ensemble,
        measured_spectra,
        measured_spectrum,
        predict,
        reduced_again,
        settings_for,
        summaries,
    )
    from onne_core.pipeline.bundles import (
        export_ensemble,
        import_ensemble,
        remove_ensemble,
        rename_ensemble,
        restore_ensemble,
    )
    from onne_core.pipeline.comparing import compare
    from onne_core.pipeline.correcting import (
        Correction,
        correction_of,
        kept_standard,
        read_standard,
        with_standard,
        write_standard,
    )
    from onne_core.pipeline.demo import demo_dimer
    from onne_core.pipeline.doctor import diagnose
    from onne_core.pipeline.generation import generate
    from onne_core.pipeline.merging import merge
    from onne_core.pipeline.previewing import preview
    from onne_core.pipeline.references import sample_clusters
    from onne_core.pipeline.refinement import refinement_to_json
    from onne_core.pipeline.refining import RefineRequest, refine
    from onne_core.pipeline.samples import draw_samples
    from onne_core.pipeline.standards import StandardRequest, learn_standard
    from onne_core.pipeline.structures import (
        StructuresRequest,
        generate_from_structures,
    )
    from onne_core.pipeline.taking import take_shells
    from onne_core.pipeline.training import train, training_recipe_of
    from onne_core.pipeline.tuning import TuningRequest, finetune
    from onne_core.pipeline.validation import validate, validation_to_json
    from onne_core.taken import Taken

_PLACES = {
    "compare": "comparing",
    "ensemble_card": "analysis",
    "ensemble_folders": "analysis",
    "load_ensemble": "analysis",
    "measured_spectra": "analysis",
    "measured_spectrum": "analysis",
    "predict": "analysis",
    "reduced_again": "analysis",
    "settings_for": "analysis",
    "summaries": "analysis",
    "export_ensemble": "bundles",
    "import_ensemble": "bundles",
    "remove_ensemble": "bundles",
    "rename_ensemble": "bundles",
    "restore_ensemble": "bundles",
    "Correction": "correcting",
    "correction_of": "correcting",
    "kept_standard": "correcting",
    "read_standard": "correcting",
    "with_standard": "correcting",
    "write_standard": "correcting",
    "demo_dimer": "demo",
    "diagnose": "doctor",
    "draw_samples": "samples",
    "generate": "generation",
    "merge": "merging",
    "RefineRequest": "refining",
    "refine": "refining",
    "refinement_to_json": "refinement",
    "preview": "previewing",
    "sample_clusters": "references",
    "StandardRequest": "standards",
    "learn_standard": "standards",
    "StructuresRequest": "structures",
    "generate_from_structures": "structures",
    "Taken": "taking",
    "take_shells": "taking",
    "train": "training",
    "training_recipe_of": "training",
    "TuningRequest": "tuning",
    "finetune": "tuning",
    "validate": "validation",
    "validation_to_json": "validation",
}

__all__ = [
    "Correction",
    "RefineRequest",
    "StandardRequest",
    "StructuresRequest",
    "Taken",
    "TuningRequest",
    "compare",
    "correction_of",
    "demo_dimer",
    "diagnose",
    "draw_samples",
    "ensemble_card",
    "ensemble_folders",
    "export_ensemble",
    "finetune",
    "generate",
    "generate_from_structures",
    "import_ensemble",
    "kept_standard",
    "learn_standard",
    "load_ensemble",
    "measured_spectra",
    "measured_spectrum",
    "merge",
    "predict",
    "preview",
    "read_standard",
    "reduced_again",
    "refine",
    "refinement_to_json",
    "remove_ensemble",
    "rename_ensemble",
    "restore_ensemble",
    "sample_clusters",
    "settings_for",
    "summaries",
    "take_shells",
    "train",
    "training_recipe_of",
    "validate",
    "validation_to_json",
    "with_standard",
    "write_standard",
]


def __getattr__(name: str) -> Any:
    """Import the module that holds ``name`` and return it."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
