"""Modbus servers written frame by frame, with faults a test can ask for in plain words.

Nothing here shares code with the library behind the client, so that the two check each other.
"""
