"""Plots of curves. The only package, with those that use it, that imports pyqtgraph."""
