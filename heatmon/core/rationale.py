"""The priority an alarm should have, from what happens and how soon somebody must act (ISA-18.2 §8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from heatmon.core.spec.alarm import Alarm, Priority, Severity

MATRIX: Final[Mapping[Severity, tuple[Priority, Priority, Priority]]] = {
    # within 5 min, within 30 min, later
    "severe": ("P1", "P1", "P2"),
    "major": ("P1", "P2", "P3"),
    "moderate": ("P2", "P3", "P3"),
    "minor": ("P3", "P3", "P4"),
}
PROMPT_S: Final = 300.0
SOON_S: Final = 1800.0
SHARES: Final[Mapping[str, float]] = {"P1": 5.0, "P2": 15.0}
"""Shares of all alarms in %, as they should be about; twice as many are too many."""
ENOUGH: Final = 50
"""Of fewer alarms shares say nothing: the safety set that every station has is a dozen of P1 by itself."""


def derived(severity: Severity, respond_within_s: float) -> Priority:
    """The priority by consequence and urgency."""
    prompt, soon, later = MATRIX[severity]
    return prompt if respond_within_s <= PROMPT_S else soon if respond_within_s <= SOON_S else later


def gravest(alarm: Alarm) -> Priority:
    """The highest priority an alarm can reach."""
    return min(level.priority for level in alarm.levels)
