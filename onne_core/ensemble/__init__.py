"""What every ensemble has: its card, features, levels of uncertainty, outputs."""
