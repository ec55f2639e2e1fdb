"""TensorBoard on the runs of the history: every point, in a process of its own."""
