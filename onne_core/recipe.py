"""The parameters of every stage, one frozen class per stage, and the recipe file."""

import json
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal, TypeGuard, TypeVar, get_args, get_origin

from onne_core.errors import DefinitionError
from onne_core.radial import RadialGrid
from onne_core.structure import EDGES, LIMIT_OF_LENGTH, Angles, Range, Shell, System

SCHEMA = 1
"""Version of the JSON form of systems and recipes."""

DEFAULT_RADIAL_GRID = RadialGrid(1.5, 6.0, 0.02)

LARGEST_NUMBER = 1e300

MOST_LEGS_OF_ENGINE = 4

MOST_MACROSTATES, MOST_MICROSTATES = 1_000_000, 10_000

STAGES = ("sampling", "clusters", "scattering", "radial", "training")

Section = TypeVar("Section")


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
        _within("sampling.macrostates", self.macrostates, 1, MOST_MACROSTATES)
        _within("sampling.microstates", self.microstates, 1, MOST_MICROSTATES)
        _at_least("sampling.seed", self.seed, 0)


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
        _at_least("clusters.population", self.population, 1)
        _at_least("clusters.generations", self.generations, 0)
        _at_least("clusters.repulsion_steps", self.repulsion_steps, 0)
        _at_least("clusters.patience", self.patience, 1)
        _within("clusters.closest_share", self.closest_share, 0.0, 1.5)
        for pair, distance in self.smallest_distances.items():
            _within(f"clusters.smallest_distances.{pair}", distance, 0.0, 6.0, "Å")


