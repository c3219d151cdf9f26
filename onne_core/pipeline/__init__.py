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
    from onne_core.pipeline.analysis.analysis import (
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
    from onne_core.pipeline.analysis.comparing import compare
    from onne_core.pipeline.analysis.correcting import (
        Correction,
        correction_of,
        kept_standard,
        read_standard,
        with_standard,
        write_standard,
    )
    from onne_core.pipeline.analysis.doctor import diagnose
    from onne_core.pipeline.analysis.standards import StandardRequest, learn_standard
    from onne_core.pipeline.demo import demo_dimer
    from onne_core.pipeline.ensembles.bundles import (
        export_ensemble,
        import_ensemble,
        remove_ensemble,
        rename_ensemble,
        restore_ensemble,
    )
    from onne_core.pipeline.ensembles.refinement import refinement_to_json
    from onne_core.pipeline.ensembles.refining import RefineRequest, refine
    from onne_core.pipeline.ensembles.training import train, training_recipe_of
    from onne_core.pipeline.ensembles.tuning import TuningRequest, finetune
    from onne_core.pipeline.ensembles.validation import validate, validation_to_json
    from onne_core.pipeline.phases.references import sample_clusters
    from onne_core.pipeline.phases.samples import draw_samples
    from onne_core.pipeline.sets.generation import generate
    from onne_core.pipeline.sets.merging import merge
    from onne_core.pipeline.sets.previewing import preview
    from onne_core.pipeline.sets.ranges_from_structure import take_shells
    from onne_core.pipeline.sets.structures import (
        StructuresRequest,
        generate_from_structures,
    )
    from onne_core.values.shells_of_structure import Taken

_PLACES = {
    "compare": "analysis.comparing",
    "ensemble_card": "analysis.analysis",
    "ensemble_folders": "analysis.analysis",
    "load_ensemble": "analysis.analysis",
    "measured_spectra": "analysis.analysis",
    "measured_spectrum": "analysis.analysis",
    "predict": "analysis.analysis",
    "reduced_again": "analysis.analysis",
    "settings_for": "analysis.analysis",
    "summaries": "analysis.analysis",
    "export_ensemble": "ensembles.bundles",
    "import_ensemble": "ensembles.bundles",
    "remove_ensemble": "ensembles.bundles",
    "rename_ensemble": "ensembles.bundles",
    "restore_ensemble": "ensembles.bundles",
    "Correction": "analysis.correcting",
    "correction_of": "analysis.correcting",
    "kept_standard": "analysis.correcting",
    "read_standard": "analysis.correcting",
    "with_standard": "analysis.correcting",
    "write_standard": "analysis.correcting",
    "demo_dimer": "demo",
    "diagnose": "analysis.doctor",
    "draw_samples": "phases.samples",
    "generate": "sets.generation",
    "merge": "sets.merging",
    "RefineRequest": "ensembles.refining",
    "refine": "ensembles.refining",
    "refinement_to_json": "ensembles.refinement",
    "preview": "sets.previewing",
    "sample_clusters": "phases.references",
    "StandardRequest": "analysis.standards",
    "learn_standard": "analysis.standards",
    "StructuresRequest": "sets.structures",
    "generate_from_structures": "sets.structures",
    "Taken": "sets.ranges_from_structure",
    "take_shells": "sets.ranges_from_structure",
    "train": "ensembles.training",
    "training_recipe_of": "ensembles.training",
    "TuningRequest": "ensembles.tuning",
    "finetune": "ensembles.tuning",
    "validate": "ensembles.validation",
    "validation_to_json": "ensembles.validation",
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
