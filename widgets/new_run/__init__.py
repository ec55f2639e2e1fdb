"""Setting up a run: the template, the data, the framework and every declared parameter."""
