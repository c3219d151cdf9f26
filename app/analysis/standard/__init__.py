"""The measured standard: learn, load, apply and remove it."""
