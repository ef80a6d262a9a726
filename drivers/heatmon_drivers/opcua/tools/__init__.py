"""Commissioning an OPC UA server: look at it, find what is wrong with it, trust it."""
