"""Proposals: from the name of a material to a recipe whose ranges contain it."""
