"""Plots of the Shells tab."""
