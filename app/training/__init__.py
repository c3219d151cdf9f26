"""The Training tab: the queue of long work, running training, finished ensembles."""
