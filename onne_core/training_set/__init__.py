"""Training sets on disk: a folder of immutable shards with a manifest."""
