"""Many messages as one: after a flood, after the night, after a channel was away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from heatmon.notify.outbox import Outbox
from heatmon.notify.row import Draft, Row

LATE_NS: Final = 3600 * 1_000_000_000
"""What waited longer than this for a channel is told together, but for P1 that still stands."""
ALONE: Final = frozenset({"digest", "heartbeat", "test", "drill", "drill_report"})
ANNOUNCING: Final = frozenset({"raised", "reannounced", "escalated"})


def digest_of(rows: Sequence[Row], channel: str, place: int, address: str, now_ns: int) -> Draft:
    """The digest that stands for these messages; its number is that of the last entry, negated."""
    last = max(rows, key=lambda row: row.event_seq)
    priority = min(row.priority for row in rows)
    entry = {**last.entry, "code": "digest", "time_ns": now_ns, "fields": {"priority": priority}}
    return Draft(
        *(last.station, -last.event_seq, last.recipient, channel, place, address),
        *(f"digest#{last.event_seq}", "digest", priority, now_ns, entry),
    )


def late_digests(outbox: Outbox, station: str, channel: str, now_ns: int) -> Iterator[list[Row]]:
    """By recipient, what has waited for a channel too long to be told one by one."""
    rows = outbox.late(station, channel, now_ns - LATE_NS)
    followed = {(row.recipient, row.occurrence) for row in rows if row.kind not in ANNOUNCING}
    by_recipient: dict[str, list[Row]] = {}
    for row in rows:
        stands = row.priority == "P1" and row.kind in ANNOUNCING
        if row.kind in ALONE or (stands and (row.recipient, row.occurrence) not in followed):
            continue
        by_recipient.setdefault(row.recipient, []).append(row)
    for found in by_recipient.values():
        if len(found) > 1:
            yield found
