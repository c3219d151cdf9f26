"""Crystals: lattices, force constants, lattice dynamics, vibrations."""
