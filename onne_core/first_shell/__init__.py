"""E0 and S0^2 of a measured spectrum from a fit of its first shell."""
