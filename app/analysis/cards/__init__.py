"""Cards in the right column of the Analysis tab."""
