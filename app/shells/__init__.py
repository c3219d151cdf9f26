"""The Shells tab: the system, its training ranges, and what follows from them."""
