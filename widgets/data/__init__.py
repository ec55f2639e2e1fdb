"""Datasets: their list, a page for each, and bringing in one's own."""
