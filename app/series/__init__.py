"""The Series tab: many spectra along one quantity."""
