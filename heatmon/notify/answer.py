"""Acknowledging from outside: a code that was right becomes a command, like any other person's."""

from __future__ import annotations

import asyncio
from typing import Final, Literal

from heatmon.catalogue import Language, render
from heatmon.core.effect import Reply
from heatmon.core.input import Actor, Command
from heatmon.notify.codes import Codes, Proved
from heatmon.notify.office import Office
from heatmon.notify.row import Row

CARRY_CODES: Final = frozenset({"raised", "reannounced", "escalated", "drill"})
"""Kinds of messages that can be acknowledged."""
MUTE: Final = frozenset({"sounder"})
"""Kinds of channels that nobody can answer to."""
Verdict = Literal["done", "onsite", "gone", "no", "none"]
"""done; done, and P1 still escalates until somebody confirms on site; the alarm waits no more; the
code does not hold; there was no code in it."""


class Answers:
    """What comes back from people of one station."""

    def __init__(self, office: Office, codes: Codes) -> None:
        self._office, self._codes = office, codes

    def code_line(self, row: Row, language: Language) -> str:
        """The line of a message that tells how to acknowledge it; nothing where nobody can. A thread's."""
        notify = self._office.notify
        kinds = {channel.id: channel.kind for channel in notify.channels}
        wanted = notify.codes or notify.listener is not None
        if not wanted or row.kind not in CARRY_CODES or kinds.get(row.channel) in MUTE | {None}:
            return ""
        code = self._codes.for_row(row, self._office.now_ns())
        if notify.listener is None:
            return render("notify.code", language, code=code)
        url = f"{notify.listener.public_url.rstrip('/')}/a/{row.id}"
        return render("notify.code_link", language, code=code, url=url)

    async def by_reply(self, channel: str, address: str, text: str) -> Verdict:
        """A short message came in on a channel from an address."""
        office = self._office
        found = await asyncio.to_thread(
            self._codes.check_reply, office.station, channel, address, text, office.now_ns()
        )
        return await self._carry_out(found, channel, "sms")

    async def by_page(self, message: int, text: str) -> Verdict:
        """A code was posted on the page of a message."""
        office = self._office
        found = await asyncio.to_thread(self._codes.check_page, message, text, office.now_ns())
        return await self._carry_out(found, "web", "web")

    async def _carry_out(self, found: Proved | str, channel: str, via: Literal["sms", "web"]) -> Verdict:
        if not isinstance(found, Proved):
            if found == "no_code":
                return "none"
            self._office.say("code.refused", {"reason": found, "channel": channel})
            return "no"
        row = found.row
        actor = self._actor(row.recipient, via)
        if actor is None:
            # The person was taken out of the settings since: no access any more.
            self._office.say("code.refused", {"reason": "unknown person", "channel": channel})
            return "no"
        reply = await self._office.port.command(self._command(row, actor))
        return self._verdict(row, reply)

    def _command(self, row: Row, actor: Actor) -> Command:
        key = f"{actor.person}/{row.key}"
        if row.kind == "drill":
            return Command(key, "answer_drill", {"drill": row.occurrence}, actor)
        alarm = str(row.entry["fields"].get("alarm", ""))
        return Command(key, "ack", {"alarm": alarm, "occurrence": row.occurrence}, actor)

    def _actor(self, person: str, via: Literal["sms", "web"]) -> Actor | None:
        for known in self._office.port.spec.persons:
            if known.id == person:
                return Actor(person, known.role, via, "code")
        return None

    @staticmethod
    def _verdict(row: Row, reply: Reply) -> Verdict:
        if not reply.ok:
            return "gone"
        return "onsite" if row.priority == "P1" and row.kind != "drill" else "done"
