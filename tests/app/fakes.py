"""A service without networks: Ni foil answers from formulas, and a window on it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache, partialmethod
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
    AUTOMATIC_E0_SOURCE,
    Estimate,
    JointFit,
    MeasurementSettings,
    Prediction,
    Verdict,
    VerdictName,
)
from onne_core.values.project import SpectrumEntry, with_spectra
from onne_core.values.recipe import TrainingRecipe, read_recipe, recipe_to_json
from onne_core.values.spectrum import e0_shifted
from tests.app import fake_analysis, fake_forward, fake_series
from tests.app.foil import (
    CUTS,
    DISTANCES,
    E0,
    E0_STD,
    GRID,
    NUMBERS,
    REASONS,
    S02,
    S02_STD,
    SHELLS,
    foil_back,
    foil_band,
    foil_entry,
    foil_nearest,
    foil_shells,
)

# Tabs open at once in tests: nothing is left to import when a test goes there.
for _module in MODULES.values():
    import_module(_module)

ROOT = Path(__file__).resolve().parents[2]
SYSTEM = ROOT / "resources" / "systems" / "ni-foil.json"


def foil_joint(given: float | None) -> JointFit:
    """Return a joint fit that goes half the way to a given E0."""
    shift = E0 if given is None else 0.5 * (E0 + given)
    shifts = np.arange(-24.0, 27.0)
    unknowns = 4 * SHELLS + 2
    correlation = np.eye(unknowns)
    correlation[-1, :-2:4] = correlation[:-2:4, -1] = -0.6
    return JointFit(
        e0_shift=shift,
        e0_shift_std=E0_STD,
        s02=0.9,
        s02_std=0.08,
        correlation=correlation,
        shifts=shifts,
        evidence=np.exp(-0.5 * ((shifts - shift) / E0_STD) ** 2),
    )


def with_joint(prediction: Prediction, given: float | None) -> Prediction:
    """Return ``prediction`` as a joint fit gives it, with varied CN."""
    shells = tuple(
        replace(
            shell,
            coordination_number=Estimate(number, 0.05 * number, False, number, 1.2),
        )
        for shell, number in zip(prediction.shells, NUMBERS, strict=True)
    )
    settings = prediction.settings
    if given is None:
        settings = replace(settings, e0_source=AUTOMATIC_E0_SOURCE)
    back = replace(prediction.back, r_factor_r=0.009)
    return replace(
        prediction,
        settings=settings,
        shells=shells,
        back=back,
        joint=foil_joint(given),
    )


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


@cache
def foil_card(name: str, *, joint: bool = False) -> Card:
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
        joint={"used": True, "coverage": {"Ni-Ni 1": row}} if joint else {},
    )


def foil_ensemble(name: str = "ni-foil", *, joint: bool = False) -> EnsembleInfo:
    return EnsembleInfo(
        name=name,
        folder=ROOT / "models" / name,
        digest=digest(name),
        members=10,
        card=foil_card(name, joint=joint),
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
    make_ensemble: Callable = stages.make_ensemble
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
        found = foil_prediction(question, verdict)
        if question.ensemble.has_joint and question.entry.method == "joint":
            return with_joint(found, question.entry.e0)
        return found


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
