"""Robots against the answers that their services document: the body decides, never the 200."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any
from urllib.parse import quote_plus

import pytest

from heatmon.core.spec.channel import DingTalk, Feishu, WeCom
from heatmon.notify.channel import Message
from heatmon.notify.channels.robots import DingTalkRobot, FeishuRobot, WeComRobot, ding_sign, feishu_sign
from tests.notify.provider import HANGS, Provider, Reply, half, provider, says

MESSAGE = Message("hx-1-0", "+8613800138000", "超压", "【P1】超压\n处置：开泄压阀", "P1 超压")
SECRETS = {"HM_TOKEN": "tok en", "HM_SECRET": "SEC42"}


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)


def robot(kind: str, at: Provider, **changes: Any) -> DingTalkRobot | WeComRobot | FeishuRobot:
    settings = {"kind": kind, "id": "r", "url": f"{at.url}/send", "token": "${env:HM_TOKEN}"} | changes
    if kind == "dingtalk":
        return DingTalkRobot(DingTalk.model_validate(settings), lambda: 1_700_000_000_123)
    if kind == "wecom":
        return WeComRobot(WeCom.model_validate(settings))
    return FeishuRobot(Feishu.model_validate(settings), lambda: 1_700_000_000_123)


OK = {"dingtalk": says(errcode=0, errmsg="ok"), "wecom": says(errcode=0, errmsg="ok"),
      "feishu": says(code=0, msg="success", StatusCode=0)}  # fmt: skip
CASES: list[tuple[str, Reply, str, bool, float]] = [
    (
        "dingtalk",
        says(errcode=130101, errmsg="send too fast, exceed 20 times"),
        "busy",
        False,
        600,
    ),
    ("dingtalk", says(errcode=310000, errmsg="sign not match"), "refused", True, 0),
    ("dingtalk", says(errcode=310000, errmsg="invalid timestamp"), "refused", True, 0),
    ("dingtalk", says(errcode=300001, errmsg="token is not exist"), "refused", True, 0),
    ("dingtalk", says(errcode=460101, errmsg="message too long"), "refused", False, 0),
    ("dingtalk", says(errcode=-1, errmsg="system busy"), "busy", False, 5),
    ("wecom", says(errcode=93000, errmsg="invalid webhook url"), "refused", True, 0),
    ("wecom", says(errcode=45009, errmsg="api freq out of limit"), "busy", False, 60),
    ("wecom", says(errcode=40058, errmsg="text.content exceed max length 2048"), "refused", False, 0),
    (
        "feishu",
        says(code=19021, msg="timestamp is not within one hour"),
        "refused",
        True,
        0,
    ),
    ("feishu", says(code=19024, msg="Key Words Not Found"), "refused", True, 0),
    ("feishu", says(code=11232, msg="frequency limited psm"), "busy", False, 60),
    ("feishu", says(code=9499, msg="Bad Request", data={}), "refused", True, 0),
]
ANY: list[tuple[Reply, str, bool]] = [
    (says(500, error="x"), "broken", False),
    (says(429, headers={"Retry-After": "30"}), "busy", False),
    (says(404), "refused", True),
    ((200, {}, b"<html>portal</html>"), "broken", False),
    ((200, {}, b""), "broken", False),
    ((200, {}, b'{"errcode": true, "code": "0"}'), "broken", False),
    (HANGS, "broken", False),
    (half(errcode=0, code=0, errmsg="ok"), "broken", False),
]


@pytest.mark.parametrize("kind", ["dingtalk", "wecom", "feishu"])
async def test_a_yes_in_the_body_is_delivered(kind: str) -> None:
    async with provider(OK[kind]) as at:
        channel = robot(kind, at)
        outcome = await channel.send(MESSAGE)
        await channel.close()
    assert (outcome.verdict, len(at.asked)) == ("confirmed", 1)
    assert at.asked[0].text == MESSAGE.text


@pytest.mark.parametrize(("kind", "reply", "verdict", "way", "wait_s"), CASES)
async def test_a_refusal_with_http_200_is_a_refusal(
    kind: str, reply: Reply, verdict: str, way: bool, wait_s: float
) -> None:
    async with provider(reply) as at:
        channel = robot(kind, at)
        outcome = await channel.send(MESSAGE)
        await channel.close()
    assert (outcome.verdict, outcome.channel, outcome.wait_s) == (verdict, way, wait_s)
    assert outcome.answer


@pytest.mark.parametrize("kind", ["dingtalk", "wecom", "feishu"])
@pytest.mark.parametrize(("reply", "verdict", "way"), ANY)
async def test_what_is_no_answer_is_never_a_yes(kind: str, reply: Reply, verdict: str, way: bool) -> None:
    async with provider(reply) as at:
        channel = robot(kind, at, timeout="0.3 s")
        outcome = await channel.send(MESSAGE)
        await channel.close()
    assert (outcome.verdict, outcome.channel) == (verdict, way)


async def test_nobody_listening_tells_no_token() -> None:
    async with provider(OK["dingtalk"]) as at:
        pass
    channel = robot("dingtalk", at)
    outcome = await channel.send(MESSAGE)
    await channel.close()
    assert outcome.verdict == "broken"
    assert "tok" not in outcome.answer


async def test_a_missing_secret_is_the_channels_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HM_TOKEN")
    async with provider(OK["wecom"]) as at:
        channel = robot("wecom", at)
        outcome = await channel.send(MESSAGE)
        await channel.close()
    assert (outcome.verdict, outcome.channel, at.asked) == ("refused", True, [])
    assert "HM_TOKEN" in outcome.answer


async def test_signatures_arrive_as_the_providers_check_them() -> None:
    async with provider(OK["dingtalk"]) as at:
        channel = robot("dingtalk", at, secret="${env:HM_SECRET}")
        await channel.send(MESSAGE)
        await channel.close()
    query = at.asked[0].query
    expected = hmac.new(b"SEC42", b"1700000000123\nSEC42", hashlib.sha256).digest()
    # Quoted once: what the server decodes is the signature itself.
    assert base64.b64decode(query["sign"], validate=True) == expected
    assert (query["timestamp"], query["access_token"]) == ("1700000000123", "tok en")
    assert at.asked[0].json["at"]["atMobiles"] == ["13800138000"]
    async with provider(OK["feishu"]) as at:
        channel = robot("feishu", at, secret="${env:HM_SECRET}")
        await channel.send(MESSAGE)
        await channel.close()
    body = at.asked[0].json
    expected = hmac.new(b"1700000000\nSEC42", b"", hashlib.sha256).digest()
    assert (body["timestamp"], base64.b64decode(body["sign"])) == ("1700000000", expected)
    assert at.asked[0].path == "/send/tok%20en"
    assert quote_plus(ding_sign("a", "1")) != ding_sign("a", "1")
    assert len(base64.b64decode(feishu_sign("a", "1"))) == 32


@pytest.mark.parametrize(("kind", "most"), [("dingtalk", 20_000), ("wecom", 2_048), ("feishu", 20_000)])
async def test_long_texts_are_cut_by_bytes(kind: str, most: int) -> None:
    text = (
        "【P1】超压\n"
        + "很长的一行" * 50
        + "\n"
        + ("行\n" * 9000)
        + "回复 7K3QZ9\nhttps://console\n日志 12:ab"
    )
    async with provider(OK[kind]) as at:
        channel = robot(kind, at)
        await channel.send(Message("k", "-", "s", text, "s"))
        await channel.close()
    sent = at.asked[0].text
    assert len(sent.encode()) <= most
    assert len(at.asked[0].body) <= 20_480
    assert sent.startswith("【P1】超压\n")
    assert sent.endswith("回复 7K3QZ9\nhttps://console\n日志 12:ab")
