"""Background work: jobs in processes, the job queue, its files and logs."""
