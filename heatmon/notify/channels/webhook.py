"""JSON to a system of the company, and short messages through an HTTP gateway."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any, Final

from heatmon.core.spec.channel import Accept, SmsGateway, Webhook
from heatmon.core.wording import fill
from heatmon.notify.channel import Message, Outcome, shortened
from heatmon.notify.channels.http import HttpPoster, Request
from heatmon.notify.fit import cut_characters
from heatmon.secret import reveal

BODY_BYTES: Final = 64_000


def signature(secret: str, stamp_s: str, body: bytes) -> str:
    """``sha256=<hex>`` of HMAC-SHA256 over ``<stamp>.<body>``; the receiver checks stamp and signature."""
    return "sha256=" + hmac.new(secret.encode(), stamp_s.encode() + b"." + body, hashlib.sha256).hexdigest()


def judged(answer: Mapping[str, Any], accept: Accept | None, ref: str | None) -> Outcome:
    """What a 2xx answer means: the configured field decides, where there is one."""
    name = shortened(_field(answer, ref)) if ref is not None else ""
    if accept is None:
        return Outcome("confirmed", "HTTP 2xx", ref=name)
    found = _field(answer, accept.field)
    if str(found) in accept.values:
        return Outcome("confirmed", shortened(f"{accept.field} {found}"), ref=name)
    if found is None:
        return Outcome("broken", shortened(f"no {accept.field} in the answer: {dict(answer)}"))
    return Outcome("refused", shortened(dict(answer)))


def _field(answer: Mapping[str, Any], path: str) -> Any:
    """A field of the answer by its dotted path; None where it is not."""
    found: Any = answer
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


class WebhookChannel:
    """Signed, templated, with an idempotency key in a header: the receiver can tell doubles."""

    def __init__(self, settings: Webhook) -> None:
        self.kind, self.per_minute, self.per_second = "webhook", settings.per_minute, None
        self.limit_bytes = BODY_BYTES
        self._settings, self._poster = settings, HttpPoster(settings.timeout_s)

    async def send(self, message: Message) -> Outcome:
        """Try once."""
        return await self._poster.post(
            lambda: self._request(message), lambda answer: judged(answer, self._settings.accept, None)
        )

    def _request(self, message: Message) -> Request:
        settings = self._settings
        fields = {**message.fields, "text": message.text, "short": message.short, "to": message.to}
        body: dict[str, Any] = {"version": 1, "key": message.key, "thread": message.thread}
        body |= {name: value for name, value in fields.items() if value}
        if settings.body is not None:
            body = {name: fill(text, fields | {"key": message.key}) for name, text in settings.body.items()}
        raw = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        headers = {"Idempotency-Key": message.key}
        headers |= {name: reveal(secret) for name, secret in settings.headers.items()}
        if settings.signing is not None:
            stamp = str(int(time.time()))
            headers["X-Heatmon-Timestamp"] = stamp
            headers["X-Heatmon-Signature"] = signature(reveal(settings.signing), stamp, raw)
        return Request(settings.url, headers=headers, body=raw)

    async def close(self) -> None:
        """Close the session."""
        await self._poster.close()


class SmsGatewayChannel:
    """A gateway's yes means that it has the message: sent, not delivered."""

    def __init__(self, settings: SmsGateway) -> None:
        self.kind, self.per_minute, self.per_second = "sms_gateway", settings.per_minute, None
        self.limit_bytes = 0
        self._settings, self._poster = settings, HttpPoster(settings.timeout_s)

    async def send(self, message: Message) -> Outcome:
        """Try once."""
        outcome = await self._poster.post(
            lambda: self._request(message),
            lambda answer: judged(answer, self._settings.accept, self._settings.ref),
        )
        if outcome.verdict == "confirmed":
            return Outcome("taken", outcome.answer, outcome.ref)
        return outcome

    def _request(self, message: Message) -> Request:
        settings = self._settings
        text = cut_characters(message.short, settings.most_characters)
        fields = {**message.fields, "to": message.to, "text": text, "key": message.key}
        values = {name: fill(template, fields) for name, template in settings.values.items()}
        values |= {name: reveal(secret) for name, secret in settings.secrets.items()}
        if settings.form == "json":
            return Request(settings.url, body=json.dumps(values, ensure_ascii=False).encode())
        return Request(settings.url, form=values)

    async def close(self) -> None:
        """Close the session."""
        await self._poster.close()
