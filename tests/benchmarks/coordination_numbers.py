"""Is chi(k) of a template system straight in the coordination number beyond its sites?

`python -m tests.benchmarks.coordination_numbers`: the table of docs/systems.md.
"""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from onne_core.clusters.assembly import assemble
from onne_core.clusters.sampling import draw_macrostates, draw_microstates
from onne_core.crystals.lattice import sites_of
from onne_core.crystals.vibrations import template_of
from onne_core.pipeline.phases.references import centre_cluster
from onne_core.scattering import engine
from onne_core.scattering.phase_run import run_phases
from onne_core.scattering.phases import read_phase_pad
from onne_core.scattering.tables import Tables, prepare
from onne_core.values.recipe import Recipe, read_recipe
from onne_core.values.spectrum import k_grid
from onne_core.values.structure import Range, System

ROOT = Path(__file__).resolve().parents[2]
CLUSTERS = 40
DEVIATIONS = (0.07, 0.09, 0.085, 0.085, 0.09)
"""Standard deviations of the shells of Ni at room temperature, Å."""

CASES = ((0, 10, (13, 14)), (1, 5, (7,)), (2, 20, (26, 28)), (3, 10, (13, 14)))
"""Shell, its number of neighbours below the sites, and those above."""


def with_numbers(system: System, numbers: list[int]) -> System:
    """Return ``system`` at room temperature with fixed numbers of neighbours."""
    shells = tuple(
        replace(
            shell,
            distance=Range(shell.distance.centre, shell.distance.centre),
            deviation=Range(deviation, deviation),
            coordination=Range(float(number), float(number)),
            skewness=Range(0.0, 0.0),
        )
        for shell, deviation, number in zip(
            system.shells, DEVIATIONS, numbers, strict=True
        )
    )
    fixed = Range(1.0, 1.0)
    return replace(
        system,
        shells=shells,
        distance_scale=fixed,
        coordination_scale=fixed,
        sigma_scale=fixed,
        inverse_diameter=Range(0.0, 0.0),
    )


def mean_chi(recipe: Recipe, tables: Tables, numbers: list[int]) -> np.ndarray:
    """Return the mean k^2 chi, 3 to 14 Å^-1, of clusters with these numbers."""
    system = with_numbers(recipe.system, numbers)
    states = draw_microstates(
        draw_macrostates(system, count=1, seed=0)[0],
        count=CLUSTERS,
        rng=np.random.default_rng(5),
        template=template_of(system),
        sided_share=system.angles.sided_share,
    )
    spectra = [
        engine.chi_of(
            assemble(
                state,
                system=system,
                recipe=recipe.clusters,
                rng=np.random.default_rng(seed),
            ),
            elements=("Ni",),
            tables=tables,
            recipe=replace(recipe.scattering, plane_wave=0.8),
        )
        for seed, state in enumerate(states)
    ]
    k = k_grid(recipe.scattering.k_max)
    inside = (k >= 3.0) & (k <= 14.0)
    return (k**2 * np.mean(spectra, axis=0))[inside]


def main() -> None:
    """Print, per shell and number, the deviation from the straight line."""
    recipe = read_recipe(ROOT / "resources" / "systems" / "ni-foil.json")
    made = run_phases(centre_cluster(recipe), edge="K", recipe=recipe.scattering)
    tables = prepare(read_phase_pad(made.text))
    sites = list(sites_of(recipe.system) or ())
    full = mean_chi(recipe, tables, sites)
    for shell, fewer, beyond in CASES:
        low = mean_chi(recipe, tables, [*sites[:shell], fewer, *sites[shell + 1 :]])
        slope = (full - low) / (sites[shell] - fewer)
        for number in beyond:
            numbers = [*sites[:shell], number, *sites[shell + 1 :]]
            added = (number - sites[shell]) * slope
            off = np.linalg.norm(mean_chi(recipe, tables, numbers) - full - added)
            of_all = off / np.linalg.norm(full + added)
            sys.stdout.write(
                f"shell {shell + 1}, N = {number}: {100 * of_all:.1f} % of chi, "
                f"{100 * off / np.linalg.norm(added):.0f} % of the added signal\n"
            )


if __name__ == "__main__":
    main()
