"""Bundles: an ensemble as a folder, checked whatever its source."""
