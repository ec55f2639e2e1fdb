"""Runs a script of the user's as it is, and reports what it shows of itself as a trainer would."""
