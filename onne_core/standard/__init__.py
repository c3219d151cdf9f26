"""Measured standards: learning and applying the theory-to-experiment correction."""
