"""Prediction of a measured spectrum by the networks."""
