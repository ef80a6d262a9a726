"""Drivers: one module or folder for each protocol, found by the entry points `heatmon.drivers`."""
