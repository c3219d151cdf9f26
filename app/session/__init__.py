"""The open session: project, ensembles and predictions as one view, and opening."""
