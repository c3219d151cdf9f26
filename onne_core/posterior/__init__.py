"""From the networks to the answer: prediction of a measured spectrum."""
