"""Detection on the simulated station: false alarms, delays, sizes, causes; see `__main__`."""
