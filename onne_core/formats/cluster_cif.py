"""CIF: every cluster alone in a cubic box, without symmetry.

A cluster has no lattice: the box is empty around it and has no other meaning. What the
format loses: which atom is the absorber, but for its label and its place in the middle.
"""

from collections.abc import Sequence

import numpy as np

from onne_core.values.structure import Cluster

EMPTY = 6.0
"""Width of the empty margin of the box, Å: periodic images do not scatter."""

HEAD = """data_cluster_{number}
# {title}
# No lattice: a cluster in an empty box; the absorber, {absorber}1, is in the middle.
_cell_length_a    {side:.4f}
_cell_length_b    {side:.4f}
_cell_length_c    {side:.4f}
_cell_angle_alpha 90
_cell_angle_beta  90
_cell_angle_gamma 90
_symmetry_space_group_name_H-M 'P 1'
_symmetry_Int_Tables_number    1
loop_
_symmetry_equiv_pos_as_xyz
'x, y, z'
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
_atom_site_occupancy
"""


def written(clusters: Sequence[Cluster], titles: Sequence[str]) -> str:
    """Return ``clusters`` as text, one data block each, with its title as a comment."""
    frames = enumerate(zip(clusters, titles, strict=True), 1)
    return "\n".join(_block(cluster, title, i) for i, (cluster, title) in frames)


def _block(cluster: Cluster, title: str, number: int) -> str:
    reach = float(cluster.lengths.max(initial=0.0)) + EMPTY
    side = 2.0 * reach
    elements = (cluster.absorber, *cluster.elements)
    positions = np.vstack([np.zeros(3), cluster.positions]) / side + 0.5
    shares = [1.0, *np.minimum(1.0, cluster.weights).tolist()]
    seen: dict[str, int] = {}
    lines = []
    for element, (x, y, z), share in zip(elements, positions, shares, strict=True):
        seen[element] = seen.get(element, 0) + 1
        label = f"{element}{seen[element]}"
        lines.append(f"{label:<5} {element:<2} {x:.8f} {y:.8f} {z:.8f} {share:.5f}")
    head = HEAD.format(
        number=number,
        title=" ".join(title.split()),
        absorber=cluster.absorber,
        side=side,
    )
    return head + "\n".join(lines) + "\n"
