"""The page that takes acknowledgements: GET changes nothing, the code decides, guessing ends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from heatmon.runtime.clock import Clock
from tests.notify.provider import Provider, provider, says
from tests.notify.station import Station, settings


@asynccontextmanager
async def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Station, str, str]]:
    """A station with an alarm that was told; the page's address and the code."""
    monkeypatch.setenv("HM_TOKEN", "t")
    async with provider(says(errcode=0)) as at:
        robot = {"kind": "wecom", "id": "a", "url": at.url, "token": "${env:HM_TOKEN}"}
        listener = {"port": 1, "public_url": "https://heat.example.org"}
        station = Station(tmp_path, Clock(), settings([robot], listener=listener))
        station.spec.notify.listener.__dict__["port"] = 0  # type: ignore[union-attr]  # any free port
        await station.start()
        try:
            station.feed(0.7)
            yield station, *await address_and_code(station, at)
        finally:
            await station.stop()


async def address_and_code(station: Station, at: Provider) -> tuple[str, str]:
    await at.count(1)
    line = next(line for line in at.asked[0].text.split("\n") if line.startswith("Acknowledge:"))
    words = line.split()
    path = words[-1].removeprefix("https://heat.example.org")
    assert station.dispatcher is not None
    (page,) = station.dispatcher._pages.values()
    return f"http://127.0.0.1:{page.port}{path}", words[2]


async def test_get_changes_nothing_and_post_with_the_code_acknowledges(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with told(tmp_path, monkeypatch) as (station, url, code), aiohttp.ClientSession() as http:
        page = ""
        for _ in range(10):
            async with http.get(url) as answer:
                assert answer.status == 200
                page = await answer.text()
                assert answer.headers["Cache-Control"] == "no-store"
                assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "A1" not in page
        async with http.head(url) as answer:
            assert answer.status == 200
        assert "alarm.acknowledged" not in station.codes()
        async with http.post(url, data={"code": "222222"}, headers={"Accept-Language": "en"}) as answer:
            assert (answer.status, "not valid" in await answer.text()) == (403, True)
        async with http.post(url, data={"code": code}, headers={"Accept-Language": "en-GB"}) as answer:
            text = await answer.text()
            assert (answer.status, "confirms on site" in text) == (200, True)
        acknowledged = station.entries("alarm.acknowledged")[0]
        assert acknowledged.header.actor == "li@web/code"
        refused = station.entries("code.refused")[0].fields
        assert refused == {"channel": "web", "reason": "unknown"}
        async with http.post(url, data={"code": code}) as answer:
            assert (answer.status, "无效" in await answer.text()) == (403, True)


async def test_guessing_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with told(tmp_path, monkeypatch) as (station, url, code), aiohttp.ClientSession() as http:
        for n in range(20):
            async with http.post(url.rsplit("/", 1)[0] + f"/{n + 50}", data={"code": "222222"}) as answer:
                assert answer.status == 403
        async with http.post(url, data={"code": code}) as answer:
            assert answer.status == 429
        async with http.post(url, data={"code": "x" * 10_000}) as answer:
            assert answer.status in (413, 429)
        assert "alarm.acknowledged" not in station.codes()


async def test_an_alarm_that_waits_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with told(tmp_path, monkeypatch) as (station, url, code), aiohttp.ClientSession() as http:
        assert await station.command("ack", alarm="A1")
        async with http.post(url, data={"code": code}) as answer:
            assert (answer.status, "已无需确认" in await answer.text()) == (403, True)
        assert station.codes().count("alarm.acknowledged") == 1
