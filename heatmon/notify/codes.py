"""Reply codes: six characters that acknowledge one occurrence, for one person, on one channel.

A code holds for 24 hours, once, and dies at the fifth wrong try. The sender's number alone is no
proof: whoever answers must know the code that was sent to this person on this channel.
"""

from __future__ import annotations

import hmac
import re
import secrets
from dataclasses import dataclass
from typing import Final, Literal

from heatmon.notify.outbox import TRIES, Outbox
from heatmon.notify.row import Row

ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Without 0, 1, I and O, which people confuse on small screens."""
LENGTH: Final = 6
HOLDS_NS: Final = 24 * 3600 * 1_000_000_000
# With a figure in it, so that no "thanks" is taken for a wrong code.
_CODE: Final = re.compile(rf"(?<![0-9A-Z])(?=[A-Z]*[0-9])[{ALPHABET}]{{{LENGTH}}}(?![0-9A-Z])")

Refusal = Literal["no_code", "unknown", "used_up"]


@dataclass(frozen=True, slots=True)
class Proved:
    """A code was right: the message that it belongs to."""

    row: Row


def found_in(text: str) -> str | None:
    """The first code in what somebody wrote; any case, with or without words around it."""
    match = _CODE.search(text.upper())
    return match[0] if match else None


class Codes:
    """The codes of one daemon, in the outbox's file."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    def for_row(self, row: Row, now_ns: int) -> str:
        """The code of a message: the same one for every attempt at it."""
        code = ""
        while found_in(code) is None:
            code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
        return self._outbox.code(row.id, code, now_ns + HOLDS_NS)

    def check_reply(
        self, station: str, channel: str, address: str, text: str, now_ns: int
    ) -> Proved | Refusal:
        """A reply from an address on a channel. A wrong code counts against all that are open there."""
        said = found_in(text)
        if said is None:
            return "no_code"
        return self._check(self._outbox.open_codes(station, channel, address, now_ns), said)

    def check_page(self, message: int, text: str, now_ns: int) -> Proved | Refusal:
        """A code posted on the page of a message; it must be that message's."""
        said = found_in(text)
        if said is None:
            return "no_code"
        return self._check(self._outbox.open_code(message, now_ns), said)

    def _check(self, open_: list[tuple[int, str, int]], said: str) -> Proved | Refusal:
        if not open_:
            return "unknown"
        right = None
        for message, code, _ in open_:
            # All are compared, in constant time: nothing can be learned from how long it takes.
            if hmac.compare_digest(code, said):
                right = message
        if right is not None:
            self._outbox.use_code(right)
            return Proved(self._outbox.row(right))
        self._outbox.wrong_code([message for message, _, _ in open_])
        return "used_up" if all(tries + 1 >= TRIES for _, _, tries in open_) else "unknown"
