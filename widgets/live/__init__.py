"""Live: one run as it trains."""
