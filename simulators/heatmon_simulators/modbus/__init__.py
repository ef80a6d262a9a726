"""Frame-level Modbus servers of our own: they share no code with the client that they test."""
