"""A cluster drawn in three dimensions, on screen and for files."""
