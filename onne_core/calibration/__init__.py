"""Calibration: from the networks' answers to numbers and bands with true coverage."""
