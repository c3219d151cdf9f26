"""Measured standards: the theory-to-experiment correction, learnt and applied."""
