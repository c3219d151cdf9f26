"""Clusters: sampling of their pair lengths, and their assembly in space."""