@dataclass(frozen=True)
class FeffRecipe:
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
    """

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

    def __post_init__(self) -> None:
        _within("scattering.legs", self.legs, 2, 8)
        if self.engine == "onne" and self.legs > MOST_LEGS_OF_ENGINE:
            raise DefinitionError(
                f"scattering.legs: {self.legs}; the engine onne takes paths of at most "
                f'{MOST_LEGS_OF_ENGINE} legs; set scattering.engine to "feff" for more.'
            )
        _within("scattering.r_max", self.r_max, 2.0, 10.0, "Å")
        for name in ("curved_wave", "plane_wave"):
            for which in (name, f"fine_{name}"):
                value = getattr(self, which)
                _within(f"scattering.{which}", value, 0.0, 100.0, "%")
        # Of a single difference the standard error would not be known.
        if self.fine_count and not 2 <= self.fine_count <= MOST_MICROSTATES:
            raise DefinitionError(
                f"scattering.fine_count: {_shown(self.fine_count)}; give 2 to "
                f"{MOST_MICROSTATES}, or 0 for no correction."
            )
        _within("scattering.fine_error", self.fine_error, 0.01, 100.0, "%")
        _within("scattering.k_max", self.k_max, 8.0, 20.0, "Å^-1")
        _within("scattering.timeout", self.timeout, 1.0, 1e6, "s")
        _at_least("scattering.reference_site", self.reference_site, 1)
        for pair, distance in self.contacts.items():
            if len(pair.split("-")) != 2:
                raise DefinitionError(
                    f"scattering.contacts.{pair}: no pair; write it as in Zn-Cl."
                )
            _within(f"scattering.contacts.{pair}", distance, 0.5, 6.0, "Å")

    @property
    def fine(self) -> "FeffRecipe | None":
        """The same at the fine thresholds; ``None`` if there is nothing to correct."""
        plane_wave = min(self.plane_wave, self.fine_plane_wave)
        curved_wave = min(self.curved_wave, self.fine_curved_wave)
        if not self.fine_count or (plane_wave, curved_wave) == (
            self.plane_wave,
            self.curved_wave,
        ):
            return None
        return replace(self, plane_wave=plane_wave, curved_wave=curved_wave)


@dataclass(frozen=True)
class TrainingRecipe:
    """Parameters of the networks and of the augmentation.

    ``k_min``, ``k_max`` and ``taper`` (dk, Å^-1) of the Hanning window, ``k_weight``
    and the Fourier filter ``r_filter`` (Å) say what of a spectrum the networks see.
    ``noise`` is the largest standard deviation of white noise in chi, ``e0_range`` the
    largest E0 shift (eV), ``amplitude`` the standard deviation of a common factor, and
    ``theory_amplitude`` and ``theory_phase`` (rad) those of the smooth complex factor
    over R that stands for the error of the theory. ``mixed_share`` of the spectra are
    mixtures of two to ``mixed_most`` macrostates.
    """

    k_min: float = 3.0
    k_max: float = 14.0
    taper: float = 2.0
    k_weight: int = 2
    r_filter: tuple[float, float] = (1.0, 5.3)
    members: int = 10
    network: Literal["dense"] = "dense"
    width: int = 256
    layers: int = 2
    steps: int = 3200
    batch: int = 128
    learning_rate: float = 2e-3
    weight_decay: float = 1e-4
    noise: float = 2e-3
    e0_range: float = 2.0
    amplitude: float = 0.05
    theory_amplitude: float = 0.10
    theory_phase: float = 0.12
    mixed_share: float = 0.3
    mixed_most: int = 3
    held_out: float = 0.2
    seed: int = 1

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
        _within("training.k_weight", self.k_weight, 0, 3)
        _within("training.taper", self.taper, 0.0, self.k_max - self.k_min, "Å^-1")
        for name in ("members", "width", "layers", "steps", "batch"):
            _at_least(f"training.{name}", getattr(self, name), 1)
        for name in ("noise", "e0_range", "amplitude", "theory_amplitude"):
            _at_least(f"training.{name}", getattr(self, name), 0)
        _at_least("training.theory_phase", self.theory_phase, 0)
        _at_least("training.weight_decay", self.weight_decay, 0)
        _within("training.learning_rate", self.learning_rate, 1e-8, 1.0)
        _within("training.mixed_share", self.mixed_share, 0.0, 1.0)
        _at_least("training.mixed_most", self.mixed_most, 2)
        _at_least("training.seed", self.seed, 0)
        if not 0.0 < self.held_out < 1.0:
            raise DefinitionError(
                f"training.held_out: {self.held_out:g}; give a share between 0 and 1."
            )


@dataclass(frozen=True)
class Recipe:
    """A system and the parameters of every stage."""

    system: System
    sampling: SamplingRecipe = field(default_factory=SamplingRecipe)
    clusters: ClusterRecipe = field(default_factory=ClusterRecipe)
    scattering: FeffRecipe = field(default_factory=FeffRecipe)
    radial: RadialGrid = DEFAULT_RADIAL_GRID
    training: TrainingRecipe = field(default_factory=TrainingRecipe)


def read_recipe(path: Path) -> Recipe:
    """Read a recipe, or a system alone (the rest takes defaults), from JSON.

    Raises
    ------
    DefinitionError
        If the file is missing, no JSON, of another schema, or contradicts itself; the
        text names the place and the remedy.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not a text file"
        raise DefinitionError(f"{path}: cannot be read ({reason}).") from error
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise DefinitionError(
            f"{path.name}, line {error.lineno}: not valid JSON ({error.msg})."
        ) from error
    except (ValueError, RecursionError) as error:
        raise DefinitionError(f"{path.name}: not valid JSON ({error}).") from error
    try:
        return recipe_from_json(content)
    except DefinitionError as error:
        raise DefinitionError(f"{path.name}: {error}") from error


def recipe_from_json(content: Any) -> Recipe:
    """Return the recipe in ``content``; a bare system gets default stages."""
    content = _table(content, "file")
    _check_schema(content)
    if "system" not in content:
        return Recipe(system=system_from_json(content))
    _refuse_unknown(content, {"schema", "system", *STAGES}, "")
    return Recipe(
        system=system_from_json(content["system"], nested=True),
        sampling=_section(SamplingRecipe, content, "sampling"),
        clusters=_section(ClusterRecipe, content, "clusters"),
        scattering=_section(FeffRecipe, content, "scattering"),
        radial=_section(RadialGrid, content, "radial")
        if "radial" in content
        else Recipe.radial,
        training=_section(TrainingRecipe, content, "training"),
    )


def recipe_to_json(recipe: Recipe) -> dict[str, Any]:
    """Return ``recipe`` as JSON types; :func:`recipe_from_json` reads it back."""
    return {
        "schema": SCHEMA,
        "system": system_to_json(recipe.system, nested=True),
        **{name: _as_json(getattr(recipe, name)) for name in STAGES},
    }


