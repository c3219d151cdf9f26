"""Plots of the Data tab."""
