"""Whole runs of generation: two workers against one, 4600 spectra, memory of a worker.

Wall times, everything included: start of the workers, phases, spot checks, manifest.
They mean little on a busy machine; the load is noted with every figure.
"""

import os
import time
from pathlib import Path

import psutil
import pytest

from onne_core.jobs import Pace
from onne_core.pipeline.sets.generation import generate
from onne_core.training_set.training_set import read_manifest
from onne_core.values.recipe import Recipe, SamplingRecipe, ScatteringRecipe
from onne_core.values.structure import Angles, Range, Shell, System

pytestmark = [
    pytest.mark.feff,
    pytest.mark.skipif(
        (os.cpu_count() or 1) < 2, reason="needs two processor cores to compare"
    ),
]

SHELLS = {2.492: (12, 0.05), 3.524: (6, 0.07), 4.316: (24, 0.08), 4.984: (12, 0.08)}
"""Distances (Å), neighbours and ranges (Å) of the shells of fcc Ni."""

SPECTRA = 4600
"""The training set of Phys. Rev. B 109, 104201 (2024)."""


def nickel(macrostates: int, microstates: int) -> Recipe:
    """Fcc Ni with ranges for every shell, paths at FEFF's own thresholds."""
    shells = tuple(
        Shell(
            "Ni",
            Range(distance - width, distance + width),
            Range(0.05, 0.10),
            Range(number, number),
        )
        for distance, (number, width) in SHELLS.items()
    )
    return Recipe(
        System("Ni", "K", shells, angles=Angles("fcc")),
        sampling=SamplingRecipe(macrostates, microstates, seed=1),
        scattering=ScatteringRecipe(plane_wave=2.5, curved_wave=4.0, fine_count=0),
    )


def timed_run(recipe: Recipe, folder: Path, workers: int) -> tuple[float, Pace, float]:
    """Return wall time (s), the last pace, and a worker's largest memory (MB)."""
    begin, pace, memory = time.perf_counter(), Pace(), 0.0
    for step in generate(recipe, folder, workers=workers):
        pace = pace.after(step, time.perf_counter())
        memory = max(memory, largest_worker())
    return time.perf_counter() - begin, pace, memory


def largest_worker() -> float:
    """Return the peak resident memory of the largest worker so far, MB."""
    peaks = [0.0]
    for child in psutil.Process().children():
        status = Path(f"/proc/{child.pid}/status")
        if status.exists():
            words = dict(line.split(":", 1) for line in status.read_text().splitlines())
            peaks.append(float(words.get("VmHWM", "0 kB").split()[0]) / 1e3)
    return max(peaks)


@pytest.fixture(scope="module", autouse=True)
def start_up(tmp_path_factory) -> float:
    """Return the time of a run with next to no work, s.

    It is the second one, so that no figure contains the compilation of the kernel.
    """
    folder = tmp_path_factory.mktemp("first")
    return [timed_run(nickel(1, 1), folder / name, 1)[0] for name in "ab"][1]


def test_workers(tmp_path, figure, start_up) -> None:
    recipe = nickel(6000, 2)
    one, *_ = timed_run(recipe, tmp_path / "one", 1)
    two, pace, _ = timed_run(recipe, tmp_path / "two", 2)
    for path in (tmp_path / "one").glob("shard-*"):
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()
    spectra = 2 * (pace.rate or 0.0)
    figure(
        "ratio_workers",
        (one - start_up) / (two - start_up),
        wanted=">= 1.9",
        note=f"{one:.0f} s / {two:.0f} s, less {start_up:.1f} s of start-up each "
        f"(with it {one / two:.2f}); {spectra:.0f} spectra/s",
    )


def test_4600_spectra(tmp_path, figure) -> None:
    recipe = nickel(SPECTRA, 1)
    seconds, pace, memory = timed_run(recipe, tmp_path / "set", 2)
    manifest = read_manifest(tmp_path / "set")
    assert manifest["items"] + sum(manifest["rejected"].values()) >= SPECTRA
    note = f"{manifest['items']} spectra, 2 workers, {pace.rate or 0.0:.0f} spectra/s"
    figure("spectra_4600_minutes", seconds / 60.0, wanted="< 2", note=note)
    if memory:
        figure(
            "worker_memory_mb",
            memory,
            wanted="< 500",
            note="peak resident memory of the largest worker",
        )
