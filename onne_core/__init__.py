"""Science of ONNE: from shells to spectra to radial distributions; knows no Qt."""

__version__ = "0.1.0"
