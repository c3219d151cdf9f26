"""From mu(E) to chi(k)."""
