"""Joint posterior: all shells, E0 and S0^2 together, so that g(r) explains the data.

The networks give starts and the shapes of the shells; Gauss-Newton steps with the
back-calculation as forward model give the rest.
"""
