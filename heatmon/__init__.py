"""heatmon: monitoring for boiler rooms and heat-exchange stations."""

__version__ = "0.1.0"
