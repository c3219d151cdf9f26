"""Pipeline: mean spectrum and g(r) over the microstates of a macrostate."""

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from jaxtyping import Float

from onne_core.clusters import assembly, sampling
from onne_core.crystals.vibrations import template_of
from onne_core.errors import ScatteringError, StructureError
from onne_core.pipeline.phases.engines import Scatterer
from onne_core.pipeline.phases.samples import sided_share
from onne_core.pipeline.phases.shards import pair_of
from onne_core.pipeline.sets.two_level import CorrectedMean, two_level_mean
from onne_core.training_set.training_set import Pairs
from onne_core.values.recipe import Recipe, ScatteringRecipe
from onne_core.values.structure import Cluster, Macrostate, Microstate


@dataclass(frozen=True, eq=False)
class ScatteredMicrostate:
    """A usable microstate, its cluster, and its chi at the recipe's thresholds.

    ``fine`` is chi at the fine thresholds, where it was computed.
    """

    microstate: Microstate
    cluster: Cluster
    chi: Float[np.ndarray, " k"] = field(repr=False)
    fine: Float[np.ndarray, " k"] | None = field(default=None, repr=False)


@dataclass(frozen=True, eq=False)
class FineLevel:
    """Scatterer at the fine thresholds, and the stream that selects clusters."""

    scatter: Scatterer
    rng: np.random.Generator


@dataclass(frozen=True, eq=False)
class Averaged:
    """The mean over the microstates of one macrostate, and those that were usable.

    ``correction_error`` is the standard error of the correction for the filters, in
    percent of k^2 chi; ``None`` if nothing was corrected.
    """

    pairs: Pairs
    members: tuple[ScatteredMicrostate, ...]
    correction_error: float | None


def filter_record(scattering: ScatteringRecipe) -> dict[str, Any]:
    """Return the path filters for the manifest, thresholds in percent."""
    fine = scattering.fine
    return {
        "plane_wave": scattering.plane_wave,
        "curved_wave": scattering.curved_wave,
        "correction": None
        if fine is None
        else {
            "plane_wave": fine.plane_wave,
            "curved_wave": fine.curved_wave,
            "fewest_microstates": fine.fine_count,
            "largest_error": fine.fine_error,
        },
        "spot_check": {
            "plane_wave": scattering.plane_wave,
            "curved_wave": scattering.curved_wave,
        },
    }


def average_of(
    macrostate: Macrostate,
    recipe: Recipe,
    *,
    scatter: Scatterer,
    rng: np.random.Generator,
    rejected: Counter[str],
    fine: FineLevel | None = None,
) -> Averaged | None:
    """Return the mean spectrum and g(r) over the microstates of ``macrostate``.

    With ``fine`` the spectrum is corrected for what the filters leave out. Clusters
    that cannot be used at either level are counted in ``rejected`` by reason; ``None``
    if more than half of them are.
    """
    members = _members(macrostate, recipe, scatter, rng, rejected)
    if fine is not None:
        members = _refined(members, recipe, fine, rejected)
    usable = tuple(members.values())
    if 2 * len(usable) < recipe.sampling.microstates or not usable:
        rejected["macrostate left out: most of its clusters were"] += 1
        return None
    states = [member.microstate for member in usable]
    shells = np.concatenate([state.shells for state in states])
    lengths = np.concatenate([state.lengths for state in states])
    weights = np.concatenate([state.weights for state in states])
    per_head = [np.isin(shells, group) for group in recipe.system.heads]
    estimate = _estimate(usable)
    pairs = pair_of(
        estimate.chi,
        [lengths[mine] for mine in per_head],
        recipe.radial,
        len(usable),
        weights=[weights[mine] for mine in per_head],
    )
    return Averaged(pairs, usable, estimate.error)


def _members(
    macrostate: Macrostate,
    recipe: Recipe,
    scatter: Scatterer,
    rng: np.random.Generator,
    rejected: Counter[str],
) -> dict[int, ScatteredMicrostate]:
    """Return the usable microstates by their number."""
    microstates = sampling.draw_microstates(
        macrostate,
        count=recipe.sampling.microstates,
        rng=rng,
        template=template_of(recipe.system),
        sided_share=sided_share(recipe),
    )
    members = {}
    for i, microstate in enumerate(microstates):
        try:
            cluster = assembly.assemble(
                microstate, system=recipe.system, recipe=recipe.clusters, rng=rng
            )
            members[i] = ScatteredMicrostate(microstate, cluster, scatter(cluster))
        except (StructureError, ScatteringError) as error:
            rejected[error.reason] += 1
    return members


def _refined(
    members: dict[int, ScatteredMicrostate],
    recipe: Recipe,
    fine: FineLevel,
    rejected: Counter[str],
) -> dict[int, ScatteredMicrostate]:
    """Return ``members``, some of them with fine spectra, as many as are needed.

    The order in which they are asked for is a random one. Those that fail are left
    out, of the coarse mean too: both means must be over the same population.
    """
    refined = dict(members)
    for i in fine.rng.permutation(recipe.sampling.microstates).tolist():
        if i not in refined:
            continue
        if _is_enough(refined, recipe):
            break
        try:
            refined[i] = replace(refined[i], fine=fine.scatter(refined[i].cluster))
        except ScatteringError as error:
            rejected[error.reason] += 1
            del refined[i]
    return refined


def _is_enough(members: dict[int, ScatteredMicrostate], recipe: Recipe) -> bool:
    """Whether the fine spectra so far give the correction well enough."""
    usable = tuple(members.values())
    settings = recipe.scattering
    if sum(member.fine is not None for member in usable) < settings.fine_count:
        return False
    error = _estimate(usable).error
    return error is not None and error <= settings.fine_error


def _estimate(members: tuple[ScatteredMicrostate, ...]) -> CorrectedMean:
    fine = {i: item.fine for i, item in enumerate(members) if item.fine is not None}
    return two_level_mean([member.chi for member in members], fine)
