"""Why runs differ: pure computations on records and columns, for a worker thread or the command line."""
