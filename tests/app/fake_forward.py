"""A preview without FEFF: single scattering by a formula, at once."""

from pathlib import Path

import numpy as np

from onne_core.clusters.sampling import draw_macrostates
from onne_core.errors import ScatteringError
from onne_core.jobs import Progress, Stage
from onne_core.values.preview import Preview, key_of
from onne_core.values.recipe import Recipe
from onne_core.values.spectrum import k_grid

MACROSTATES = 8
SHIFT = 0.31


def fake_preview(recipe: Recipe, _folder: Path) -> Stage[Preview]:
    if recipe.system.name == "refused":
        raise ScatteringError("No cluster can be used; widen the distances.", reason="")
    yield Progress(0, MACROSTATES, "Spectra of macrostates")
    k = k_grid(recipe.scattering.k_max)
    safe = np.clip(k, 0.5, None)
    spectra = []
    states = draw_macrostates(recipe.system, count=MACROSTATES, seed=1)
    for state in states:
        chi = np.zeros_like(k)
        for shell in state.shells:
            r, sigma = shell.variable.mean, shell.variable.deviation
            damping = np.exp(-2.0 * sigma**2 * k**2 - 2.0 * r / 9.0)
            amplitude = 0.9 * shell.coordination * damping / (safe * r**2)
            chi += amplitude * np.sin(2.0 * k * r - 1.2 + 0.05 * k)
        spectra.append(chi * (1.0 - np.exp(-((k / 2.5) ** 4))))
    elements = {shell.element for shell in recipe.system.shells}
    return Preview(
        recipe=key_of(recipe),
        k=k,
        chi=np.array(spectra),
        shifts=dict.fromkeys(elements, SHIFT),
        rejected={"Cl-Cl closer than 1.43 Å": 3},
        clusters=24,
        seconds=0.05,
    )
