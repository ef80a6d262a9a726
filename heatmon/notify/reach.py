"""Whether dispatch can be reached at all. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from heatmon.core.spec.notify import Way
from heatmon.notify.health import Health


def unreachable_since(ways: Iterable[Way], health: Mapping[str, Health]) -> int | None:
    """Since when every way is down, None while one works. Without any way: never reached, no alarm of it."""
    since: list[int] = []
    for way in ways:
        found = health.get(way.channel)
        if found is None or found.down_since is None:
            return None
        since.append(found.down_since)
    return max(since) if since else None
