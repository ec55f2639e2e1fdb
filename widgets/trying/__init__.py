"""Trying trained and exported models: give them samples and see what they answer, side by side."""
