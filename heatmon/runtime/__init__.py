"""What waits: the clock, the shared wake-ups, the pollers, and the shell around each engine."""
