"""The Analysis tab: spectra, their radial distributions, and the verdict."""
