"""Clusters: sampling of pair lengths, and assembly in 3D."""
