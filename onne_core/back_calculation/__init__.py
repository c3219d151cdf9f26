"""From g(r) back to chi(k), and what that leaves of a measured spectrum."""
