"""From a table to mu(E): its energy axis, the ways to mu, angles of KEK-PF."""
