"""Measured data: choosing datasets of an HDF5 file."""
