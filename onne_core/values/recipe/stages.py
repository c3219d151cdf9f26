"""The parameters of every stage, one frozen class per stage."""

import math
from dataclasses import dataclass, field, replace
from typing import ClassVar, Literal

from onne_core.codec import in_short
from onne_core.errors import DefinitionError
from onne_core.values.radial import RadialGrid
from onne_core.values.recipe.limits import at_least, within
from onne_core.values.structure import System

DEFAULT_RADIAL_GRID = RadialGrid(1.5, 6.0, 0.02)

MOST_LEGS_OF_ENGINE = 4

LONGEST_HALF_PATH = 10.0
"""Largest ``r_max`` of the scattering, Å."""

MOSTLY_MIXED = 0.5
"""Share of mixtures in training above which they are what the networks are for."""

MOST_MACROSTATES, MOST_MICROSTATES = 1_000_000, 10_000


@dataclass(frozen=True)
class SamplingRecipe:
    """How many macrostates and microstates are drawn, and from which seed.

    ``keep_microstates``: the spectrum and the lengths of every single microstate stay
    in the shards, beside the averages.
    """

    macrostates: int = 300
    microstates: int = 10
    seed: int = 1
    keep_microstates: bool = False

    def __post_init__(self) -> None:
        within("sampling.macrostates", self.macrostates, 1, MOST_MACROSTATES)
        within("sampling.microstates", self.microstates, 1, MOST_MICROSTATES)
        at_least("sampling.seed", self.seed, 0)


@dataclass(frozen=True)
class ClusterRecipe:
    """Parameters of the genetic algorithm and the limits of a usable cluster.

    ``population`` individuals evolve for at most ``generations``; each is relaxed by
    ``repulsion_steps`` steps of gradient repulsion; evolution stops after
    ``patience`` generations that gain less than 0.01 Å. A cluster with two atoms
    closer than ``closest_share`` of their shortest bond (``smallest_distances``, Å per
    pair such as ``Cl-Cl``; else the sum of covalent radii) is set aside.
    """

    population: int = 3
    generations: int = 4
    repulsion_steps: int = 400
    patience: int = 2
    closest_share: float = 0.7
    smallest_distances: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        within("clusters.population", self.population, 1, 1000)
        within("clusters.generations", self.generations, 0, 1000)
        within("clusters.repulsion_steps", self.repulsion_steps, 0, 100_000)
        at_least("clusters.patience", self.patience, 1)
        within("clusters.closest_share", self.closest_share, 0.0, 1.5)
        for pair, distance in self.smallest_distances.items():
            within(f"clusters.smallest_distances.{pair}", distance, 0.0, 6.0, "Å")


