"""Appearance: colours, fonts, icons, sizes, and the wording of numbers and units."""
