"""Simulated plants behind real protocol servers: for training, for trying settings, for tests."""
