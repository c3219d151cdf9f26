"""Conventional analyses for comparison: fits and inversions without a network."""
