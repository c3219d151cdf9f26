"""A service without networks: Ni foil answers from formulas, and a window on it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partialmethod
from importlib import import_module
from pathlib import Path
from threading import Event

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.analysis.page import AnalysisPage
from app.frame.page_imports import MODULES
from app.frame.window import MainWindow
from app.look.preferences import Preferences
from app.session.service import EnsembleInfo, Question
from app.start import make_application, make_window
from app.widgets.dialogs import FileDialogs
from app.work import stages
from onne_core.digest import digest
from onne_core.ensemble.card import Card, HeadCard
from onne_core.errors import BundleError, OnneError
from onne_core.values.prediction import (
    BackCalculation,
    Band,
    Estimate,
    MeasurementSettings,
    NearestSpectrum,
    Prediction,
    Reason,
    ShellEstimate,
    TrainedShell,
    Verdict,
    VerdictName,
    Widening,
)
from onne_core.values.project import KnownDistribution, SpectrumEntry, with_spectra
from onne_core.values.radial import RadialDistribution, RadialGrid, moments
from onne_core.values.recipe import TrainingRecipe, read_recipe, recipe_to_json
from onne_core.values.spectrum import Spectrum, e0_shifted, k_grid
from onne_core.values.summary import Summary
from tests.app import fake_analysis, fake_forward, fake_series

# Tabs open at once in tests: nothing is left to import when a test goes there.
for _module in MODULES.values():
    import_module(_module)

ROOT = Path(__file__).resolve().parents[2]
SYSTEM = ROOT / "resources" / "systems" / "ni-foil.json"
GRID = RadialGrid(1.6, 6.0, 0.02)
NUMBERS = (12.0, 6.0, 24.0, 12.0)
DISTANCES = (2.488, 3.520, 4.318, 4.989)
VARIANCES = (0.0064, 0.0089, 0.0095, 0.0093)
CUTS = (2.10, 3.00, 3.90, 4.68, 5.36)
E0, E0_STD, S02, S02_STD = 5.2, 0.6, 0.86, 0.04
SHELLS = 4


def foil_spectrum(name: str = "Ni foil", *, stretch: float = 1.0) -> Spectrum:
    """Return chi(k) of four shells: the EXAFS equation with smooth amplitudes."""
    k = k_grid(16.0)
    safe = np.clip(k, 0.5, None)
    chi = np.zeros_like(k)
    for number, distance, variance in zip(NUMBERS, DISTANCES, VARIANCES, strict=True):
        r = stretch * distance
        amplitude = 0.9 * number * np.exp(-2.0 * variance * k**2 - 2.0 * r / 9.0)
        chi += amplitude / (safe * r**2) * np.sin(2.0 * k * r - 1.2 + 0.05 * k)
    chi *= 1.0 - np.exp(-((k / 2.5) ** 4))
    chi += 5e-4 * np.random.default_rng(3).standard_normal(k.size)
    return Spectrum(k, chi, name=name, source=f"{name}.chi", e0=8333.0)


def foil_entry(name: str = "Ni foil", *, stretch: float = 1.0) -> SpectrumEntry:
    spectrum = foil_spectrum(name, stretch=stretch)
    source = f"/data/{name.replace(' ', '_')}.chi"
    return SpectrumEntry(name, source, digest(spectrum), spectrum)


def foil_curve(*, stretch: float = 1.0, widen: float = 1.0) -> np.ndarray:
    r = GRID.centres
    g = np.zeros_like(r)
    for number, distance, variance in zip(NUMBERS, DISTANCES, VARIANCES, strict=True):
        scaled = widen * variance
        z = (r - stretch * distance) ** 2 / scaled
        g += number * np.exp(-0.5 * z) / np.sqrt(2.0 * np.pi * scaled)
    return g


def foil_known(pair: str = "Ni-Ni") -> KnownDistribution:
    partials = {pair: foil_curve(stretch=1.001, widen=0.96)}
    return KnownDistribution(
        "/data/truth.gr.csv", RadialDistribution(GRID.centres, partials)
    )


def foil_band() -> Band:
    g = foil_curve()
    width = 0.08 * g + 0.004 * g.max()
    rng = np.random.default_rng(5)
    members = [
        foil_curve(stretch=1.0 + 0.002 * a, widen=1.0 + 0.1 * b)
        for a, b in rng.standard_normal((10, 2))
    ]
    return Band(
        g=g,
        lower68=np.clip(g - width, 0.0, None),
        upper68=g + width,
        lower95=np.clip(g - 2.1 * width, 0.0, None),
        upper95=g + 2.1 * width,
        lower_whole=np.clip(g - 3.0 * width, 0.0, None),
        upper_whole=g + 3.0 * width,
        members=np.array(members),
    )


def foil_shells(limits: dict[str, tuple[float, float]]) -> tuple[ShellEstimate, ...]:
    """Return the shells, their moments taken between the limits."""
    g = foil_curve()
    shells = []
    for i in range(SHELLS):
        label = f"Ni-Ni {i + 1}"
        r_min, r_max = limits.get(label, (CUTS[i], CUTS[i + 1]))
        found = moments(GRID.centres, g, r_min=r_min, r_max=r_max)
        wide = 0.12 + 0.05 * i
        shells.append(
            ShellEstimate(
                label,
                "Ni-Ni",
                r_min,
                r_max,
                Estimate(found.coordination, 0.0, True, NUMBERS[i], 0.0),
                Estimate(found.distance, 0.004 * (i + 1), False, DISTANCES[i], 0.05),
                Estimate(found.sigma2, wide * found.sigma2, False, 0.0092, 0.0055),
                Estimate(found.c3, 2e-4 * (i + 1), False, 0.0, 5e-4),
            )
        )
    return tuple(shells)


REASONS: dict[VerdictName, tuple[Reason, ...]] = {
    "inside": (
        Reason(
            "Distance from the centre of the training spectra 0.61 (limit 2.16).", True
        ),
        Reason("Noise of χ(k) 0.5 × 10⁻³ (trained up to 4 × 10⁻³).", True),
        Reason("R-factor of the first-shell fit of Ni-Ni 1: 0.004 (limit 0.06).", True),
        Reason("Data end at k = 16.0 Å⁻¹; the window ends at 14 Å⁻¹.", True),
        Reason("S0² 0.86 (plausible: 0.55 to 1.15).", True),
    ),
    "borderline": (
        Reason(
            "Ni-Ni 2: R 3.690 Å is at the upper end of its trained range.",
            False,
            Widening("Ni-Ni 2", "distance", 3.34, 3.80, 3.34, 3.70),
        ),
        Reason("Noise of χ(k) 0.5 × 10⁻³ (trained up to 4 × 10⁻³).", True),
    ),
    "outside": (
        Reason(
            "R-factor of the first-shell fit of Ni-Ni 1: 0.740 (limit 0.25).", False
        ),
        Reason(
            "Distance from the centre of the training spectra 4.53 (limit 3.24).", False
        ),
    ),
}


def foil_back(corrected: Spectrum) -> BackCalculation:
    """Return a back-calculation that misses a twelfth of chi, beyond its noise."""
    beyond = 0.08 * np.abs(corrected.chi) * np.sin(9.0 * corrected.k)
    return BackCalculation(
        chi=corrected.chi - beyond,
        std=0.05 * np.abs(corrected.chi),
        error=np.full(corrected.k.size, 1e-3),
        residual=beyond,
        r_factor_k=0.028,
        r_factor_r=0.010,
        misfit=0.6,
        largest=1.3,
        largest_at=4.1,
    )


def foil_nearest() -> tuple[NearestSpectrum, ...]:
    shells = tuple(
        TrainedShell(f"Ni-Ni {i + 1}", NUMBERS[i], DISTANCES[i] + 0.01, VARIANCES[i])
        for i in range(SHELLS)
    )
    return (NearestSpectrum(0.8, shells), NearestSpectrum(0.9, shells))


def foil_prediction(question: Question, verdict: VerdictName = "inside") -> Prediction:
    entry = question.entry
    shift = E0 if entry.e0 is None else entry.e0
    s02 = entry.s02 or (S02, S02_STD)
    e0_std = E0_STD if entry.e0_std is None else entry.e0_std
    spectrum = entry.spectrum
    chi = e0_shifted(spectrum.k, spectrum.chi, shift) / s02[0]
    corrected = replace(spectrum, k=spectrum.k.copy(), chi=chi)
    return Prediction(
        spectrum=spectrum,
        corrected=corrected,
        settings=MeasurementSettings(
            shift,
            e0_std,
            *s02,
            theory=0.54 if entry.standard else 1.0,
            e0_source="first-shell fit" if entry.e0 is None else "given",
            s02_source="first-shell fit with N = 12" if entry.s02 is None else "given",
        ),
        r=GRID.centres,
        pairs={"Ni-Ni": foil_band()},
        shells=foil_shells(entry.limits),
        verdict=Verdict(verdict, REASONS[verdict]),
        ensemble_name=question.ensemble.name,
        ensemble_digest=question.ensemble.digest,
        members=10,
        k_min=3.0,
        k_max=14.0,
        k_weight=2,
        noise=5e-4,
        digest=question.digest,
        back=foil_back(corrected),
        nearest=foil_nearest(),
    )


def foil_summary(entry: SpectrumEntry) -> Summary:
    """Return what a series keeps: expansion and σ² follow the temperature."""
    temperature = entry.conditions.get("temperature", 300.0)
    stretch = 1.0 + 1.3e-5 * (temperature - 300.0)
    widen = temperature / 300.0
    shells = len(NUMBERS)
    values = np.array(
        [
            (number, stretch * distance, widen * variance, 1e-5 * temperature)
            for number, distance, variance in zip(
                NUMBERS, DISTANCES, VARIANCES, strict=True
            )
        ]
    )
    verdict = next((v for v in ("outside", "borderline") if v in entry.name), "inside")
    return Summary(
        digest=digest(entry.name),
        ensemble_name="ni-foil",
        ensemble_digest=digest("ni-foil"),
        verdict=verdict,
        reasons=() if verdict == "inside" else (REASONS[verdict][0].text,),
        e0_shift=E0,
        e0_shift_std=E0_STD,
        s02=S02,
        s02_std=S02_STD,
        pairs=("Ni-Ni",),
        shells=tuple((f"Ni-Ni {i + 1}", "Ni-Ni") for i in range(shells)),
        r=GRID.centres,
        g=foil_curve(stretch=stretch, widen=widen)[None].astype(np.float32),
        values=values,
        stds=np.abs(values) * np.array([0.0, 0.002, 0.1, 0.5]),
        fixed=np.tile([True, False, False, False], (shells, 1)),
        limits=np.array([CUTS[:-1], CUTS[1:]]).T,
    )


def foil_card(name: str) -> Card:
    heads = tuple(
        HeadCard(
            label=f"Ni-Ni {i + 1}",
            pair="Ni-Ni",
            first_bin=round((CUTS[i] - GRID.lower) / GRID.step),
            bins=round((CUTS[i + 1] - CUTS[i]) / GRID.step),
            centre=(NUMBERS[i], DISTANCES[i], 0.09),
            scale=(0.0, 0.05, 0.03),
            lowest=(NUMBERS[i], 0.95 * DISTANCES[i], 0.03),
            highest=(NUMBERS[i], 1.05 * DISTANCES[i], 0.18),
            fixed=(True, False, False),
        )
        for i in range(SHELLS)
    )
    steps = np.arange(50.0, 1650.0, 50.0)
    losses = tuple(
        tuple(
            (float(s), 2.8 + 9.0 / s, 2.9 + 9.0 / s + 0.01 * m + 2e-5 * s)
            for s in steps
        )
        for m in range(10)
    )
    row = {"g(r)": [0.70, 0.96], "distance": [0.69, 0.95], "sigma": [0.66, 0.94]}
    return Card(
        name=name,
        absorber="Ni",
        edge="K",
        radial=GRID,
        heads=heads,
        training=TrainingRecipe(),
        training_set="0" * 64,
        items=12_000,
        description={
            "recipe": recipe_to_json(read_recipe(SYSTEM)),
            "rejected": {"Ni-Ni closer than 1.74 Å": 3},
        },
        coverage={head.label: row for head in heads},
        losses=losses,
    )


def foil_ensemble(name: str = "ni-foil") -> EnsembleInfo:
    return EnsembleInfo(
        name=name,
        folder=ROOT / "models" / name,
        digest=digest(name),
        members=10,
        card=foil_card(name),
    )


@dataclass
class FakeService:
    """Answers at once, unless ``gate`` is closed; ``problem`` makes it refuse."""

    offered: tuple[EnsembleInfo, ...] = field(
        default_factory=lambda: (foil_ensemble(), foil_ensemble("ni-oxide"))
    )
    verdicts: dict[str, VerdictName] = field(default_factory=dict)
    problem: Exception | None = None
    asked: list[Question] = field(default_factory=list)
    gate: Event = field(default_factory=Event)
    predict_series: Callable = fake_series.predict_series
    make_set: Callable = stages.make_set
    preview: Callable = fake_forward.fake_preview
    train_ensemble: Callable = stages.train_ensemble
    compare: Callable = fake_analysis.compare
    read_standard: Callable = fake_analysis.read_standard
    learn_standard: Callable = fake_analysis.learn_standard
    tune_ensemble: Callable = stages.tune_ensemble
    reduce_again: Callable = fake_analysis.reduce_again

    def __post_init__(self) -> None:
        self.gate.set()

    def ensembles(self) -> tuple[EnsembleInfo, ...]:
        return self.offered

    def ensemble_in(self, folder: Path) -> EnsembleInfo:
        raise BundleError(f"{folder}: no ensemble here; choose another folder.")

    def answer(self, question: Question) -> Prediction:
        self.asked.append(question)
        assert self.gate.wait(20.0)
        if self.problem is not None:
            raise self.problem
        name = question.entry.name
        if name.endswith(" bad"):
            raise OnneError(f"{name}: the spectrum ends at k = 6 Å⁻¹; measure to 14.")
        known = next(
            (v for v in ("outside", "borderline") if name.endswith(v)), "inside"
        )
        verdict = self.verdicts.get(name, known)
        return foil_prediction(question, verdict)


@dataclass
class Desk:
    """A window on a fake service, and what tests do with it."""

    window: MainWindow
    service: FakeService
    preferences: Preferences
    qtbot: QtBot

    @property
    def session(self):
        return self.window.session

    @property
    def project(self):
        return self.session.document.project

    @property
    def analysis(self) -> AnalysisPage:
        page = self.window.page("analysis")
        assert isinstance(page, AnalysisPage)
        return page

    def add(self, *entries: SpectrumEntry) -> None:
        """Open spectra as if their files had been read, and wait for the answers."""
        self.window.show_tab("analysis")
        project = with_spectra(self.project, entries or (foil_entry(),))
        self.session.edit(project, "Open")
        self.settle()

    def settle(self) -> None:
        """Wait until nothing runs."""

        def quiet() -> None:
            assert not self.session.predictions.is_busy
            assert not self.session.jobs.running
            assert not self.window.opening.projects.worker.is_busy

        self.qtbot.waitUntil(quiet, timeout=60_000)

    def leave(self) -> None:
        """Let go of the window: pytest keeps fixtures longer than Qt keeps windows."""
        self.__dict__.clear()

    def activate(self) -> None:
        """Wait until the window has the keyboard; else nothing has the focus."""
        with self.qtbot.waitActive(self.window):
            self.window.activateWindow()

    def click(self, widget: QWidget, at: QPoint | None = None) -> None:
        left = Qt.MouseButton.LeftButton
        self.qtbot.mouseClick(widget, left, pos=at or widget.rect().center())

    def keys(self, sequence: str) -> None:
        """Press a shortcut of the window."""
        for action in self.window.actions_by_name.values():
            if action.shortcut().toString() == sequence:
                assert action.isEnabled(), sequence
                action.trigger()
                return
        raise AssertionError(f"no action has {sequence}")


def open_desk(
    qtbot: QtBot,
    tmp_path: Path,
    *,
    service: FakeService | None = None,
    size: tuple[int, int] = (1440, 900),
    scheme: str = "light",
    recovery: Path | None = None,
) -> Desk:
    """Return a shown window with the start page."""
    make_application()
    service = service or FakeService()
    preferences = Preferences(tmp_path / "preferences.ini")
    preferences.scheme = scheme
    window, _ = make_window(service, preferences, recovery=recovery)

    def forget_work(closing: MainWindow) -> None:
        service.gate.set()
        closing.session.work.close()
        closing.session.jobs.cancel_all()
        closing.session.document.undo_stack.setClean()

    qtbot.addWidget(window, before_close_func=forget_work)
    window.resize(*size)
    window.show_tab("start")
    window.show()
    qtbot.waitExposed(window)
    window.session._take_ensembles(window.session.service.ensembles())
    return Desk(window, service, preferences, qtbot)


@contextmanager
def answers(monkeypatch, **chosen: Path) -> Iterator[None]:
    """Let the dialogs for files answer without being shown."""

    def answer(*arguments, path: Path, **_):
        then = arguments[-1]
        return then(path) if callable(then) else path

    with monkeypatch.context() as patch:
        for name, path in chosen.items():
            patch.setattr(FileDialogs, name, partialmethod(answer, path=path))
        yield


def refusing() -> FakeService:
    message = "Ni foil: the spectrum ends at k = 6 Å⁻¹; measure to 14 Å⁻¹."
    return FakeService(problem=OnneError(message))


def no_process(*_request: object):
    """Run nothing: for predictions of a few spectra."""
    raise AssertionError("a thread answers few questions")
