"""Where trainers run. `local` is this machine."""
