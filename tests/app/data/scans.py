"""Scans of a Ni foil for tests of the Data tab: files, groups, and waiting."""

from pathlib import Path

import numpy as np

from app.data.page import DataPage
from onne_core.digest import digest
from onne_core.reduction.steps import started
from onne_core.values.project import SpectrumEntry
from onne_core.values.spectrum import Absorption
from tests.core.reduction.scans import ENERGY, edge_of, mu_of

GLITCH = 260
"""Number of the point that is a glitch in the raw scans."""


def raw_scan(path: Path, seed: int, *, shift: float = 0.0, glitch: float = 0.0) -> Path:
    """Write counts of detectors whose names say nothing, on a shifted axis."""
    rng = np.random.default_rng(seed)
    mu = mu_of(ENERGY) + 5e-4 * rng.normal(size=ENERGY.size)
    mu[GLITCH] += glitch
    i0 = 1e5 * (1.0 + 0.05 * np.sin(ENERGY / 80.0))
    it, ir = i0 * np.exp(-mu), i0 * np.exp(-mu - edge_of(ENERGY))
    rows = np.column_stack([ENERGY + shift, i0, it, ir])
    np.savetxt(path, rows, fmt="%.8g", header="mono mcs1 mcs2 mcs3")
    return path


def group(
    name: str = "scan", *, mu: np.ndarray | None = None, shift: float = 0.0
) -> SpectrumEntry:
    """Return a group as if its file had been opened."""
    mu = mu_of(ENERGY) if mu is None else mu
    scan = Absorption(ENERGY + shift, mu.copy(), "Ni", "K", name=name)
    removal, reduction = started(scan)
    source = f"/data/{name.replace(' ', '_')}.xdi"
    return SpectrumEntry(
        name, source, digest(scan), removal.spectrum, reduction=reduction
    )


def quiet(desk) -> None:
    """Wait until nothing runs and nothing is left to reduce."""

    def is_quiet() -> None:
        assert not desk.window.commands.desk.is_busy
        assert not desk.window.commands.columns.worker.is_busy

    desk.settle()
    desk.qtbot.waitUntil(is_quiet, timeout=60_000)
    desk.settle()


def data_page(desk) -> DataPage:
    page = desk.window.page("data")
    assert isinstance(page, DataPage)
    return page


def open_groups(desk, *entries: SpectrumEntry) -> DataPage:
    """Show ``entries`` on the Data tab, the first one selected."""
    desk.add(*entries)
    desk.session.select(0)
    desk.keys("Ctrl+1")
    quiet(desk)
    return data_page(desk)
