"""Scattering: from a cluster to chi(k).

``feff`` runs the FEFF8L executables, one run per cluster. The in-process engine
(phases, paths, kernel) will stand beside it and answer the same call.
"""
