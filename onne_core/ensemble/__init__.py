"""Ensembles: training, calibration, domain, bundles on disk, prediction."""
