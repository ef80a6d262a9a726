"""Outward to time-series databases, metrics and files: each reads the store and holds nothing else."""
