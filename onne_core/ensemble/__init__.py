"""Common parts of all ensembles: card, features, uncertainty levels, outputs."""
