"""Frozen values of the science."""
