"""Files as beamlines and programs write them, made from the simulated Ni foil."""

import gzip
import json
from pathlib import Path

import numpy as np

from onne_core.locations import examples_folder
from onne_core.values.spectrum import HBAR2_OVER_2M

E0 = 8333.0
HC = 12_398.4198
SI_111 = 3.13554

TRUE_K, TRUE_CHI = np.loadtxt(examples_folder() / "ni_foil_300K.chi").T


def grid(e0: float = E0, k_max: float = 16.0) -> np.ndarray:
    """Return energies (eV) in steps of 5 eV, 0.4 eV and 0.05 Å^-1."""
    k = np.arange(np.sqrt(30.0 / HBAR2_OVER_2M), k_max, 0.05)
    return np.concatenate(
        [
            e0 + np.arange(-200.0, -20.0, 5.0),
            e0 + np.arange(-20.0, 30.0, 0.4),
            e0 + HBAR2_OVER_2M * k**2,
        ]
    )


def mu_of(energy: np.ndarray, e0: float = E0) -> np.ndarray:
    """Return a sloping edge of step 1 at ``e0`` with the chi(k) of the foil above."""
    k = np.sqrt(np.clip(energy - e0, 0.0, None) / HBAR2_OVER_2M)
    chi = np.interp(k, TRUE_K, TRUE_CHI) * (1.0 - np.exp(-((k / 2.0) ** 4)))
    edge = 0.5 + np.arctan((energy - e0) / 1.5) / np.pi
    return 0.4 - 3e-4 * (energy - e0) + edge * (1.0 + chi)


ENERGY = grid()
MU = mu_of(ENERGY)
I0 = 1e5 - 10.0 * (ENERGY - ENERGY[0])
IT = I0 * np.exp(-MU)
NOISE = np.random.default_rng(8).normal(size=ENERGY.size)
IT_DILUTE = I0 * np.exp(-0.15 - 0.002 * MU + 0.0015 * NOISE)
IF = 0.03 * I0 * MU


def rows(*columns: np.ndarray, form: str = "%.6f", separator: str = " ") -> str:
    """Return ``columns`` as text."""
    return "".join(
        separator.join(form % value for value in row) + "\n"
        for row in zip(*columns, strict=True)
    )


def write(path: Path, text: str) -> Path:
    """Write ``text`` to ``path``, and return that."""
    path.write_text(text, encoding="utf-8")
    return path


def xdi(names: str, *columns: np.ndarray, more: str = "", form: str = "%.6f") -> str:
    """Return an XDI file with the columns ``names``."""
    head = "".join(
        f"# Column.{number}: {name}{' eV' if name == 'energy' else ''}\n"
        for number, name in enumerate(names.split(), 1)
    )
    fields = f"# Element.symbol: Ni\n# Element.edge: K\n{more}"
    return (
        f"# XDI/1.0 made\n{head}{fields}# ///\n#---\n# {names}\n"
        f"{rows(*columns, form=form)}"
    )


def angle_of(energy: np.ndarray) -> np.ndarray:
    """Return the Bragg angle (degrees) of Si(111)."""
    return np.rad2deg(np.arcsin(HC / (2.0 * SI_111 * energy)))


def perl_project(*groups: tuple[dict[str, str], np.ndarray, np.ndarray]) -> bytes:
    """Return a project of Athena, compressed."""
    text = "# Athena project file -- Demeter version 0.9.26\n\n"
    for number, (args, x, y) in enumerate(groups):
        pairs = ",".join(f"'{key}','{value}'" for key, value in args.items())
        text += f"$old_group = 'g{number}';\n@args = ({pairs});\n"
        for name, values in (("x", x), ("y", y)):
            numbers = ",".join(f"'{value:.6f}'" for value in values)
            text += f"@{name} = ({numbers});\n"
        text += "[record]\n\n"
    return gzip.compress(text.encode(), mtime=0)


def json_project(*groups: tuple[dict[str, str], np.ndarray, np.ndarray]) -> str:
    """Return a project of Athena as JSON."""
    content = {"_____header1": "# Athena project file -- Demeter version 0.9.26"}
    for number, (args, x, y) in enumerate(groups):
        content[f"g{number}"] = {"args": args, "x": x.tolist(), "y": y.tolist()}
    content["_____order"] = [f"g{number}" for number in range(len(groups))]
    return json.dumps(content)
