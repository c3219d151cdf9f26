"""Background work: jobs in processes, the queue of long work, its files and logs."""