def training_from_json(content: Any) -> TrainingRecipe:
    """Return the networks' recipe in ``content``."""
    return _built(TrainingRecipe, _table(content, "training"), "training")


def training_to_json(training: TrainingRecipe) -> dict[str, Any]:
    """Return ``training`` as JSON types; :func:`training_from_json` reads it back."""
    return _as_json(training)


def system_from_json(content: Any, *, nested: bool = False) -> System:
    """Return the system in ``content``; errors name the place, such as shells[1]."""
    content = _table(content, "system")
    if not nested:
        _check_schema(content)
    _refuse_unknown(
        content,
        {"schema", "name", "absorber", "edge", "shells", "scale", "angles"},
        "",
    )
    absorber = _element(content.get("absorber"), "absorber")
    edge = content.get("edge")
    if edge not in EDGES:
        raise DefinitionError(f"edge: {edge!r}; use one of {', '.join(EDGES)}.")
    shells = content.get("shells")
    if not isinstance(shells, list) or not shells:
        raise DefinitionError("shells: give a list with at least one shell.")
    angles = _table(content.get("angles", {}), "angles")
    return System(
        absorber=absorber,
        edge=edge,
        shells=tuple(_shell(item, f"shells[{i}]") for i, item in enumerate(shells)),
        scale=_range(content.get("scale", 1.0), "scale", lowest=0.5, highest=2.0),
        angles=_built(Angles, angles, "angles"),
        name=_text(content.get("name", ""), "name"),
    )


def system_to_json(system: System, *, nested: bool = False) -> dict[str, Any]:
    """Return ``system`` as JSON types; :func:`system_from_json` reads it back."""
    head = {} if nested else {"schema": SCHEMA}
    return {
        **head,
        "name": system.name,
        "absorber": system.absorber,
        "edge": system.edge,
        "scale": [system.scale.lower, system.scale.upper],
        "angles": asdict(system.angles),
        "shells": [
            {
                "element": shell.element,
                "distance": [shell.distance.lower, shell.distance.upper],
                "deviation": [shell.deviation.lower, shell.deviation.upper],
                "coordination": [shell.coordination.lower, shell.coordination.upper],
                "reported": shell.reported,
            }
            for shell in system.shells
        ],
    }


def _shell(content: Any, place: str) -> Shell:
    content = _table(content, place)
    known = {"element", "distance", "deviation", "coordination", "reported"}
    _refuse_unknown(content, known, f"{place}.")
    reported = content.get("reported", True)
    if not isinstance(reported, bool):
        raise DefinitionError(f"{place}.reported: {reported!r}; give true or false.")

    def ends(name: str, lowest: float, highest: float, unit: str = "") -> Range:
        value, where = content.get(name), f"{place}.{name}"
        return _range(value, where, lowest=lowest, highest=highest, unit=unit)

    return Shell(
        element=_element(content.get("element"), f"{place}.element"),
        distance=ends("distance", 0.8, LIMIT_OF_LENGTH, "Å"),
        deviation=ends("deviation", 1e-3, 1.0, "Å"),
        coordination=ends("coordination", 0.0, 60.0),
        reported=reported,
    )


def _range(
    content: Any, place: str, *, lowest: float, highest: float, unit: str = ""
) -> Range:
    """Return a range from a number (fixed) or a list of two numbers."""
    unit = f" {unit}" if unit else ""
    ends = content if isinstance(content, list) else [content, content]
    if len(ends) != 2 or not all(_is_number(end) for end in ends):
        raise DefinitionError(
            f"{place}: {content!r}; give one number or [lower, upper]{unit}."
        )
    lower, upper = (float(end) for end in ends)
    if lower > upper:
        raise DefinitionError(
            f"{place}: {lower:g} to {upper:g}{unit}, the lower end must come first."
        )
    if lower < lowest or upper > highest:
        raise DefinitionError(
            f"{place}: {lower:g} to {upper:g}{unit} lies outside "
            f"{lowest:g} to {highest:g}{unit}."
        )
    return Range(lower, upper)


