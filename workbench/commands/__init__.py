"""The verbs of the command line, in a module per group. A verb takes the parsed arguments and returns the exit code."""
