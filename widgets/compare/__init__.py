"""Compare: the selected runs beside each other."""
