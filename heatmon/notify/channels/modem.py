"""Short messages through a GSM modem on a serial line, for the station whose internet is gone."""

from __future__ import annotations

import asyncio
import itertools
import logging
import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from heatmon.core.spec.channel import SmsModem
from heatmon.notify.channel import Message, Outcome, shortened
from heatmon.notify.channels.at import AtLine, ModemError
from heatmon.notify.channels.pdu import PduError, Received, Report, parse, submit_length, submits
from heatmon.notify.fit import cut_characters
from heatmon.secret import SecretError, reveal

log = logging.getLogger("heatmon.notify")

COMMAND_S: Final = 5.0
FULL: Final = re.compile(r"\+CMS ERROR: (38|42|47|331|332|500)\b")
"""No network, congestion, out of time: later. Other codes are about the message or the number."""
_STORED: Final = re.compile(r"\+CMGL: (\d+),")


class ModemChannel:
    """Sent when the network has it (``+CMGS``); delivered when its report says so (`reports`).

    The line is opened at the first message and again after any trouble. One conversation at a time.
    """

    def __init__(self, settings: SmsModem) -> None:
        self.kind, self.per_minute, self.per_second = "sms_modem", settings.per_minute, None
        self.limit_bytes = 0
        self.receives = settings.receive
        self._settings = settings
        self._line: AtLine | None = None
        self._talking = asyncio.Lock()
        self._references = itertools.count(1)

    async def send(self, message: Message) -> Outcome:
        """Try once."""
        settings = self._settings
        text = cut_characters(message.short, 67 * settings.parts)
        try:
            pdus = submits(message.to, text, settings.parts, next(self._references))
            async with self._talking:
                line = await self._opened()
                named = [await self._submit(line, pdu) for pdu in pdus]
        except PduError as error:
            return Outcome("refused", shortened(error))
        except SecretError as error:
            return Outcome("refused", shortened(error), channel=True)
        except ModemError as error:
            return self._failed(str(error))
        return Outcome("taken", f"+CMGS {', '.join(named)}", ref=named[-1])

    def _failed(self, said: str) -> Outcome:
        if "+CMS ERROR" in said and not FULL.search(said):
            return Outcome("refused", shortened(said))
        self._hang_up()
        return Outcome("broken", shortened(said))

    async def _submit(self, line: AtLine, pdu: str) -> str:
        answer = await line.ask(f"AT+CMGS={submit_length(pdu)}", self._settings.timeout_s, pdu)
        for text in answer:
            if text.startswith("+CMGS:"):
                return text.removeprefix("+CMGS:").strip()
        raise ModemError("AT+CMGS: OK without a reference")

    async def _opened(self) -> AtLine:
        if self._line is not None:
            return self._line
        line = AtLine(self._settings.port, self._settings.baud)
        try:
            await line.ask("ATE0", COMMAND_S)
            await self._unlock(line)
            await line.ask("AT+CMGF=0", COMMAND_S)
            # Reports and messages are kept, and asked for: nothing is missed while nobody listens.
            with suppress(ModemError):
                await line.ask("AT+CNMI=2,1,0,2,0", COMMAND_S)
        except BaseException:
            line.close()
            raise
        self._line = line
        return line

    async def _unlock(self, line: AtLine) -> None:
        answer = await line.ask("AT+CPIN?", COMMAND_S)
        if any("SIM PIN" in text for text in answer):
            if self._settings.pin is None:
                raise ModemError("the card asks for its PIN, and none is configured")
            # Once and never again by itself: three wrong ones lock the card.
            await line.ask(f'AT+CPIN="{reveal(self._settings.pin)}"', COMMAND_S)

    async def collect(self) -> list[tuple[str, Received | Report]]:
        """What came in: (place on the card, reply or report). `forget` each when it was handled.

        Raises ModemError.
        """
        async with self._talking:
            stored = _stored(await self._asked(await self._opened(), "AT+CMGL=4"))
        found = []
        for index, pdu in stored:
            try:
                found.append((index, parse(pdu)))
            except PduError as error:
                # It would stay for ever and fill the card.
                log.warning("%s: %s", self._settings.port, error)
                await self.forget(index)
        return found

    async def forget(self, index: str) -> None:
        """Remove what was handled from the card. Raises ModemError."""
        async with self._talking:
            await self._asked(await self._opened(), f"AT+CMGD={index}")

    async def _asked(self, line: AtLine, command: str) -> list[str]:
        try:
            return await line.ask(command, COMMAND_S)
        except ModemError:
            self._hang_up()
            raise

    def _hang_up(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None

    async def close(self) -> None:
        """Let go of the line."""
        self._hang_up()


def _stored(lines: Sequence[str]) -> list[tuple[str, str]]:
    """(place on the card, PDU) from the answer to AT+CMGL, whose lines come in pairs."""
    found = []
    for head, pdu in itertools.pairwise(lines):
        if match := _STORED.match(head):
            found.append((match[1], pdu))
    return found
