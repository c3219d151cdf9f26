"""Networks: training examples, training, and the making of an ensemble."""
