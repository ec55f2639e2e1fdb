"""A small language model of the architecture of GPT-2."""
