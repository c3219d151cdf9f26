"""Bundles: an ensemble as a folder, checked wherever it comes from."""
