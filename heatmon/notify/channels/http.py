"""One HTTP request and what came of it, for robots, webhooks and gateways.

Foreign exceptions end here: no connection, no answer in time, an answer that breaks off, one that is
no JSON. HTTP 429 means "too much", 5xx "not now"; other codes from 300 are a no.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import aiohttp

from heatmon.notify.channel import Outcome, shortened
from heatmon.secret import SecretError

ANSWER_MOST: Final = 64 * 1024
WAY: Final = frozenset({301, 302, 307, 308, 401, 403, 404, 405, 410})
"""Answers about the address or the right to use it, not about the message."""
Judge = Callable[[dict[str, Any]], Outcome]


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked. One of `body` (JSON in bytes) and `form`."""

    url: str
    params: Mapping[str, str] | None = None
    headers: Mapping[str, str] | None = None
    body: bytes | None = None
    form: Mapping[str, str] | None = None


class HttpPoster:
    """Posts; keeps one session for its life, made at the first request."""

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._session: aiohttp.ClientSession | None = None

    async def post(self, make: Callable[[], Request], judge: Judge) -> Outcome:
        """Ask once; `judge` reads the JSON of a 2xx answer. `make` may find a secret missing."""
        try:
            request = make()
        except SecretError as error:
            return Outcome("refused", shortened(error), channel=True)
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=self._timeout_s))
        headers = dict(request.headers or {})
        if request.form is None:
            headers["Content-Type"] = "application/json"
        try:
            async with self._session.post(
                request.url,
                params=request.params,
                headers=headers,
                data=request.body if request.form is None else dict(request.form),
                allow_redirects=False,
            ) as answer:
                raw = await answer.content.read(ANSWER_MOST)
                return _judged(answer.status, answer.headers.get("Retry-After"), raw, judge)
        except TimeoutError:
            return Outcome("broken", f"no answer within {self._timeout_s:g} s")
        except (aiohttp.ClientError, OSError) as error:
            # Never the address: a robot's carries its token.
            return Outcome("broken", _said(error))

    async def close(self) -> None:
        """Close the session."""
        if self._session is not None:
            await self._session.close()
            self._session = None


def _said(error: Exception) -> str:
    number = getattr(getattr(error, "os_error", error), "errno", None)
    text = os.strerror(number) if isinstance(number, int) and number > 0 else type(error).__name__
    return shortened(f"{type(error).__name__}: {text}")


def _judged(status: int, retry_after: str | None, raw: bytes, judge: Judge) -> Outcome:
    text = raw.decode("utf-8", "replace")
    if status == 429:
        wait = float(retry_after) if retry_after and retry_after.isdigit() else 0.0
        return Outcome("busy", shortened(f"HTTP 429 {text}"), wait_s=wait)
    if status >= 500:
        return Outcome("broken", shortened(f"HTTP {status} {text}"))
    if not 200 <= status < 300:
        return Outcome("refused", shortened(f"HTTP {status} {text}"), channel=status in WAY)
    try:
        answer = json.loads(text) if text.strip() else {}
    except ValueError:
        answer = {"": text}
    return judge(answer if isinstance(answer, dict) else {"": answer})
