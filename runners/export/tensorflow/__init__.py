"""Exporting models of TensorFlow: `MAKERS` has a maker for each format."""
