"""A mobile network of inverted residuals."""
