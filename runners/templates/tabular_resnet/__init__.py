"""A residual network for tables."""
