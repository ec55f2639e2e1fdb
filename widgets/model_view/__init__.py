"""The model of a run before it is trained: its layers, and its code in both frameworks."""
