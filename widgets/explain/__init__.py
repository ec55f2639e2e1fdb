"""Explain: why runs differ. Differences, parallel coordinates, scatter, importance, distribution and significance."""
