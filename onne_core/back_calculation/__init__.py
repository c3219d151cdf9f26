"""Back-calculation of chi(k) from g(r), and its residual."""
