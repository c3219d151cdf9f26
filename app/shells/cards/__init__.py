"""Cards beside the table of shells."""
