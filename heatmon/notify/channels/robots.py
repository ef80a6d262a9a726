"""Robots of DingTalk, WeCom and Feishu groups.

All three answer HTTP 200 also when they refuse: the code in the body decides. Texts are sent as
plain text, never as markdown: what an operator wrote is data. Codes are those of the providers'
documentation; an unknown code is a refusal of this message.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from heatmon.core.spec.channel import DingTalk, Feishu, WeCom
from heatmon.notify.channel import Message, Outcome, shortened
from heatmon.notify.channels.http import HttpPoster, Request
from heatmon.notify.fit import fit_bytes
from heatmon.secret import reveal


@dataclass(frozen=True, slots=True)
class Provider:
    """How a provider answers and what it allows.

    code, text: fields of the answer; 0 is yes. busy: codes that mean "later", with seconds. way:
    codes about the robot, its secret or address. limit_bytes: of the text; two of them take 20 kB of
    request, and JSON may double a text.
    """

    kind: str
    code: str
    text: str
    busy: Mapping[int, float]
    way: frozenset[int]
    limit_bytes: int
    per_second: int | None = None


# Its "sent too fast" is followed by ten minutes of silence; 310000 is signature, key word or address.
DINGTALK: Final = Provider(
    "dingtalk",
    "errcode",
    "errmsg",
    {130101: 600.0, 90018: 60.0, 90030: 600.0, -1: 5.0},
    frozenset({310000, 300001, 300005, 400101, 400102, 40035, 43004}),
    9_000,
)
WECOM: Final = Provider(
    "wecom", "errcode", "errmsg", {45009: 60.0, 45033: 10.0, -1: 5.0}, frozenset({93000, 93008, 40014}), 2_048
)
# 19021: signature or its time, 19022: address
# not allowed, 19024: key word missing, 19001 and 9499: no such robot or a request it cannot read.
FEISHU: Final = Provider(
    "feishu",
    "code",
    "msg",
    {11232: 60.0, 11233: 60.0, 99991400: 5.0},
    frozenset({19001, 19021, 19022, 19024, 9499}),
    9_000,
    per_second=5,
)


def wall_ms() -> int:
    """The provider's clock as near as we know it: signatures carry real time, also in simulations."""
    return time.time_ns() // 1_000_000


def judged(provider: Provider, answer: Mapping[str, Any]) -> Outcome:
    """What the body of an answer means."""
    code = answer.get(provider.code)
    if not isinstance(code, int) or isinstance(code, bool):
        # Half a body, or a page of somebody in between: nobody knows whether it arrived.
        return Outcome("broken", shortened(f"no {provider.code} in the answer: {dict(answer)}"))
    if code == 0:
        return Outcome("confirmed", f"{provider.code} 0")
    said = shortened(f"{provider.code} {code} {answer.get(provider.text, '')}")
    if code in provider.busy:
        return Outcome("busy", said, wait_s=provider.busy[code])
    return Outcome("refused", said, channel=code in provider.way)


class _Robot:
    def __init__(self, provider: Provider, per_minute: int, timeout_s: float) -> None:
        self._provider = provider
        self.kind, self.limit_bytes, self.per_second = (
            provider.kind,
            provider.limit_bytes,
            provider.per_second,
        )
        self.per_minute = per_minute
        self._poster = HttpPoster(timeout_s)

    async def _post(self, make: Callable[[], Request]) -> Outcome:
        return await self._poster.post(make, lambda answer: judged(self._provider, answer))

    async def close(self) -> None:
        """Close the session."""
        await self._poster.close()


class DingTalkRobot(_Robot):
    """Signed with base64(HMAC-SHA256(secret, "<ms>\\n<secret>")); valid for an hour; 20 a minute."""

    def __init__(self, settings: DingTalk, now_ms: Callable[[], int] = wall_ms) -> None:
        super().__init__(DINGTALK, settings.per_minute, settings.timeout_s)
        self._settings, self._now_ms = settings, now_ms

    async def send(self, message: Message) -> Outcome:
        """Try once."""
        return await self._post(lambda: self._request(message))

    def _request(self, message: Message) -> Request:
        settings = self._settings
        params = {"access_token": reveal(settings.token)}
        if settings.secret is not None:
            stamp = str(self._now_ms())
            params |= {"timestamp": stamp, "sign": ding_sign(reveal(settings.secret), stamp)}
        body: dict[str, Any] = {
            "msgtype": "text",
            "text": {"content": fit_bytes(message.text, self.limit_bytes)},
        }
        if (mobile := _mobile(message.to)) is not None:
            body["at"] = {"atMobiles": [mobile], "isAtAll": False}
        return Request(settings.url, params, body=_json(body))


class WeComRobot(_Robot):
    """No signature; 20 a minute; 2,048 bytes of text."""

    def __init__(self, settings: WeCom) -> None:
        super().__init__(WECOM, settings.per_minute, settings.timeout_s)
        self._settings = settings

    async def send(self, message: Message) -> Outcome:
        """Try once."""
        return await self._post(lambda: self._request(message))

    def _request(self, message: Message) -> Request:
        text: dict[str, Any] = {"content": fit_bytes(message.text, self.limit_bytes)}
        if (mobile := _mobile(message.to)) is not None:
            text["mentioned_mobile_list"] = [mobile]
        body = {"msgtype": "text", "text": text}
        return Request(self._settings.url, {"key": reveal(self._settings.token)}, body=_json(body))


class FeishuRobot(_Robot):
    """Signed with base64(HMAC-SHA256("<s>\\n<secret>", "")); valid for an hour; 100 a minute, 5 a second."""

    def __init__(self, settings: Feishu, now_ms: Callable[[], int] = wall_ms) -> None:
        super().__init__(FEISHU, settings.per_minute, settings.timeout_s)
        self._settings, self._now_ms = settings, now_ms

    async def send(self, message: Message) -> Outcome:
        """Try once."""
        return await self._post(lambda: self._request(message))

    def _request(self, message: Message) -> Request:
        settings = self._settings
        text = fit_bytes(message.text, self.limit_bytes)
        body: dict[str, Any] = {"msg_type": "text", "content": {"text": text}}
        if settings.secret is not None:
            stamp = str(self._now_ms() // 1000)
            body |= {"timestamp": stamp, "sign": feishu_sign(reveal(settings.secret), stamp)}
        return Request(f"{settings.url.rstrip('/')}/{reveal(settings.token)}", body=_json(body))


def ding_sign(secret: str, stamp_ms: str) -> str:
    """DingTalk's signature; the query quotes it, once."""
    digest = hmac.new(secret.encode(), f"{stamp_ms}\n{secret}".encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def feishu_sign(secret: str, stamp_s: str) -> str:
    """Feishu's signature: the text that others sign is the key here, and the message is empty."""
    digest = hmac.new(f"{stamp_s}\n{secret}".encode(), b"", hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def _mobile(to: str) -> str | None:
    """The member to be mentioned, where the roster names one."""
    return to.removeprefix("+86") if to.lstrip("+").isdigit() else None


def _json(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
