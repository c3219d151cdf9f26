"""E0 and S0^2 of a measured spectrum from a classical fit of its first shell."""
