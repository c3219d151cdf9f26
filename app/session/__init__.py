"""What is open: project, ensembles and answers as one view, and how files come in."""
