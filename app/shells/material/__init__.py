"""Dialog from the name of a material to the ranges of its ensemble."""
