"""A forecaster of time series."""
