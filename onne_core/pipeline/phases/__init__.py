"""Pipeline, phases of a system: sample clusters, the reference, the engine."""
