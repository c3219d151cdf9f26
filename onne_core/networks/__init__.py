"""Networks: training examples, training, and building of an ensemble."""
