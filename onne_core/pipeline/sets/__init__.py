"""Pipeline: training sets from a system or given structures, as shards on disk."""
