"""Models exported from runs: which formats there are for a run, making and measuring them, and the list of all."""
