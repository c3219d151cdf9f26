"""Pipeline: spectra of a few macrostates, to compare with a measured one.

The phases are those that the training set would have, kept in a folder by the digest
of all that decides them, so that a second look at a system needs no FEFF.
"""

import contextlib
import shutil
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np

from onne_core.clusters import sampling
from onne_core.errors import OnneError, ScatteringError
from onne_core.jobs import Progress, Stage
from onne_core.pipeline.phases.engines import Scatterer, scatterer_of, stored_phases
from onne_core.pipeline.phases.references import reference_key, sample_clusters
from onne_core.pipeline.sets.averages import average_of
from onne_core.values.peaks import peak_of_shell
from onne_core.values.preview import Preview, key_of
from onne_core.values.recipe import Recipe
from onne_core.values.spectrum import k_grid
from onne_core.values.structure import Cluster

MACROSTATES, MICROSTATES = 24, 3
PLANE_WAVE = 0.3
"""Threshold of the path filter, %: an average is then some 2 % off, in the time that
the default takes with its correction."""

EXAMPLES = 8
"""Clusters that say whether muffin tins overlap."""

KEPT = 40
"""Sets of phases that are kept."""

SIGMA2 = 0.006
"""Disorder of the shells whose peaks give the phase shifts, Å^2."""


def preview(recipe: Recipe, folder: Path) -> Stage[Preview]:
    """Return the spectra of a few macrostates; phases are kept in ``folder``.

    Raises
    ------
    OnneError
        If the system has no reference, FEFF fails, or no cluster can be used.
    """
    quick = _quick(recipe)
    total = quick.sampling.macrostates
    yield Progress(0, total, "Phases of the reference")
    scatter = _scatterer(quick, folder)
    macrostates = sampling.draw_macrostates(
        quick.system, count=total, seed=quick.sampling.seed
    )
    rejected: Counter[str] = Counter()
    spectra = []
    start = time.process_time()
    for done, macrostate in enumerate(macrostates):
        yield Progress(
            done,
            total,
            "Spectra of macrostates",
            rejected=dict(rejected),
            spectra=quick.sampling.microstates,
        )
        averaged = average_of(
            macrostate,
            quick,
            scatter=scatter,
            rng=np.random.default_rng(
                np.random.SeedSequence(quick.sampling.seed, spawn_key=(0, done))
            ),
            rejected=rejected,
        )
        if averaged is not None:
            spectra.append(averaged.pairs.chi[0])
    clusters = total * quick.sampling.microstates
    if not spectra:
        raise ScatteringError(
            f"None of {clusters} clusters can be used: {_listed(rejected)}. Widen "
            "the distances, or use fewer neighbours.",
            reason="no usable cluster",
        )
    return Preview(
        recipe=key_of(recipe),
        k=k_grid(quick.scattering.k_max),
        chi=np.array(spectra),
        shifts=_shifts(quick, scatter),
        rejected=dict(rejected),
        clusters=clusters,
        seconds=(time.process_time() - start) / clusters,
    )


def _quick(recipe: Recipe) -> Recipe:
    scattering = replace(
        recipe.scattering,
        engine="onne",
        legs=min(recipe.scattering.legs, 4),
        plane_wave=min(recipe.scattering.plane_wave, PLANE_WAVE),
        fine_count=0,
    )
    numbers = replace(recipe.sampling, macrostates=MACROSTATES, microstates=MICROSTATES)
    return replace(recipe, scattering=scattering, sampling=numbers)


def _scatterer(recipe: Recipe, folder: Path) -> Scatterer:
    """Return what scatters clusters of ``recipe``, its phases made if need be."""
    place = folder / reference_key(recipe)[:32]
    place.mkdir(parents=True, exist_ok=True)
    examples = sample_clusters(recipe, count=EXAMPLES, seed=recipe.sampling.seed)
    phases = stored_phases(recipe, place, examples=examples, scratch=place)
    place.touch()
    _forget_oldest(folder)
    return scatterer_of(recipe, phases, place)


def _forget_oldest(folder: Path) -> None:
    """Keep the folders of phases that were used last."""
    with contextlib.suppress(OSError):
        known = sorted(folder.iterdir(), key=lambda path: -path.stat().st_mtime)
        for path in known[KEPT:]:
            shutil.rmtree(path, ignore_errors=True)


def _shifts(recipe: Recipe, scatter: Scatterer) -> dict[str, float]:
    """Return the phase shift per element, from a single neighbour at its distance."""
    system, training = recipe.system, recipe.training
    k = k_grid(recipe.scattering.k_max)
    damping = np.exp(-2.0 * SIGMA2 * k**2)
    found = {}
    for shell in system.shells:
        length = system.distance_scale.centre * shell.distance.centre
        if shell.element in found or length > recipe.scattering.r_max:
            continue
        alone = Cluster(
            system.absorber,
            (shell.element,),
            np.zeros(1, dtype=int),
            np.array([[0.0, 0.0, length]]),
        )
        with contextlib.suppress(OnneError):
            peak = peak_of_shell(
                k,
                scatter(alone) * damping,
                k_min=training.k_min,
                k_max=training.k_max,
                power=training.k_weight,
            )
            found[shell.element] = length - peak
    return found


def _listed(rejected: Counter[str]) -> str:
    return ", ".join(f"{reason} ({n})" for reason, n in rejected.most_common(3))
