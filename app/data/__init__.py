"""Measured data: choosing the datasets of an HDF5 file."""
