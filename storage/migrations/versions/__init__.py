"""One script per schema version, written by hand and never changed after its release."""
