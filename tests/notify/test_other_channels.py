"""The horn, webhooks, gateways, and what apprise is believed."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import os
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from heatmon.core.spec.channel import Apprise, SmsGateway, Sounder, Webhook
from heatmon.notify.channel import Message
from heatmon.notify.channels.apprise import AppriseChannel
from heatmon.notify.channels.sounder import SounderChannel
from heatmon.notify.channels.webhook import SmsGatewayChannel, WebhookChannel
from tests.notify.provider import HANGS, provider, says

MESSAGE = Message(
    "hx1-7-0", "+8613800138000", "s", "line 1\nline 2", "short", "A1#1", True, "P1",
    {"kind": "raised", "name": "超压", "value": "0.7 MPa", "cause": ""},
)  # fmt: skip


def sounder(*argv: str, limit_s: float = 5.0) -> SounderChannel:
    settings = Sounder.model_validate({"kind": "sounder", "id": "horn", "argv": list(argv)})
    return SounderChannel(settings, limit_s)


async def test_the_horn_sounds_and_is_told_only_kind_and_priority(tmp_path: Path) -> None:
    script = "import json,os,sys; json.dump([sys.argv[1:], dict(os.environ)], open(sys.argv[1], 'w'))"
    out = tmp_path / "out"
    outcome = await sounder(sys.executable, "-c", script, str(out), "$(reboot); `x`").send(MESSAGE)
    assert outcome.verdict == "confirmed"
    argv, environment = json.loads(out.read_text())
    assert argv[1] == "$(reboot); `x`"
    assert environment["HEATMON_PRIORITY"] == "P1"
    assert environment["HEATMON_KIND"] == "raised"
    assert set(environment) <= {"PATH", "HEATMON_PRIORITY", "HEATMON_KIND", "LC_CTYPE", "PWD"}


async def test_a_horn_that_fails_says_why() -> None:
    outcome = await sounder(sys.executable, "-c", "import sys; sys.exit('no sound card')").send(MESSAGE)
    assert (outcome.verdict, outcome.answer) == ("broken", "exit 1 no sound card")
    missing = await sounder("/no/such/horn").send(MESSAGE)
    assert missing.verdict == "broken"


async def test_a_horn_that_hangs_is_ended_with_its_children(tmp_path: Path) -> None:
    script = (
        "import os,signal,sys,time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = os.fork()\n"
        "if child: open(sys.argv[1], 'w').write(f'{os.getpid()} {child}')\n"
        "time.sleep(600)\n"
    )
    pids = tmp_path / "pids"
    outcome = await sounder(sys.executable, "-c", script, str(pids), limit_s=1.0).send(MESSAGE)
    assert (outcome.verdict, "ended" in outcome.answer) == ("broken", True)
    for pid in map(int, pids.read_text().split()):
        for _ in range(200):
            if not alive(pid):
                break
            await asyncio.sleep(0.01)
        assert not alive(pid)


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


async def test_a_horn_that_talks_without_end_does_not_block() -> None:
    script = "import sys; sys.stderr.write('x' * 10_000_000)"
    assert (await sounder(sys.executable, "-c", script).send(MESSAGE)).verdict == "confirmed"


def webhook(url: str, **changes: Any) -> WebhookChannel:
    return WebhookChannel(
        Webhook.model_validate({"kind": "webhook", "id": "w", "url": url, "timeout": "1 s"} | changes)
    )


async def test_a_webhook_is_signed_and_carries_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HM_SIGN", "k3y")
    monkeypatch.setenv("HM_AUTH", "Bearer abc")
    async with provider(says(ok=True)) as at:
        way = webhook(at.url, signing="${env:HM_SIGN}", headers={"Authorization": "${env:HM_AUTH}"})
        outcome = await way.send(MESSAGE)
        await way.close()
    assert outcome.verdict == "confirmed"
    asked = at.asked[0]
    stamp = asked.headers["x-heatmon-timestamp"]
    expected = hmac.new(b"k3y", stamp.encode() + b"." + asked.body, hashlib.sha256).hexdigest()
    assert asked.headers["x-heatmon-signature"] == f"sha256={expected}"
    assert asked.headers["idempotency-key"] == "hx1-7-0"
    assert asked.headers["authorization"] == "Bearer abc"
    assert asked.json["name"] == "超压"
    assert asked.json["text"] == "line 1\nline 2"
    assert "cause" not in asked.json


async def test_a_webhook_with_a_body_of_its_own_and_an_answer_that_decides() -> None:
    accept = {"field": "result.code", "values": ["0", "OK"]}
    body = {"title": "{name} {value}", "id": "{key}"}
    for answer, verdict in (
        (says(result={"code": 0}), "confirmed"),
        (says(result={"code": "OK"}), "confirmed"),
        (says(result={"code": 7}), "refused"),
        (says(other=1), "broken"),
        ((200, {}, b"not json"), "broken"),
        (HANGS, "broken"),
        (says(302, headers={"Location": "http://127.0.0.1:1/"}), "refused"),
        (says(503), "broken"),
    ):
        async with provider(answer) as at:
            way = webhook(at.url, accept=accept, body=body)
            outcome = await way.send(MESSAGE)
            await way.close()
        assert outcome.verdict == verdict, answer
        assert at.asked[0].json == {"title": "超压 0.7 MPa", "id": "hx1-7-0"}


@pytest.mark.parametrize("form", ["urlencoded", "json"])
async def test_a_gateway_that_says_yes_has_it_and_no_more(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HM_SMS", "k&y")
    settings = {
        "kind": "sms_gateway", "id": "g", "form": form, "timeout": "1 s",
        "values": {"mobile": "{to}", "content": "{text}"}, "secrets": {"apikey": "${env:HM_SMS}"},
        "accept": {"field": "code", "values": ["0"]}, "ref": "data.sid",
    }  # fmt: skip
    async with provider(says(code=0, data={"sid": "a1"})) as at:
        way = SmsGatewayChannel(SmsGateway.model_validate(settings | {"url": at.url}))
        outcome = await way.send(MESSAGE)
        await way.close()
    assert (outcome.verdict, outcome.ref) == ("taken", "a1")
    raw = at.asked[0].body.decode()
    asked = json.loads(raw) if form == "json" else {k: v[0] for k, v in parse_qs(raw).items()}
    assert asked == {"mobile": "+8613800138000", "content": "short", "apikey": "k&y"}
    async with provider(says(code=22, msg="balance")) as at:
        way = SmsGatewayChannel(SmsGateway.model_validate(settings | {"url": at.url}))
        outcome = await way.send(MESSAGE)
        await way.close()
    assert (outcome.verdict, "balance" in outcome.answer) == ("refused", True)


# A module of the library imports one that Python will drop.
@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
async def test_apprise_hands_over_and_never_delivers(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("apprise") if not os.environ.get("CI") else __import__("apprise")
    # The service refuses, with HTTP 200; apprise says true.
    async with provider(says(code=1, reason="refused")) as at:
        monkeypatch.setenv("HM_URL", f"json://127.0.0.1:{at.port}/x")
        way = AppriseChannel(Apprise.model_validate({"kind": "apprise", "id": "a", "url": "${env:HM_URL}"}))
        outcome = await way.send(MESSAGE)
    assert len(at.asked) == 1
    assert outcome.verdict == "handed"
    monkeypatch.setenv("HM_URL", "nosuch://x")
    assert (await way.send(MESSAGE)).verdict == "refused"
