"""Alembic's environment and one script per schema version; `storage.migrate` runs them."""
