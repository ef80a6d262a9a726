"""Permission for a way of running that costs water or warmth on purpose: by whom, why, how much, until when.

While a permit stands its signal ``permit.<kind>`` is 1: the calculators book its water apart and leave
its time out of what they judge. A permit ends at its time, when its volume has been used, or by hand.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from heatmon.core.condition import NEVER
from heatmon.core.input import SYSTEM, Command, JsonScalar
from heatmon.core.part import Arguments, Handler, Host, Params, Part, RefusedError
from heatmon.core.quality import FIRST_UNCERTAIN, GOOD
from heatmon.core.quantity import QuantityError, decimal, parse_quantity
from heatmon.core.tags import factor_to

KINDS: Final = ("fill", "flush", "test", "warm_up", "cool_down", "drain")
"""Filling, flushing, pressure test, warming up, cooling down, draining for a repair."""
WITH_VOLUME: Final = ("fill", "flush", "test", "drain")
"""Kinds that use water: they must name a volume."""
LONGEST_S: Final = 30 * 86400.0
SECOND: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Permit:
    """One permit. number: of its kind, from 1. volume_m3: 0 for kinds without. until_ns: station time.

    used_m3: what the makeup meter has counted since; last_m3: its last good reading, or None.
    """

    kind: str
    number: int
    volume_m3: float
    until_ns: int
    reason: str
    by: str
    used_m3: float = 0.0
    last_m3: float | None = None

    @property
    def id(self) -> str:
        """``fill#3``."""
        return f"{self.kind}#{self.number}"


class PermitBook(Part):
    """The permits that stand, at most one of a kind."""

    name = "permits"

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._standing: dict[str, Permit] = {}
        self._numbers = dict.fromkeys(KINDS, 0)
        self._makeup = -1
        self._to_m3 = 1.0

    def configure(self) -> None:
        """Find the makeup meter; show the permits that stand."""
        spec, table = self.host.spec, self.host.table
        self._makeup = -1
        if spec.water is not None:
            tag = spec.water.makeup_totaliser
            self._makeup, self._to_m3 = table.index[tag], factor_to(spec, tag, "volume", "m3")
        for kind in KINDS:
            self._show(kind, 0)

    def _show(self, kind: str, now: int) -> None:
        table = self.host.table
        table.put(table.index[f"permit.{kind}"], float(kind in self._standing), GOOD, now)

    def verbs(self) -> Mapping[str, Handler]:
        """Grant a permit, end it."""
        return {"permit": self._grant, "end_permit": self._end_by_hand}

    def _grant(self, args: Arguments, command: Command, now: int) -> Params:
        kind = args["kind"]
        if kind not in KINDS:
            raise RefusedError("refused.permit_kind", kind=kind, known=", ".join(KINDS))
        if kind in self._standing:
            raise RefusedError("refused.permit_active", permit=self._standing[kind].id)
        volume_m3, duration_s = _amounts(kind, args)
        self._numbers[kind] += 1
        until = now + int(duration_s * SECOND)
        permit = Permit(
            kind, self._numbers[kind], volume_m3, until, args["reason"], command.actor.label,
            last_m3=self._reading(),
        )  # fmt: skip
        fields: dict[str, JsonScalar] = {
            "permit": permit.id,
            "volume_m3": decimal(volume_m3),
            "until_ns": until,
            "reason": permit.reason,
        }
        self.host.emit("permit.granted", fields, permit.by)
        self._standing[kind] = permit
        self._show(kind, now)
        return {"permit": permit.id}

    def _end_by_hand(self, args: Arguments, command: Command, now: int) -> Params:
        kind = args.get("kind") or (next(iter(self._standing)) if len(self._standing) == 1 else "")
        if kind not in self._standing:
            raise RefusedError("refused.no_permit", standing=", ".join(self._standing) or "-")
        permit = self._standing[kind]
        self._end(permit, "by hand", command.actor.label, now)
        return {"permit": permit.id}

    def _end(self, permit: Permit, why: str, by: str, now: int) -> None:
        fields: dict[str, JsonScalar] = {"permit": permit.id, "why": why, "used_m3": decimal(permit.used_m3)}
        self.host.emit("permit.ended", fields, by)
        del self._standing[permit.kind]
        self._show(permit.kind, now)

    def _reading(self) -> float | None:
        table, i = self.host.table, self._makeup
        if i < 0 or table.qualities[i] >= FIRST_UNCERTAIN or not math.isfinite(table.values[i]):
            return None
        return table.values[i] * self._to_m3

    def tick(self, now: int) -> None:
        """Count what the makeup meter has shown since; a permit whose volume is used is over."""
        reading = self._reading()
        if reading is None or not self._standing:
            return
        for permit in tuple(self._standing.values()):
            last = permit.last_m3
            # A meter that went back rolled over or was exchanged: that step is not counted.
            step = 0.0 if last is None else max(0.0, reading - last)
            counted = replace(permit, used_m3=permit.used_m3 + step, last_m3=reading)
            self._standing[permit.kind] = counted
            if 0.0 < permit.volume_m3 <= counted.used_m3:
                self._end(counted, "its volume is used", SYSTEM.label, now)

    def deadline(self) -> int:
        """When the next permit ends by time."""
        return min((permit.until_ns for permit in self._standing.values()), default=NEVER)

    def pass_time(self, now: int) -> None:
        """End what is over."""
        for permit in tuple(self._standing.values()):
            if permit.until_ns <= now:
                self._end(permit, "time is up", SYSTEM.label, now)

    def shown(self) -> list[Mapping[str, Any]]:
        """The permits that stand."""
        return [{"id": permit.id, **asdict(permit)} for permit in self._standing.values()]

    def dump(self) -> dict[str, Any]:
        """State for the checkpoint."""
        return {
            "numbers": dict(self._numbers),
            "standing": [asdict(permit) for permit in self._standing.values()],
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """From a dumped state."""
        self._numbers |= state["numbers"]
        self._standing = {one["kind"]: Permit(**one) for one in state["standing"]}


def _amounts(kind: str, args: Arguments) -> tuple[float, float]:
    """Volume in m³ and duration in s. Raises RefusedError."""
    try:
        duration_s = parse_quantity(args["duration"]).to("s")
        volume_m3 = parse_quantity(args["volume"]).to("m3") if args.get("volume") else 0.0
    except QuantityError as error:
        raise RefusedError(error.code, **error.params) from None
    volume_fits = 0 < volume_m3 < math.inf if kind in WITH_VOLUME else 0 <= volume_m3 < math.inf
    if not (volume_fits and 0 < duration_s <= LONGEST_S):
        raise RefusedError("refused.permit_size")
    return volume_m3, duration_s
