"""What users would do otherwise: inversions without a network, to compare with."""
