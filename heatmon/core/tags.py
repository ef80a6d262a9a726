"""What a calculator must know of the tags it reads: their unit, their period, their identity."""

from __future__ import annotations

import hashlib
import json

from heatmon.core.quantity import UNITS
from heatmon.core.spec import StationSpec


def factor_to(spec: StationSpec, tag_id: str, dimension: str, unit: str) -> float:
    """What a value of this tag is multiplied by to be in `unit`; 1 where its dimension is another."""
    units = UNITS[dimension]
    written = spec.tag(tag_id).unit
    return units[written] / units[unit] if written in units else 1.0


def period_s(spec: StationSpec, tag_id: str) -> float:
    """How often the tag is read."""
    tag = spec.tag(tag_id)
    for device in spec.devices:
        if device.id == tag.device:
            for group in device.groups:
                if group.id == tag.group:
                    return group.period_s
    return 1.0


def fingerprint(spec: StationSpec, tag_id: str) -> str:
    """Changes with everything that changes what the tag's numbers mean, not with its id or texts."""
    tag = spec.tag(tag_id)
    totaliser = None if tag.totaliser is None else [str(tag.rollover), str(tag.totaliser.pulse)]
    parts = [tag.device, dict(tag.address), tag.unit, totaliser]
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
