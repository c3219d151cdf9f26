"""Pipeline: training, refinement, fine-tuning, validation and export of ensembles."""
