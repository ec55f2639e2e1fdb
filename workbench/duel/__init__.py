"""Duels: the same training by several contestants, proved to be equal, measured alone on the machine, and judged."""
