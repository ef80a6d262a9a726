"""The contract of drivers. A driver of yours passes it when it passes these stories with its own bench."""
