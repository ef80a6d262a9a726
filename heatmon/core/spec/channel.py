"""Ways to people: robots, mail, webhooks, short messages, the horn. One model each; secrets by name only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from heatmon.core.spec.base import Id, Line, Listed, Model, Positive, Seconds, written
from heatmon.core.spec.secret import Secret

Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/?#]+[^\s]*$", max_length=500)]
Port = Annotated[int, Field(ge=1, le=65535)]
PerMinute = Annotated[int, Field(ge=1, le=600)]
Timeout = Annotated[Seconds, Positive, Field(le=120)]
AbsolutePath = Annotated[str, StringConstraints(pattern=r"^/[^\x00]*$", max_length=500)]


class DingTalk(Model):
    """A robot in a DingTalk group. token: the access_token of its address; secret: of its signature."""

    kind: Literal["dingtalk"]
    id: Id
    url: Url = "https://oapi.dingtalk.com/robot/send"
    token: Secret
    secret: Secret | None = None
    per_minute: PerMinute = 20
    timeout_s: Timeout = written("8 s")


class WeCom(Model):
    """A robot in a WeCom group. token: the key of its address (this provider knows no signature)."""

    kind: Literal["wecom"]
    id: Id
    url: Url = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send"
    token: Secret
    per_minute: PerMinute = 20
    timeout_s: Timeout = written("8 s")


class Feishu(Model):
    """A robot in a Feishu group. token: the end of its address; secret: of its signature."""

    kind: Literal["feishu"]
    id: Id
    url: Url = "https://open.feishu.cn/open-apis/bot/v2/hook"
    token: Secret
    secret: Secret | None = None
    per_minute: PerMinute = 100
    timeout_s: Timeout = written("8 s")


class Mail(Model):
    """Mail over SMTP. security: ``starttls`` (a server without it is refused), ``tls``, or ``none``.

    ca: certificates to trust besides the machine's own.
    """

    kind: Literal["mail"]
    id: Id
    host: Line
    port: Port = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: Line | None = None
    password: Secret | None = None
    sender: Line
    ca: AbsolutePath | None = None
    per_minute: PerMinute = 60
    timeout_s: Timeout = written("15 s")


class Accept(Model):
    """What an answer must say besides HTTP 2xx: a field of its JSON and the values that mean yes."""

    field: Line
    values: Annotated[Listed[Line], Field(min_length=1)]


class Webhook(Model):
    """A POST of JSON to a system of the company.

    body: the JSON object, texts with fields such as ``{text}``; without it everything is sent.
    signing: HMAC-SHA256 over ``<timestamp>.<body>`` in the header ``X-Heatmon-Signature``.
    headers: further headers, for instance an ``Authorization`` that is a secret.
    """

    kind: Literal["webhook"]
    id: Id
    url: Url
    signing: Secret | None = None
    headers: Mapping[str, Secret] = Field(default_factory=dict)
    body: Mapping[str, Line] | None = None
    accept: Accept | None = None
    per_minute: PerMinute = 120
    timeout_s: Timeout = written("8 s")


class SmsGateway(Model):
    """Short messages through an HTTP gateway.

    values: what is posted, texts with ``{to}``, ``{text}``, ``{key}``; secrets: values that are
    secrets (account key). accept: how a yes looks. ref: field of the answer that names the message.
    """

    kind: Literal["sms_gateway"]
    id: Id
    url: Url
    form: Literal["json", "urlencoded"] = "urlencoded"
    values: Annotated[Mapping[str, Line], Field(min_length=1)]
    secrets: Mapping[str, Secret] = Field(default_factory=dict)
    accept: Accept
    ref: Line | None = None
    most_characters: Annotated[int, Field(ge=60, le=1000)] = 300
    per_minute: PerMinute = 60
    timeout_s: Timeout = written("10 s")


class SmsModem(Model):
    """Short messages through a GSM modem on a serial line, for when the internet is gone.

    receive: take replies (codes that acknowledge) from it too. parts: the most parts of one message.
    """

    kind: Literal["sms_modem"]
    id: Id
    port: AbsolutePath
    baud: Annotated[int, Field(ge=1200, le=921600)] = 115200
    pin: Secret | None = None
    receive: bool = False
    parts: Annotated[int, Field(ge=1, le=8)] = 4
    per_minute: PerMinute = 10
    timeout_s: Timeout = written("60 s")


class Sounder(Model):
    """A horn, lamp or announcement at the station: a program with its arguments, never a shell.

    The program is told nothing but HEATMON_PRIORITY and HEATMON_KIND in its environment, and has 10 s.
    """

    kind: Literal["sounder"]
    id: Id
    argv: Annotated[Listed[Line], Field(min_length=1)]
    per_minute: PerMinute = 30


class Apprise(Model):
    """One of the many services of the apprise library; it does not say what becomes of a message."""

    kind: Literal["apprise"]
    id: Id
    url: Secret
    most_bytes: Annotated[int, Field(ge=100)] = 2000
    per_minute: PerMinute = 10
    timeout_s: Timeout = written("30 s")


Channel = Annotated[
    DingTalk | WeCom | Feishu | Mail | Webhook | SmsGateway | SmsModem | Sounder | Apprise,
    Field(discriminator="kind"),
]
