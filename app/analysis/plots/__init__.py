"""Plots of the Analysis tab."""
