"""What a station's state looks like to people and programs: plain data for `heatmon status` and views."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from heatmon.core.quality import Quality, is_bad
from heatmon.driver import Explaining, Message, Notice, Telling
from heatmon.runtime.clock import SECOND
from heatmon.runtime.poller import GroupState, Poller
from heatmon.runtime.station import StationShell


def station_status(shell: StationShell, pollers: Iterable[Poller], now_ns: int) -> dict[str, Any]:
    """One station: signals, alarms, permits, links, each with what an engineer would ask about it."""
    engine = shell.engine
    view = engine.view()
    groups = {(g.plan.device, g.plan.group): (p, g) for p in pollers for g in p.groups}
    spec = engine.spec
    return {
        "station": spec.station.id,
        "name": {"en": spec.station.name.en, "zh": spec.station.name.zh},
        "timezone": spec.station.timezone,
        "now_ns": now_ns,
        "input_seq": engine.input_seq,
        "event_seq": engine.event_seq,
        "bundle": engine.bundle,
        "tags": [_tag(shell, i, groups, now_ns) for i in range(len(spec.tags))],
        "derived": [_signal(shell, view.signals.index[info.id], now_ns) for info in view.derived],
        "alarms": [dict(alarm) for alarm in view.alarms],
        "permits": [dict(permit) for permit in view.permits],
        "links": [_link(poller, now_ns) for poller in pollers],
        "journal_trouble": None if shell.failed is None else str(shell.failed),
    }


def _signal(shell: StationShell, i: int, now_ns: int) -> dict[str, Any]:
    signals = shell.engine.view().signals
    info, code = signals.infos[i], signals.qualities[i]
    value: float | int | str | None = signals.exact.get(i, signals.values[i])
    if is_bad(code) or (isinstance(value, float) and math.isnan(value)):
        value = None
    return {
        "id": info.id,
        "unit": info.unit,
        "digits": info.digits,
        "value": value,
        "quality": code,
        "reason": Quality(code).name.lower(),
        "age_s": (now_ns - signals.times_ns[i]) / SECOND if signals.times_ns[i] else None,
    }


def _tag(
    shell: StationShell, i: int, groups: dict[tuple[str, str], tuple[Poller, GroupState]], now_ns: int
) -> dict[str, Any]:
    tag = shell.engine.spec.tags[i]
    number = shell.engine.view().signals.index[tag.id]
    signal = _signal(shell, number, now_ns)
    signal["name"] = {"en": tag.name.en, "zh": tag.name.zh}
    signal["device"], signal["group"] = tag.device, tag.group
    if state := next((state for state in tag.states if state.value == signal["value"]), None):
        signal["state"] = {"en": state.en, "zh": state.zh}
    found = groups.get((tag.device, tag.group))
    if found is not None:
        poller, group = found
        signal |= {
            "last_good_age_s": _age(shell.engine.last_good_ns(number), now_ns),
            "last_error": _message(group.last_error or (None if poller.up else poller.reason)),
            "last_error_age_s": _age(group.last_error_ns, now_ns),
            "request": _request(group, tag.id),
            "next_attempt_s": _next_attempt(poller, group, tag.id, now_ns),
        }
    return signal


def _request(group: GroupState, tag: str) -> dict[str, Any] | None:
    request = next((request for request in group.plan.requests if tag in request.tags), None)
    if request is None:
        return None
    return {"text": request.text, **(_message(request.message) or {})}


def _next_attempt(poller: Poller, group: GroupState, tag: str, now_ns: int) -> float:
    session = poller.session
    rest = session.retry_s(tag) if isinstance(session, Telling) else None
    return max(0.0, (poller.next_attempt_ns(group) - now_ns) / SECOND, rest or 0.0)


def _link(poller: Poller, now_ns: int) -> dict[str, Any]:
    return {
        "id": poller.link.id,
        "driver": poller.link.driver,
        "up": poller.up,
        "reason": _message(poller.reason),
        "retry_s": None if poller.up else max(0.0, (poller.retry_ns - now_ns) / SECOND),
        "devices": {name: {"silent": device.silent} for name, device in poller.devices.items()},
        "facts": dict(poller.session.facts()) if isinstance(poller.session, Explaining) else {},
        "notices": [_message(notice) for notice in poller.notices],
        "groups": [
            {
                "device": group.plan.device,
                "group": group.plan.group,
                "period_s": group.period_ns / SECOND,
                "cycles": group.cycles,
                "skipped": group.skipped,
                "worst_late_s": group.worst_late_ns / SECOND,
                "requests": len(group.plan.requests),
            }
            for group in poller.groups
        ],
    }


def _message(message: Message | Notice | None) -> dict[str, Any] | None:
    """A text as data: whoever shows it renders it in the reader's language."""
    return None if message is None else {"code": message.code, "params": dict(message.params)}


def _age(moment_ns: int | None, now_ns: int) -> float | None:
    return None if moment_ns is None else (now_ns - moment_ns) / SECOND
