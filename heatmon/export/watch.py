"""What people are told about a destination: its state, its backlog, and whether that is an alarm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from heatmon.core.input import JsonScalar
from heatmon.export.answer import Verdict
from heatmon.export.count import stored
from heatmon.export.forwarder import SECOND, Forwarder
from heatmon.export.ledger import HOUR_MS, Hour

SETTLED_S: Final = 300
"""An hour is counted this long after its end: servers show what they took a little later."""
CLOCK_S: Final = 30.0
Told = tuple[str, Mapping[str, JsonScalar]]
"""A catalogue key and its fields."""


@dataclass(slots=True)
class Watch:
    """Looks at a forwarder every few seconds; `status` is plain data."""

    forwarder: Forwarder
    uncounted: str = ""

    async def count(self) -> None:
        """Compare one hour that is over and was sent whole with what the server holds."""
        forwarder = self.forwarder
        if not forwarder.to.count_check or forwarder.trouble is not None:
            return
        now_ns = forwarder.now_ns()
        before = (now_ns // SECOND - SETTLED_S) * 1000 // HOUR_MS
        oldest_ns = forwarder.unsent().oldest_ns
        if oldest_ns is not None:
            before = min(before, oldest_ns // 1_000_000 // HOUR_MS)
        hours = forwarder.ledger.unchecked(forwarder.to.id, before, limit=1)
        if not hours:
            return
        number, self.uncounted = await stored(
            forwarder.transport, forwarder.to, forwarder.stations, hours[0].hour
        )
        if number is not None:
            forwarder.ledger.checked(forwarder.to.id, hours[0].hour, number, now_ns)

    def status(self) -> dict[str, Any]:
        """Everything an engineer would ask, in JSON types. Raises StoreError."""
        forwarder = self.forwarder
        to, ledger, trouble = forwarder.to, forwarder.ledger, forwarder.trouble
        backlog, accepted = forwarder.unsent(), ledger.accepted(to.id)
        rate = forwarder.rate.per_s(forwarder.steady_s())
        hours = 0.0
        if backlog.oldest_ns is not None:
            hours = max(0.0, (forwarder.newest_ns() - backlog.oldest_ns) / SECOND / 3600)
        alarms = self._alarms(hours, ledger.differing(to.id))
        return {
            "id": to.id,
            "kind": to.kind,
            "url": to.url,
            "trouble": None if trouble is None else [trouble.code, dict(trouble.params)],
            "alarms": [[code, dict(fields)] for code, fields in alarms],
            "notes": [[code, dict(fields)] for code, fields in self._notes()],
            "backlog_rows": round(backlog.scans * forwarder.columns),
            "backlog_bytes": backlog.bytes,
            "backlog_hours": round(hours, 3),
            "draining": forwarder.progress.split,
            "rows_per_s": None if rate is None else round(rate),
            "caught_up_in_s": None if not rate else round(backlog.scans * forwarder.columns / rate),
            "accepted_ns": accepted.at_ns,
            "accepted_rows": accepted.rows,
            "moved": accepted.moved,
            "merged": accepted.merged,
            "parked": ledger.parked_count(to.id),
        }

    def _alarms(self, backlog_hours: float, differing: list[Hour]) -> list[Told]:
        to, trouble = self.forwarder.to, self.forwarder.trouble
        found: list[Told] = []
        if trouble is not None and trouble.verdict is Verdict.HOLD:
            found.append((trouble.code, trouble.params))
        if backlog_hours * 3600 > to.backlog_alarm_s:
            last = "-" if trouble is None else trouble.code.removeprefix("forward.")
            found.append(("forward.backlog", {"hours": f"{backlog_hours:.1f}", "last": last}))
        for hour in differing[:1]:
            code = "forward.short" if (hour.stored or 0) < hour.sent else "forward.double"
            shown = datetime.fromtimestamp(hour.hour * 3600, UTC).strftime("%Y-%m-%d %H:00 UTC")
            fields: dict[str, JsonScalar] = {
                "hour": shown,
                "number": hour.hour,
                "sent": hour.sent,
                "stored": hour.stored or 0,
            }
            found.append((code, fields))
        return found

    def _notes(self) -> list[Told]:
        notes: list[Told] = []
        offset = self.forwarder.server_offset_s
        if offset is not None and abs(offset) > CLOCK_S:
            notes.append(("forward.clock", {"seconds": round(offset)}))
        if self.uncounted:
            notes.append(("forward.uncounted", {"detail": self.uncounted}))
        return notes
