"""Pipeline, ensembles: trained, refined, fine-tuned, validated, given away."""
