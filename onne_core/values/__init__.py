"""Frozen values of the science, and the laws that they obey."""
