"""Pipeline: from a measured file to a prediction."""
