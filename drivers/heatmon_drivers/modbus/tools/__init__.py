"""Commissioning a Modbus device that nobody has documented: what it holds, and what that may mean."""
