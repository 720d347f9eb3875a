"""One way of training for every network."""