def _element(content: Any, place: str) -> str:
    # Imported here: the window reads recipes only after it has been shown.
    from ase.data import atomic_numbers

    if not isinstance(content, str) or atomic_numbers.get(content, 0) < 1:
        raise DefinitionError(
            f"{place}: {content!r} is no chemical symbol; write it as in Ni or Cl."
        )
    return content


def _section(kind: type[Section], content: dict[str, Any], name: str) -> Section:
    return _built(kind, _table(content.get(name, {}), name), name)


def _built(kind: type[Section], content: dict[str, Any], place: str) -> Section:
    """Return ``kind`` with the values of ``content``, their types checked."""
    defaults = {item.name: item for item in fields(kind)}  # type: ignore[arg-type]
    _refuse_unknown(content, set(defaults), f"{place}.")
    values = {
        name: _as_declared(value, defaults[name].type, f"{place}.{name}")
        for name, value in content.items()
    }
    try:
        return kind(**values)
    except TypeError as error:
        raise DefinitionError(f"{place}: {error}.") from error


def _as_declared(value: Any, declared: Any, place: str) -> Any:
    """Return ``value`` in the type that a field declares."""
    kind, parts = get_origin(declared), get_args(declared)
    if declared is float:
        return _number(value, place)
    if declared is int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise DefinitionError(f"{place}: {value!r}; give a whole number.")
        if not _is_number(value):
            raise DefinitionError(f"{place}: {_shown(value)}; give a smaller one.")
    elif declared is bool:
        if not isinstance(value, bool):
            raise DefinitionError(f"{place}: {value!r}; give true or false.")
    elif kind is tuple:
        if not isinstance(value, (list, tuple)) or len(value) != len(parts):
            raise DefinitionError(f"{place}: {value!r}; give {len(parts)} numbers.")
        return tuple(_number(item, place) for item in value)
    elif kind is dict:
        return {
            name: _number(item, f"{place}.{name}")
            for name, item in _table(value, place).items()
        }
    elif kind is Literal:
        if value not in parts:
            raise DefinitionError(f"{place}: {value!r}; use {' or '.join(parts)}.")
    elif not isinstance(value, declared):
        raise DefinitionError(f"{place}: {value!r}; give a text.")
    return value


def _text(value: Any, place: str) -> str:
    if not isinstance(value, str):
        raise DefinitionError(f"{place}: {value!r}; give a text.")
    return value


def _number(value: Any, place: str) -> float:
    if not _is_number(value):
        raise DefinitionError(f"{place}: {value!r}; give a number.")
    return float(value)


def _as_json(section: Any) -> dict[str, Any]:
    """Return a stage's parameters as JSON types: lists, no tuples."""
    return json.loads(json.dumps(asdict(section)))


def _check_schema(content: dict[str, Any]) -> None:
    schema = content.get("schema")
    if type(schema) is not int or schema != SCHEMA:
        newer = _is_number(schema) and schema > SCHEMA
        remedy = "use a newer program" if newer else f'begin with "schema": {SCHEMA}'
        raise DefinitionError(
            f"schema: {schema!r}; this program reads schema {SCHEMA}, {remedy}."
        )


def _refuse_unknown(content: dict[str, Any], known: set[str], place: str) -> None:
    for name in content:
        if name not in known:
            raise DefinitionError(
                f"{place}{name}: unknown; known are {', '.join(sorted(known))}."
            )


def _table(content: Any, place: str) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise DefinitionError(f"{place}: give a JSON object with named values.")
    return content


def _is_number(value: Any) -> TypeGuard[float]:
    """Whether ``value`` is a number that can be calculated with."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return False
    return abs(value) < LARGEST_NUMBER  # false for NaN too


def _within(
    place: str, value: float, lowest: float, highest: float, unit: str = ""
) -> None:
    unit = f" {unit}" if unit else ""
    if not lowest <= value <= highest:
        raise DefinitionError(
            f"{place}: {_shown(value)}{unit}; give {lowest:g} to {highest:g}{unit}."
        )


def _at_least(place: str, value: float, least: float) -> None:
    if not value >= least:
        raise DefinitionError(f"{place}: {_shown(value)}; give at least {least:g}.")


def _shown(value: float) -> str:
    """Return ``value`` as text, be it a whole number of any length."""
    try:
        return f"{value:g}"
    except OverflowError:
        return "a number of hundreds of digits"
