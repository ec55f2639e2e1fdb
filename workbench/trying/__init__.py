"""Asking trained and exported models: their processes, what a person gives them, and what they say. Without widgets."""