@dataclass(frozen=True)
class ScatteringRecipe:
    """Parameters of the scattering.

    ``engine`` is ``onne`` for the engine of this program, which takes the phases of
    one FEFF8L run for all clusters of a system, or ``feff`` for a run of the FEFF8L
    executables per cluster, 40 to 300 times slower. ``r_max`` is the longest half
    path length, Å; ``legs`` the most legs of a path; ``curved_wave`` and
    ``plane_wave`` the importance filters in percent of the first path (those of FEFF
    are 4 and 2.5); ``timeout`` in s.

    What the filters cost is removed from the mean over the microstates of a
    macrostate: ``fine_count`` of them at least are computed at the thresholds
    ``fine_curved_wave`` and ``fine_plane_wave``, too, and more until the standard
    error of the mean correction is below ``fine_error`` (percent of k^2 chi, 3 to 14
    Å^-1). ``fine_count`` 0 leaves the correction out. A threshold that is finer
    already stays as it is.

    The phases come from a cluster that the program chooses, or from the surroundings
    of an absorber atom in the structure file ``reference``: the one that is number
    ``reference_site`` among the absorber atoms of the file, from 1. ``contacts`` are
    bond lengths (Å, per pair such as ``Zn-Cl``) for the cluster that is chosen; else
    covalent radii decide.

    ``core_hole`` false puts the core electron back into the absorber's potential.
    Valence electrons screen the hole of a metal: measured spectra of metals agree
    better with the potential without it (docs/references.md).
    """

    __digest_name__: ClassVar = "FeffRecipe"

    r_max: float = 6.0
    legs: int = 4
    curved_wave: float = 0.0
    plane_wave: float = 1.5
    fine_curved_wave: float = 0.0
    fine_plane_wave: float = 0.1
    fine_count: int = 3
    fine_error: float = 1.25
    k_max: float = 20.0
    timeout: float = 120.0
    engine: Literal["onne", "feff"] = "onne"
    reference: str | None = None
    reference_site: int = 1
    contacts: dict[str, float] = field(default_factory=dict)
    core_hole: bool = field(default=True, metadata={"added": True})

    def __post_init__(self) -> None:
        within("scattering.legs", self.legs, 2, 8)
        if self.engine == "onne" and self.legs > MOST_LEGS_OF_ENGINE:
            raise DefinitionError(
                f"scattering.legs: {self.legs}; the engine onne takes paths of at most "
                f'{MOST_LEGS_OF_ENGINE} legs; set scattering.engine to "feff" for more.'
            )
        within("scattering.r_max", self.r_max, 2.0, LONGEST_HALF_PATH, "Å")
        for name in ("curved_wave", "plane_wave"):
            for which in (name, f"fine_{name}"):
                value = getattr(self, which)
                within(f"scattering.{which}", value, 0.0, 100.0, "%")
        # Of a single difference the standard error would not be known.
        if self.fine_count and not 2 <= self.fine_count <= MOST_MICROSTATES:
            raise DefinitionError(
                f"scattering.fine_count: {in_short(self.fine_count)}; give 2 to "
                f"{MOST_MICROSTATES}, or 0 for no correction."
            )
        within("scattering.fine_error", self.fine_error, 0.01, 100.0, "%")
        within("scattering.k_max", self.k_max, 8.0, 20.0, "Å^-1")
        within("scattering.timeout", self.timeout, 1.0, 1e6, "s")
        at_least("scattering.reference_site", self.reference_site, 1)
        for pair, distance in self.contacts.items():
            if len(pair.split("-")) != 2:
                raise DefinitionError(
                    f"scattering.contacts.{pair}: no pair; write it as in Zn-Cl."
                )
            within(f"scattering.contacts.{pair}", distance, 0.5, 6.0, "Å")

    @property
    def fine(self) -> "ScatteringRecipe | None":
        """The same at the fine thresholds; ``None`` if there is nothing to correct."""
        plane_wave = min(self.plane_wave, self.fine_plane_wave)
        curved_wave = min(self.curved_wave, self.fine_curved_wave)
        if not self.fine_count or (plane_wave, curved_wave) == (
            self.plane_wave,
            self.curved_wave,
        ):
            return None
        return replace(self, plane_wave=plane_wave, curved_wave=curved_wave)


EPOCH = 100
"""Steps of an epoch: examples are drawn, losses noted and the state kept for each."""


