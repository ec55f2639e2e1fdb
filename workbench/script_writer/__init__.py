"""Writes a training as one file that needs a framework and NumPy, and nothing of Twinbench."""
