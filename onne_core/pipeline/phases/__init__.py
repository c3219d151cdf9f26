"""Pipeline: phases of a system: sample clusters, reference, engine."""
