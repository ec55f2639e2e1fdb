"""Exporting models of PyTorch: `MAKERS` has a maker for each format."""
