"""Scene of a cluster: atoms and bonds in space, a camera, a projection."""

from dataclasses import dataclass, field, replace

import numpy as np
from jaxtyping import Float, Int
from PySide6.QtCore import QRectF

from app.structures.drawing.elements import BOND_FACTOR, covalent_radius
from onne_core.clusters.geometry import distances_in
from onne_core.values.structure import Cluster

BALL = 0.42
"""Radius of a drawn ball, in covalent radii."""

EYE = 3.2
"""Distance of the eye, in radii of the cluster; larger is flatter."""

FILLED = 0.46
"""Share of the smaller side that the cluster's radius takes at zoom 1."""

CLEARANCE = 0.92
"""Where a stick leaves its ball, in radii of the ball, so that it hides no symbol."""

Points = Float[np.ndarray, "atom 3"]
Matrix = Float[np.ndarray, "3 3"]


@dataclass(frozen=True, eq=False)
class Scene:
    """Atoms (the absorber first, at the origin) and bonds between them.

    ``positions``, ``radii``, ``extent`` and the radii of ``spheres`` in Å; ``marked``
    atoms are too close to each other.
    """

    elements: tuple[str, ...]
    positions: Points = field(repr=False)
    radii: Float[np.ndarray, " atom"] = field(repr=False)
    bonds: Int[np.ndarray, "bond 2"] = field(repr=False)
    extent: float
    marked: tuple[int, ...] = ()
    spheres: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Looks:
    """Options of the drawing: labels, bonds, spheres, depth cue."""

    labels: bool = True
    bonds: bool = True
    depth_cue: bool = True
    spheres: bool = False


@dataclass(frozen=True, eq=False)
class Camera:
    """Viewpoint: rotation, magnification, shift (px) and centre (Å)."""

    turn: Matrix
    zoom: float = 1.0
    shift: tuple[float, float] = (0.0, 0.0)
    centre: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def turned(self, *, about_x: float, about_y: float) -> "Camera":
        """Return the camera after a drag, angles in rad."""
        return replace(
            self, turn=rotation(about_x=about_x, about_y=about_y) @ self.turn
        )

    def shifted(self, x: float, y: float) -> "Camera":
        """Return the camera after a pan by ``x`` and ``y`` px."""
        return replace(self, shift=(self.shift[0] + x, self.shift[1] + y))


@dataclass(frozen=True, eq=False)
class Projected:
    """Atoms on the screen: centres and radii in px, depth from 0 (far) to 1 (near).

    ``scale`` in px per Å in the plane of the centre; ``origin`` is the absorber there.
    """

    centres: Float[np.ndarray, "atom 2"]
    radii: Float[np.ndarray, " atom"]
    depth: Float[np.ndarray, " atom"]
    bond_ends: Float[np.ndarray, "bond 2 2"]
    scale: float


def scene_of(
    cluster: Cluster,
    spheres: tuple[tuple[str, float], ...] = (),
    marked: tuple[int, ...] = (),
) -> Scene:
    """Return the scene of ``cluster``; ``spheres`` have a name and a radius (Å)."""
    elements = (cluster.absorber, *cluster.elements)
    positions = np.vstack([np.zeros(3), cluster.positions])
    radii = np.array([covalent_radius(name) for name in elements])
    distances = distances_in(cluster)
    near = distances < BOND_FACTOR * (radii[:, None] + radii[None])
    bonds = np.argwhere(np.triu(near, 1))
    extent = float(distances[0].max()) + 1.0
    return Scene(elements, positions, radii, bonds, extent, marked, spheres)


def rotation(*, about_x: float, about_y: float) -> Matrix:
    """Return the rotation matrix of a drag, angles in rad."""
    cx, sx, cy, sy = (
        np.cos(about_x),
        np.sin(about_x),
        np.cos(about_y),
        np.sin(about_y),
    )
    first = np.array([[1.0, 0.0, 0.0], [0.0, cx, -sx], [0.0, sx, cx]])
    second = np.array([[cy, 0.0, sy], [0.0, 1.0, 0.0], [-sy, 0.0, cy]])
    return first @ second


def project(scene: Scene, camera: Camera, area: QRectF) -> Projected:
    """Return the positions of the atoms of ``scene`` in ``area``."""
    turned = (scene.positions - np.array(camera.centre)) @ camera.turn.T
    scale = camera.zoom * FILLED * min(area.width(), area.height()) / scene.extent
    eye = EYE * scene.extent
    middle = np.array([area.center().x(), area.center().y()]) + camera.shift

    def flat(points: np.ndarray) -> np.ndarray:
        near = eye / (eye - points[..., 2:])
        return middle + points[..., :2] * np.array([1.0, -1.0]) * scale * near

    near = eye / (eye - turned[:, 2])
    return Projected(
        centres=flat(turned),
        radii=BALL * scene.radii * scale * near,
        depth=np.clip(0.5 + 0.5 * turned[:, 2] / scene.extent, 0.0, 1.0),
        bond_ends=flat(_bond_ends(scene, turned)),
        scale=scale,
    )


def _bond_ends(scene: Scene, turned: Points) -> Float[np.ndarray, "bond 2 3"]:
    """Return the ends of the sticks at the balls, so that none hides a symbol."""
    first, second = turned[scene.bonds[:, 0]], turned[scene.bonds[:, 1]]
    along = second - first
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    reach = CLEARANCE * BALL * scene.radii
    return np.stack(
        [
            first + along * reach[scene.bonds[:, 0], None],
            second - along * reach[scene.bonds[:, 1], None],
        ],
        axis=1,
    )


def painting_order(scene: Scene, projected: Projected, *, bonds: bool) -> np.ndarray:
    """Return atoms (from 0) and bonds (from the number of atoms), far ones first."""
    depths = [projected.depth]
    if bonds:
        # An atom covers the ends of its own bonds where both are equally far.
        depths.append(projected.depth[scene.bonds].mean(axis=1) - 1e-6)
    return np.argsort(np.concatenate(depths), kind="stable")
