"""Compare the answers of this checkout with those of another one, by command line.

    python -m tests.same_answers ../other-checkout [SPECTRUM ...]

Every bundled ensemble predicts the bundled example and the given spectra with the
networks alone, and a small training set of each bundled recipe is made. Numbers may
differ by 1e-6 of the larger of both or of 1e-3 of the largest of their list; digests of
training sets must be equal. Both use the ensembles and the environment of this
checkout.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

HERE = Path(__file__).resolve().parents[1]
EXAMPLE = HERE / "resources/examples/ni_foil_300K.chi"
TOLERANCE, FLOOR = 1e-6, 1e-3
SMALL = {"macrostates": 12, "microstates": 2, "seed": 1}

ANSWERS = ("settings", "pairs", "back_calculation", "shells")
"""Parts of a prediction whose numbers are compared."""

TEXTS = ("e0_source", "s02_source", "theory_source", "method")
"""Settings in words, which may be worded otherwise."""

RUN = "import sys; from onne_core.cli import main; sys.argv[0] = 'onne'; main()"


@dataclass(frozen=True)
class Tree:
    """A checkout whose command line is run, with a folder for what it writes."""

    root: Path
    out: Path

    def run(self, *arguments: object) -> str:
        """Run a command; return what it complained of, nothing if it succeeded."""
        done = subprocess.run(
            [sys.executable, "-c", RUN, *map(str, arguments)],
            cwd=self.root,
            env={**os.environ, "PYTHONPATH": str(self.root)},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stderr.strip()[-300:] if done.returncode else ""

    def prediction(self, ensemble: Path, spectrum: Path) -> dict[str, Any]:
        """Return what the networks of ``ensemble`` say of ``spectrum``."""
        out = self.out / ensemble.name
        asked = ("predict", spectrum, "--ensemble", ensemble, "--out", out)
        # Checkouts from before the joint fit have the networks alone.
        problem = self.run(*asked, "--e0", "0", "--answer", "networks")
        if "--answer" in problem:
            problem = self.run(*asked, "--e0", "0")
        if problem:
            return {"problem": problem}
        content = json.loads((out / f"{spectrum.stem}.json").read_text("utf-8"))
        kept = {name: content[name] for name in ANSWERS}
        kept["settings"] = {
            name: value for name, value in kept["settings"].items() if name not in TEXTS
        }
        return kept

    def training_set(self, recipe: Path) -> dict[str, Any]:
        """Return the digest of a small training set, and of its shards."""
        content = json.loads(recipe.read_text("utf-8"))
        small = self.out / recipe.name
        small.write_text(json.dumps({**content, "sampling": SMALL}), "utf-8")
        folder = self.out / f"set-{recipe.stem}"
        problem = self.run("generate", small, "--out", folder, "--workers", "1")
        if problem:
            return {"problem": problem}
        manifest = json.loads((folder / "training_set.json").read_text("utf-8"))
        return {name: manifest[name] for name in ("digest", "items", "rejected")}


def differences(ours: Any, theirs: Any, place: str = "") -> Iterator[str]:
    """Yield where two JSON values differ by more than the tolerance."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in sorted(ours.keys() | theirs.keys()):
            yield from differences(ours.get(key), theirs.get(key), f"{place}/{key}")
    elif isinstance(ours, list) and isinstance(theirs, list):
        if len(ours) != len(theirs):
            yield f"{place}: {len(ours)} and {len(theirs)} values"
        sizes = [abs(value) for value in (*ours, *theirs) if _is_number(value)]
        floor = FLOOR * max(sizes, default=0.0)
        for i, pair in enumerate(zip(ours, theirs, strict=False)):
            if not _is_near(*pair, floor):
                yield from differences(*pair, f"{place}[{i}]")
    elif not _is_near(ours, theirs, 0.0):
        yield f"{place}: {ours!r:.60} and {theirs!r:.60}"


def _is_near(ours: Any, theirs: Any, floor: float) -> bool:
    if not (_is_number(ours) and _is_number(theirs)):
        return ours == theirs
    return abs(ours - theirs) <= TOLERANCE * max(abs(ours), abs(theirs), floor)


def _is_number(value: Any) -> bool:
    return (
        isinstance(value, (int, float))
        and not isinstance(value, bool)
        and isfinite(value)
    )


def main(other: Path, spectra: list[Path]) -> int:
    """Print what differs; return how many comparisons do."""
    failed = 0
    with TemporaryDirectory() as scratch:
        trees = [Tree(HERE, Path(scratch) / "a"), Tree(other, Path(scratch) / "b")]
        for tree in trees:
            tree.out.mkdir()
        pairs = (
            (
                f"{ensemble.name}, {spectrum.stem}",
                [tree.prediction(ensemble, spectrum) for tree in trees],
            )
            for ensemble in sorted((HERE / "models").iterdir())
            for spectrum in (EXAMPLE, *spectra)
        )
        sets = (
            (
                f"training set {recipe.stem}",
                [tree.training_set(recipe) for tree in trees],
            )
            for recipe in sorted((HERE / "resources/systems").glob("*.json"))
        )
        for comparisons in (pairs, sets):
            for name, (ours, theirs) in comparisons:
                found = list(differences(ours, theirs))
                failed += bool(found)
                sys.stdout.write(f"{'DIFFERS' if found else 'same'}  {name}\n")
                sys.stdout.writelines(f"    {line}\n" for line in found[:5])
    return failed


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve(), [Path(one) for one in sys.argv[2:]]))
