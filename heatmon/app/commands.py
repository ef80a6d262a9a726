"""Answering the control socket: who asks, whether they may, and what the daemon itself answers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any, Final

from heatmon.app.reload import Asked, Outcome, Reloading
from heatmon.app.shared import Running, Shared
from heatmon.app.telling import Telling
from heatmon.control import Answer, accepted, actor_of, refusal
from heatmon.core.authority import SHELL_VERBS, may
from heatmon.core.input import Actor, Command
from heatmon.export.ledger import parked_lines
from heatmon.runtime.status import station_status

log = logging.getLogger("heatmon")

JOURNAL_LINES: Final = 10
JOURNAL_LINES_MAX: Final = 1000
OF_ALL: Final = frozenset({"status", "reload"})
"""Verbs that mean every station of the daemon when none is named."""


class Commands:
    """The daemon's side of the control socket."""

    def __init__(self, shared: Shared, reloading: Reloading, telling: Telling) -> None:
        self._shared, self._reloading, self._telling = shared, reloading, telling

    async def answer(
        self, station: str | None, verb: str, command_id: str, args: dict[str, Any], uid: int
    ) -> Answer:
        """The answer to one request, after whatever it brought about is on disk."""
        if station is None and verb in OF_ALL:
            return await self._of_all(verb, command_id, args, uid)
        running = self._station(station)
        if running is None:
            known = ", ".join(self._shared.stations) or "–"
            code = "control.which_station" if station is None else "control.unknown_station"
            return refusal(command_id, code, station=station or "–", known=known)
        actor = self._actor(running, uid)
        if verb not in SHELL_VERBS:
            return await self._engine_command(running, command_id, verb, args, actor)
        if not may(actor.role, verb):
            return _not_allowed(command_id, verb, actor)
        return await self._shell_command(running, verb, command_id, args, actor)

    def _station(self, station: str | None) -> Running | None:
        stations = self._shared.stations
        if station is None and len(stations) == 1:
            return next(iter(stations.values()))
        return stations.get(station or "")

    @staticmethod
    def _actor(running: Running, uid: int) -> Actor:
        # Asked anew each time: a reload that removes a person removes the access.
        return actor_of(uid, running.shell.engine.spec.persons)

    async def _engine_command(
        self, running: Running, command_id: str, verb: str, args: dict[str, Any], actor: Actor
    ) -> Answer:
        # The engine remembers answers by id: nobody gets the answer to another person's command.
        command = Command(f"{actor.person}/{command_id}", verb, args, actor)
        try:
            reply = await running.shell.command(command)
        except Exception as error:
            log.exception("command %s could not be recorded", verb)
            return refusal(command_id, "control.not_written", reason=str(error))
        return {
            "id": command_id,
            "ok": reply.ok,
            "code": reply.code,
            "params": dict(reply.params),
            "event_seqs": list(reply.event_seqs),
        }

    async def _shell_command(
        self, running: Running, verb: str, command_id: str, args: Mapping[str, Any], actor: Actor
    ) -> Answer:
        if verb == "status":
            return accepted(command_id, [self._status(running)])
        if verb == "notify":
            return accepted(command_id, await asyncio.to_thread(self._telling.status, running))
        if verb == "journal":
            count = _lines(args)
            if count is None:
                return refusal(command_id, "control.lines", most=JOURNAL_LINES_MAX)
            entries = await asyncio.to_thread(running.journal.tail, count)
            return accepted(command_id, [entry.as_dict() for entry in entries])
        if verb == "paths":
            return accepted(command_id, await asyncio.to_thread(parked_lines, self._shared.state))
        outcome = await self._reloading.station(running, actor, _asked(args))
        return _reloaded(command_id, [outcome])

    async def _of_all(self, verb: str, command_id: str, args: Mapping[str, Any], uid: int) -> Answer:
        stations = self._shared.stations
        if verb == "status":
            data = [self._status(running) for running in stations.values()]
            return accepted(command_id, data) | {"left_out": self._shared.faults}
        if stations and not any(may(self._actor(one, uid).role, verb) for one in stations.values()):
            return _not_allowed(command_id, verb, self._actor(next(iter(stations.values())), uid))

        def actor_at(running: Running) -> Actor | None:
            actor = self._actor(running, uid)
            return actor if may(actor.role, verb) else None

        return _reloaded(command_id, await self._reloading.everything(actor_at, _asked(args)))

    def _status(self, running: Running) -> dict[str, Any]:
        pollers = [watched.poller for watched in running.watched.values()]
        status = station_status(running.shell, pollers, self._shared.clock.now_ns())
        status["time_factor"] = self._shared.clock.factor
        status["simulated"] = self._shared.clock.simulated
        named = {destination.id for destination in running.shell.engine.spec.destinations}
        status["paths"] = [path for name, path in self._shared.paths.items() if name in named]
        return status


def _not_allowed(command_id: str, verb: str, actor: Actor) -> Answer:
    needed = " / ".join(SHELL_VERBS[verb].roles)
    params = {"verb": verb, "needed": needed, "person": actor.person, "role": actor.role}
    return refusal(command_id, "control.role", **params)


def _lines(args: Mapping[str, Any]) -> int | None:
    """How many entries are asked for; None for anything that is no count."""
    try:
        count = int(args.get("lines", JOURNAL_LINES))
    except (TypeError, ValueError, OverflowError):
        return None
    return min(count, JOURNAL_LINES_MAX) if count > 0 else None


def _asked(args: Mapping[str, Any]) -> Asked:
    """How a reload was asked for; an unknown language is the daemon's own."""
    named = args.get("language")
    return Asked("zh" if named == "zh" else "en" if named == "en" else None, args.get("only_show") == "yes")


def _reloaded(command_id: str, outcomes: list[Outcome]) -> Answer:
    """One answer for one station or many: refused when any keeps its old settings because of faults."""
    bad = [outcome for outcome in outcomes if not outcome.ok]
    data = {
        outcome.name: {"ok": outcome.ok, "code": outcome.code, "lines": list(outcome.lines)}
        for outcome in outcomes
    }
    if bad:
        faults = "\n".join(line for outcome in bad for line in outcome.lines)
        kept = ", ".join(outcome.name for outcome in bad)
        return refusal(command_id, bad[0].code, faults=faults, station=kept) | {"data": data}
    changed = [outcome for outcome in outcomes if outcome.code != "control.unchanged"]
    answer = accepted(command_id, data)
    names = {"station": ", ".join(outcome.name for outcome in changed or outcomes) or "–"}
    if not changed:
        return answer | {"code": "control.unchanged", "params": names}
    seqs = [seq for outcome in changed for seq in outcome.event_seqs] if len(outcomes) == 1 else []
    return answer | {"code": changed[0].code, "params": names, "event_seqs": seqs}
