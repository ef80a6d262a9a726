"""Outward to time-series databases, metrics and files: each reads the store, none holds what is not on disk."""
