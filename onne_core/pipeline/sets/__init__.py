"""Pipeline, training sets: from a system or given structures to shards on disk."""
