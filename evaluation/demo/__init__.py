"""Demonstrations on problems whose answer is known in closed form."""
