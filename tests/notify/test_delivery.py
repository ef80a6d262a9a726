"""From a change of state to a message and back into the journal, over real connections."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from heatmon.notify.states import State
from heatmon.runtime.clock import Clock
from heatmon.store.verify import verify
from tests.notify.provider import Asked, Reply, provider, says
from tests.notify.station import Station, alarm, settings

YES = says(errcode=0, errmsg="ok")
NO = says(errcode=460101, errmsg="message too long")


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HM_TOKEN", "t")


def wecom(name: str, url: str, **changes: Any) -> dict[str, Any]:
    return {"kind": "wecom", "id": name, "url": f"{url}/{name}", "token": "${env:HM_TOKEN}"} | changes


@asynccontextmanager
async def running(path: Path, notify: dict[str, Any], **changes: Any) -> AsyncIterator[Station]:
    station = Station(path, Clock(), notify, **changes)
    await station.start()
    try:
        yield station
    finally:
        await station.stop()
    assert verify(path / "journal.db").ok


async def test_raised_acknowledged_returned_are_one_message_each(tmp_path: Path) -> None:
    async with provider(YES) as at, running(tmp_path, settings([wecom("a", at.url)])) as station:
        station.feed(0.7)
        await at.count(1)
        station.feed(0.7)
        assert await station.command("ack", alarm="A1", comment="on my way")
        await at.count(2)
        station.feed(0.3)
        await at.count(3)
        await station.until(lambda: len(station.codes("delivery.")) == 3)
        texts = [asked.text for asked in at.asked]
        assert texts[0].startswith("[P1] station: A1 too high\np2r 0.7 MPa, limit 0.6 MPa\nSince ")
        assert "\nCause: a stuck pump\n" in texts[0]
        assert "\nDo: open the valve\n" in texts[0]
        assert texts[1].startswith("station: A1 too high acknowledged by 张三\non my way\n")
        assert texts[2].startswith("station: A1 too high back to normal\n")
        raised = station.entries("alarm.raised")[0]
        assert texts[0].endswith(f"Journal {raised.header.event_seq}:{raised.hash.hex()[:16]}")
        told = station.entries("delivery.")[0].fields
        assert (told["occurrence"], told["recipient"], told["channel"]) == ("A1#1", "li", "a")
        assert (told["of"], told["attempts"], told["answer"]) == (
            str(raised.header.event_seq),
            1,
            "errcode 0",
        )


async def test_who_acknowledges_is_done_with_it(tmp_path: Path) -> None:
    notify = settings([])
    async with provider(YES) as at:
        notify = settings([wecom("a", at.url)])
        notify["escalation"][0]["steps"][0]["to"] = ["shift", "dispatch"]
        async with running(tmp_path, notify) as station:
            station.feed(0.7)
            await at.count(2)
            await station.until(lambda: len(station.codes("delivery.")) == 2)
            assert await station.command("ack", alarm="A1")
            await at.count(4)
            states = {row.recipient: row.state for row in station.rows() if row.kind == "raised"}
            await station.until(
                lambda: any(row.state is State.ACKNOWLEDGED for row in station.rows() if row.kind == "raised")
            )
            states = {row.recipient: row.state for row in station.rows() if row.kind == "raised"}
            assert states == {"zhang": State.ACKNOWLEDGED, "li": State.DELIVERED}
            assert "已通知" in at.asked[0].text or "Told:" in at.asked[1].text


async def test_a_refusal_goes_the_next_way_and_stands_beside_the_alarm(tmp_path: Path) -> None:
    async with provider(lambda asked: NO if asked.path == "/a" else YES) as at:
        notify = settings([wecom("a", at.url), wecom("b", at.url)])
        async with running(tmp_path, notify) as station:
            station.feed(0.7)
            await at.count(2)
            await station.until(lambda: len(station.codes("delivery.")) == 2)
            assert sorted(station.codes("delivery.")) == ["delivery.delivered", "delivery.refused"]
            assert station.codes("channel.") == []
            refused = station.entries("delivery.refused")[0].fields
            assert (refused["channel"], refused["answer"]) == ("a", "errcode 460101 message too long")


async def test_a_dead_channel_is_one_state_change_however_many_alarms(tmp_path: Path) -> None:
    alarms = [alarm(f"A{n}", "P1") for n in range(30)]
    async with provider(YES) as gone:
        dead = gone.url
    async with provider(YES) as at:
        notify = settings([wecom("a", dead), wecom("b", at.url, per_minute=600)])
        async with running(tmp_path, notify, alarms=alarms) as station:
            station.feed(0.7)
            await at.count(30)
            station.feed(0.3)
            await at.count(60)
            await station.until(lambda: len(station.codes("delivery.delivered")) >= 60)
            assert station.codes("channel.") == ["channel.failed"]
            failed = station.entries("channel.failed")[0].fields
            assert failed["channel"] == "a"
            assert "refused" in failed["reason"].lower()
            # Told to dispatch by the way that works, once; in this flood with the next digest.
            notices = [row for row in station.rows() if row.entry["code"] == "channel.failed"]
            assert [(row.recipient, row.channel) for row in notices] == [("li", "b")]
            status = station.dispatcher.office("hx1").status()  # type: ignore[union-attr]  # it runs
            assert status["a"]["down_since_ns"] is not None
            assert status["b"]["down_since_ns"] is None


async def test_the_language_is_the_recipients(tmp_path: Path) -> None:
    async with provider(YES) as at:
        notify = settings([wecom("a", at.url)])
        notify["escalation"][0]["steps"][0]["to"] = ["zhang"]
        async with running(tmp_path, notify) as station:
            station.feed(0.7)
            await at.count(1)
            assert "处置：开泄压阀" in at.asked[0].text
            assert at.asked[0].text.startswith("【P1】")


async def test_p3_in_a_flood_comes_as_one_digest_and_p1_alone_before(tmp_path: Path) -> None:
    alarms = [alarm(f"B{n}", "P3") for n in range(40)] + [alarm("A1", "P1")]
    async with provider(YES) as at:
        digest = {"above": 5, "within": "10 min", "every": "1 s"}
        notify = settings([wecom("a", at.url, per_minute=600)], digest=digest)
        async with running(tmp_path, notify, alarms=alarms) as station:
            station.feed(0.7)
            # P1, five of P3, that there is a flood, and the digest.
            await at.count(8)
            await station.until(lambda: station.codes("delivery.").count("delivery.delivered") == 8)
            texts = [asked.text for asked in at.asked]
            assert texts[0].startswith("[P1]")
            assert texts[-1].startswith("station: 35 messages together\n")
            assert texts[-1].count("\n") == 36
            folded = [row for row in station.rows() if row.state is State.FOLDED]
            assert len(folded) == 35
            said = station.entries("delivery.")[-1].fields
            assert (said["kind"], said["count"]) == ("digest", 35)


async def test_quiet_hours_hold_p3_and_never_p1(tmp_path: Path) -> None:
    async with provider(YES) as at:
        notify = settings([wecom("a", at.url)])
        for contact in notify["contacts"]:
            contact["quiet"] = {"start": "00:00", "end": "23:59"}
        async with running(tmp_path, notify) as station:
            station.feed(0.7, 90.0)
            await at.count(1)
            await station.until(lambda: len(station.rows()) == 2)
            states = {row.priority: row.state for row in station.rows()}
            assert states["P3"] is State.HELD
            assert at.asked[0].text.startswith("[P1]")


async def test_p1_goes_another_way_when_the_limit_is_reached(tmp_path: Path) -> None:
    alarms = [alarm(f"A{n}", "P1") for n in range(5)]
    async with provider(YES) as at:
        notify = settings([wecom("a", at.url, per_minute=2), wecom("b", at.url)])
        async with running(tmp_path, notify, alarms=alarms) as station:
            station.feed(0.7)
            await at.count(5)
            paths = [asked.path for asked in at.asked]
            assert sorted(paths) == ["/a", "/a", "/b", "/b", "/b"]


async def test_restart_announces_nothing_twice(tmp_path: Path) -> None:
    async with provider(YES) as at:
        notify = settings([wecom("a", at.url)])
        async with running(tmp_path, notify) as station:
            station.feed(0.7)
            await station.until(lambda: len(station.codes("delivery.")) == 1)
        for _ in range(3):
            async with running(tmp_path, notify) as station:
                station.feed(0.7)
        assert len(at.asked) == 1
        async with running(tmp_path, notify) as station:
            station.feed(0.3)
            await at.count(2)
            assert len(station.rows()) == 2


async def test_a_throttled_robot_is_left_alone_as_long_as_it_says(tmp_path: Path) -> None:
    answers: list[Reply] = [says(429, headers={"Retry-After": "1"}), YES]

    def answer(_asked: Asked) -> Reply:
        return answers.pop(0)

    async with provider(answer) as at, running(tmp_path, settings([wecom("a", at.url)])) as station:
        station.feed(0.7)
        await at.count(2)
        await station.until(lambda: station.codes("delivery.") == ["delivery.delivered"])
        row = station.rows()[0]
        assert row.attempts == 2
        assert row.changed_ns - row.planned_ns >= 1_000_000_000
        assert station.codes("channel.") == []
