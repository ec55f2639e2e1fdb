"""A recurrent network."""
