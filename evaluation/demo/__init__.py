"""Demonstrations on problems with a known answer in closed form."""
