"""Real databases, one per schema version."""
