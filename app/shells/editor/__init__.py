"""The table of shells: rows, fields for ranges, choice of elements."""
