"""What the training loop asks of a framework, in TensorFlow and Keras."""
