"""What an answer of a database means: one table. Pure.

2xx moves the cursor. 413 halves the batch. 400 and 422 are for ever: the line is looked for. What an
engineer must mend (address, rights, certificate) holds everything, with the remedy in words. All
else is waited for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Final

LONGEST_WAIT_S: Final = 3600.0
SHOWN: Final = 200
"""Characters of a body that are kept."""


class Verdict(Enum):
    """What to do with the batch."""

    ACCEPTED = "accepted"
    HALVE = "halve"
    SIEVE = "sieve"
    HOLD = "hold"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply, or what came instead of one.

    failure: None, or one of `FAILURES`. headers: names in lower case. body: its beginning.
    """

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    failure: str | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """verdict, and what to tell people: catalogue key and fields. wait_s: asked for by the server."""

    verdict: Verdict
    code: str = "forward.accepted"
    params: Mapping[str, str | int] = field(default_factory=dict)
    wait_s: float | None = None


_STATUS: Final[Mapping[int, tuple[Verdict, str]]] = {
    400: (Verdict.SIEVE, "forward.bad_line"),
    401: (Verdict.HOLD, "forward.unauthorized"),
    403: (Verdict.HOLD, "forward.forbidden"),
    404: (Verdict.HOLD, "forward.not_found"),
    407: (Verdict.HOLD, "forward.proxy_login"),
    408: (Verdict.LATER, "forward.busy"),
    413: (Verdict.HALVE, "forward.too_large"),
    422: (Verdict.SIEVE, "forward.bad_line"),
    425: (Verdict.LATER, "forward.busy"),
    429: (Verdict.LATER, "forward.busy"),
    503: (Verdict.LATER, "forward.busy"),
}
FAILURES: Final[Mapping[str, tuple[Verdict, str]]] = {
    "timeout": (Verdict.LATER, "forward.timeout"),
    "refused": (Verdict.LATER, "forward.refused"),
    "name": (Verdict.LATER, "forward.name"),
    "broken": (Verdict.LATER, "forward.broken"),
    "certificate": (Verdict.HOLD, "forward.certificate"),
    "tls": (Verdict.HOLD, "forward.tls"),
    "address": (Verdict.HOLD, "forward.address"),
    "secret": (Verdict.HOLD, "forward.secret"),
}


def judge(answer: Answer, now_s: float) -> Judgement:
    """The meaning of an answer. now_s: UTC seconds, for a Retry-After that is a date."""
    if answer.failure is not None:
        verdict, code = FAILURES[answer.failure]
        return Judgement(verdict, code, {"detail": answer.detail[:SHOWN]})
    said: dict[str, str | int] = {"status": answer.status, "detail": " ".join(answer.body[:SHOWN].split())}
    if _is_page(answer):
        # Not the database: a proxy or login page in between. 5xx pages of gateways pass by themselves.
        verdict = Verdict.LATER if answer.status >= 500 else Verdict.HOLD
        return Judgement(verdict, "forward.page", {"status": answer.status}, retry_after_s(answer, now_s))
    if 200 <= answer.status < 300:
        return Judgement(Verdict.ACCEPTED)
    if 300 <= answer.status < 400:
        to = answer.headers.get("location", "-")[:SHOWN]
        return Judgement(Verdict.HOLD, "forward.redirect", {"status": answer.status, "to": to})
    if (known := _STATUS.get(answer.status)) is not None:
        return Judgement(*known, said, retry_after_s(answer, now_s))
    if answer.status >= 500:
        return Judgement(Verdict.LATER, "forward.server", said, retry_after_s(answer, now_s))
    return Judgement(Verdict.HOLD, "forward.status", said)


def _is_page(answer: Answer) -> bool:
    kind = answer.headers.get("content-type", "").lower()
    return "html" in kind or answer.body.lstrip()[:15].lower().startswith(("<!doctype", "<html"))


def retry_after_s(answer: Answer, now_s: float) -> float | None:
    """Seconds the server asks us to wait: a number or a date, at most an hour; None when it does not."""
    text = answer.headers.get("retry-after", "").strip()
    if not text:
        return None
    if text.isdigit():
        return min(float(text), LONGEST_WAIT_S)
    moment = _date_s(text)
    if moment is None:
        return None
    # By the server's own clock where it tells it: ours may be off.
    server = _date_s(answer.headers.get("date", ""))
    return min(max(0.0, moment - (now_s if server is None else server)), LONGEST_WAIT_S)


def clock_offset_s(answer: Answer, now_s: float) -> float | None:
    """How far the server's clock is ahead of ours, by its Date header; None where it has none."""
    server = _date_s(answer.headers.get("date", ""))
    return None if server is None else server - now_s


def _date_s(text: str) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp()
