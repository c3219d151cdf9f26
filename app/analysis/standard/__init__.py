"""Measured standards: learn, load, apply and remove."""
