"""Scattering phases read from the phase.pad of a FEFF8L run.

The potentials depend on a cluster only weakly and the amplitudes strongly, so one
phase.pad serves every cluster of a system.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Complex, Float

from onne_core.errors import ScatteringError

BASE = 90
OFFSET = 37
"""Packed numbers are written in 90 digits, the characters from ``%`` on."""

BOHR = 0.52917721067
"""FEFF's bohr, Å."""

CHANNELS = 8
"""Transition channels of the matrix elements; the last five are quadrupole."""

EDGE_NUMBERS = {1: "K", 2: "L1", 3: "L2", 4: "L3"}


@dataclass(frozen=True, eq=False)
class Potential:
    """Scattering phases of one unique potential.

    ``delta`` (rad, complex) has the energies as rows and q = -l_max .. l_max as
    columns: q = -l is j = l + 1/2, q = +l is j = l - 1/2.
    """

    l_max: int
    delta: Complex[np.ndarray, "e q"] = field(repr=False)


@dataclass(frozen=True, eq=False)
class Phases:
    """Content of a phase.pad on its EXAFS grid, in hartree and bohr.

    ``em`` is the energy grid, ``eref`` the interstitial level with the self-energy,
    ``rkk`` the matrix elements of the transition channels; ``edge`` is
    the Fermi level. Potential 0 absorbs.
    """

    hole: str
    edge: float
    em: Complex[np.ndarray, " e"] = field(repr=False)
    eref: Complex[np.ndarray, " e"] = field(repr=False)
    potentials: tuple[Potential, ...]
    rkk: Complex[np.ndarray, "e channel"] = field(repr=False)


def read_phase_pad(text: str) -> Phases:
    """Return the phases in the text of a phase.pad.

    Raises
    ------
    ScatteringError
        If the text is not a complete phase.pad, or of a kind that the engine does not
        treat (several spins, other edges than K and L).
    """
    try:
        return _parsed(text.splitlines())
    except (ValueError, IndexError) as error:
        raise ScatteringError(
            f"phase.pad cannot be read ({error}); run FEFF again.",
            reason="phase.pad unreadable",
        ) from error


def _parsed(lines: list[str]) -> Phases:
    header = lines[0].split()
    spins, energies, exafs, _, last, hole, _, width = (int(word) for word in header[:8])
    if spins != 1 or hole not in EDGE_NUMBERS:
        raise ScatteringError(
            f"phase.pad: {spins} spins, core hole {hole}; the engine treats one spin "
            "and the edges K, L1, L2, L3.",
            reason="phase.pad of another kind",
        )
    records = _Records(lines[1:], width)
    _, _, edge = records.reals(3)  # Norman radius, and the Fermi level twice
    em, eref = records.complexes(energies), records.complexes(energies)
    potentials = tuple(_potential(records, energies, exafs) for _ in range(last + 1))
    rkk = records.complexes(CHANNELS * energies).reshape(CHANNELS, energies).T
    return Phases(
        hole=EDGE_NUMBERS[hole],
        edge=edge,
        em=em[:exafs],
        eref=eref[:exafs],
        potentials=potentials,
        rkk=rkk[:exafs],
    )


def _potential(records: "_Records", energies: int, exafs: int) -> Potential:
    l_max = int(records.words()[0])
    width = 2 * l_max + 1
    delta = records.complexes(energies * width).reshape(energies, width)
    return Potential(l_max, delta[:exafs])


class _Records:
    """Records of packed numbers, read one after the other."""

    def __init__(self, lines: list[str], width: int) -> None:
        self._lines: Iterator[str] = iter(lines)
        self._width = width

    def words(self) -> list[str]:
        """Return the words of the next line, which is text."""
        return self._line().split()

    def reals(self, count: int) -> Float[np.ndarray, " value"]:
        """Return the next ``count`` real numbers."""
        return self._numbers("!", count)

    def complexes(self, count: int) -> Complex[np.ndarray, " value"]:
        """Return the next ``count`` complex numbers."""
        values = self._numbers("$", 2 * count)
        return values[0::2] + 1j * values[1::2]

    def _line(self) -> str:
        line = next(self._lines, None)
        if line is None:
            raise ValueError("the file ends early")
        return line

    def _numbers(self, tag: str, count: int) -> Float[np.ndarray, " value"]:
        packed = ""
        while len(packed) < count * self._width:
            line = self._line()
            if not line.startswith(tag):
                raise ValueError(f"a record of {count} numbers ends early")
            packed += line[1:].rstrip("\n")
        return unpacked(packed, self._width)


def unpacked(packed: str, width: int) -> Float[np.ndarray, " value"]:
    """Return the numbers in ``packed``, ``width`` characters each.

    The first digit is the power of ten, the second carries the sign in its lowest
    bit, and together with the rest the mantissa in [0.1, 1).
    """
    digits = np.frombuffer(packed.encode("latin-1"), np.uint8).astype(int) - OFFSET
    if digits.size % width or digits.min() < 0 or digits.max() >= BASE:
        raise ValueError("characters that are not a packed number")
    digits = digits.reshape(-1, width)
    half = BASE // 2
    powers = half * BASE ** np.arange(1.0, width - 1)
    mantissa = (digits[:, 1] // 2) / half + (digits[:, 2:] / powers).sum(axis=1)
    sign = np.where(digits[:, 1] % 2 == 1, 1.0, -1.0)
    return sign * mantissa * 10.0 ** (digits[:, 0] - half)