@dataclass(frozen=True)
class TrainingRecipe:
    """Parameters of the networks and of the augmentation.

    ``k_min``, ``k_max`` and ``taper`` (dk, Å^-1) of the Hanning window, ``k_weight``
    and the Fourier filter ``r_filter`` (Å) say what of a spectrum the networks see.
    ``noise`` is the largest standard deviation of white noise in chi, ``e0_range`` the
    largest E0 shift (eV), ``amplitude`` the largest standard deviation of a common
    factor, and ``theory_amplitude`` and ``theory_phase`` (rad) those of the smooth
    complex factor over R, ``theory_amplitude_over_k`` and ``theory_phase_over_k`` of
    that over k, which stand for the error of the theory. ``mixed_share`` of
    the spectra are mixtures of two to ``mixed_most`` macrostates. Of every macrostate
    there are ``copies`` with N, R and sigma of the shells changed by ``moved`` times
    their spread in training, together as they are spread.

    ``inputs`` is what the first layer sees: ``whitened`` components, all ``features``,
    or the k-``weighted`` chi(k). ``network`` is ``dense``, in files and digests from
    when there was another one. ``loss`` is the
    ``likelihood`` of N, R, sigma with the cross-entropy of a normalised shape, or the
    mean ``squares`` of the error of a linear g(r). Training ends after ``steps``, or
    when ``patience`` epochs of 100 steps have not lowered the validation loss. The
    joint posterior is calibrated and compared on ``joint_spectra`` each; 0 leaves it
    out.
    """

    k_min: float = 3.0
    k_max: float = 14.0
    taper: float = 2.0
    k_weight: int = 2
    r_filter: tuple[float, float] = (1.0, 5.3)
    members: int = 10
    inputs: Literal["whitened", "features", "weighted"] = "whitened"
    network: Literal["dense"] = "dense"
    loss: Literal["likelihood", "squares"] = "likelihood"
    width: int = 240
    layers: int = 2
    steps: int = 3200
    patience: int = 12
    batch: int = 128
    learning_rate: float = 2e-3
    weight_decay: float = 1e-4
    noise: float = 2e-3
    e0_range: float = 4.0
    amplitude: float = 0.12
    theory_amplitude: float = 0.08
    theory_phase: float = 0.09
    theory_amplitude_over_k: float = 0.08
    theory_phase_over_k: float = 0.10
    mixed_share: float = 0.3
    mixed_most: int = 3
    copies: int = 12
    moved: float = 0.5
    held_out: float = 0.2
    joint_spectra: int = field(default=200, metadata={"added": True})
    seed: int = 1

    @property
    def theory_error(self) -> tuple[float, float]:
        """Standard deviation of the theory's error at one R: amplitude, phase (rad)."""
        return (
            math.hypot(self.theory_amplitude, self.theory_amplitude_over_k),
            math.hypot(self.theory_phase, self.theory_phase_over_k),
        )

    def __post_init__(self) -> None:
        if not 0.0 <= self.k_min < self.k_max:
            raise DefinitionError(
                f"training.k_min, k_max: {self.k_min:g} to {self.k_max:g} Å^-1; "
                "the lower end must come first."
            )
        lower, upper = self.r_filter
        if not 0.0 <= lower < upper:
            raise DefinitionError(
                f"training.r_filter: {lower:g} to {upper:g} Å; "
                "the lower end must come first."
            )
        within("training.k_weight", self.k_weight, 0, 3)
        within("training.taper", self.taper, 0.0, self.k_max - self.k_min, "Å^-1")
        for name in ("members", "width", "layers", "steps", "batch", "patience"):
            at_least(f"training.{name}", getattr(self, name), 1)
        for name in ("noise", "e0_range", "amplitude", "theory_amplitude"):
            at_least(f"training.{name}", getattr(self, name), 0)
        for name in ("phase", "amplitude_over_k", "phase_over_k"):
            at_least(f"training.theory_{name}", getattr(self, f"theory_{name}"), 0)
        at_least("training.weight_decay", self.weight_decay, 0)
        within("training.learning_rate", self.learning_rate, 1e-8, 1.0)
        within("training.mixed_share", self.mixed_share, 0.0, 1.0)
        at_least("training.mixed_most", self.mixed_most, 2)
        within("training.copies", self.copies, 0, 100)
        within("training.moved", self.moved, 0.0, 1.0)
        within("training.joint_spectra", self.joint_spectra, 0, 10_000)
        at_least("training.seed", self.seed, 0)
        if not 0.0 < self.held_out < 1.0:
            raise DefinitionError(
                f"training.held_out: {self.held_out:g}; give a share between 0 and 1."
            )

    @property
    def for_mixtures(self) -> bool:
        """Whether mixtures are what the networks are for, not only more to learn from.

        Then split and skewed shapes are normal: bands, ranges and priors are those of
        mixtures, and no classical fit of one shell is a model of the first head.
        """
        return self.loss == "likelihood" and self.mixed_share > MOSTLY_MIXED

    @property
    def matches_shapes(self) -> bool:
        """Whether shapes are brought to the R and sigma of the likelihood.

        A shape that was trained on cross-entropy is the mean over all that a spectrum
        allows, and wider than each of them. Errors of sigma would stretch split shapes
        as a whole, so those of mixtures are left as they are.
        """
        return self.loss == "likelihood" and not self.for_mixtures


def paper_training(training: TrainingRecipe) -> TrainingRecipe:
    """Return ``training`` as Phys. Rev. B 109, 104201 (2024) describes it.

    k-weighted chi(k), a linear output, squares, dense mixtures, and none of the
    nuisances of a measurement: for comparison. Windows, sizes and seed stay.
    """
    return replace(
        training,
        inputs="weighted",
        loss="squares",
        noise=0.0,
        e0_range=0.0,
        amplitude=0.0,
        theory_amplitude=0.0,
        theory_phase=0.0,
        theory_amplitude_over_k=0.0,
        theory_phase_over_k=0.0,
        mixed_share=1.0,
        mixed_most=24,
        copies=0,
        joint_spectra=0,
    )


@dataclass(frozen=True)
class Recipe:
    """A system and the parameters of every stage."""

    system: System
    sampling: SamplingRecipe = field(default_factory=SamplingRecipe)
    clusters: ClusterRecipe = field(default_factory=ClusterRecipe)
    scattering: ScatteringRecipe = field(default_factory=ScatteringRecipe)
    radial: RadialGrid = DEFAULT_RADIAL_GRID
    training: TrainingRecipe = field(default_factory=TrainingRecipe)

    def __post_init__(self) -> None:
        known = {self.system.absorber, *(shell.element for shell in self.system.shells)}
        for place, pairs in (
            ("clusters.smallest_distances", self.clusters.smallest_distances),
            ("scattering.contacts", self.scattering.contacts),
        ):
            for pair in pairs:
                if not set(pair.split("-")) <= known:
                    raise DefinitionError(
                        f"{place}.{pair}: no pair of the system, whose elements are "
                        f"{', '.join(sorted(known))}."
                    )
