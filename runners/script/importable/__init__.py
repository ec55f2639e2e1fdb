"""The folder that a script finds on its path; `twinbench_reporter` is all that is in it for scripts."""
