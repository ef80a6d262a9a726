"""The real server: whatever happens on the way, it holds every (series, millisecond, value) once."""

from __future__ import annotations

import asyncio
import resource
from pathlib import Path
from random import Random

from heatmon.export.watch import Watch
from tests.export.fixture import START, Hand, Path_, Store, destination
from tests.export.middle import Middle, Said, middle
from tests.export.victoria import expected, needs_victoria, settled, victoria

pytestmark = needs_victoria
SAMPLES = '{__name__=~"heatmon_value|heatmon_quality"}'


async def test_samples_and_events_arrive_as_they_were_stored(tmp_path: Path) -> None:
    store = Store(tmp_path / "state")
    end = store.fill(START, 600)
    store.event("alarm.raised", end, alarm="A1", priority="P1")
    store.event("alarm.acknowledged", end, alarm="A1", priority="P1")
    with victoria(tmp_path / "vm") as server:
        path = Path_(store.state, destination(server.url), Hand(end))
        await path.run()
        rows = expected(store.text())
        assert await settled(server, len(rows)) == rows
        assert path.sent == 6000 + 3
        assert path.forwarder.progress.past == path.claims.passed()
        await path.close()


async def test_lost_answers_change_nothing_but_the_work(tmp_path: Path) -> None:
    store = Store(tmp_path / "state")
    end = store.fill(START, 600)
    lost = Random(3)
    with victoria(tmp_path / "vm") as server:
        async with middle(server.url, lambda _: Said(lose=True) if lost.random() < 0.5 else None) as between:
            path = Path_(store.state, destination(between.url, rows=500), Hand(end))
            await path.run()
            rows = expected(store.text())
            assert await settled(server, len(rows)) == rows
            assert path.sent == 6001
            assert len(between.requests) > 18
            await path.close()


async def test_without_deduplication_a_lost_answer_doubles_rows_and_the_count_says_so(tmp_path: Path) -> None:
    store = Store(tmp_path / "state")
    end = store.fill(START, 60)
    answers = iter([None, Said(lose=True)])
    with victoria(tmp_path / "vm", dedup=False) as server:
        async with middle(server.url, lambda _: next(answers, None)) as between:
            path = Path_(store.state, destination(between.url, query_url=server.url), Hand(end))
            await path.run()
            rows = expected(store.text())
            found = await settled(server, len(rows) + 1200)
            assert sorted({*found}) == rows
            assert len(found) == len(rows) + 2 * 600, "each sample twice, value and quality"
            path.hand.pass_s(2 * 3600)
            watch = Watch(path.forwarder)
            await watch.count()
            ((code, fields),) = watch.status()["alarms"]
            assert (code, fields["sent"], fields["stored"]) == ("forward.double", 600, 1200)
            await path.close()


async def test_the_forwarder_dies_at_any_moment(tmp_path: Path) -> None:
    store = Store(tmp_path / "state")
    end = store.fill(START, 900)
    random = Random(11)
    with victoria(tmp_path / "vm") as server:
        path = Path_(store.state, destination(server.url, rows=300), Hand(end))
        for _ in range(40):
            turns = asyncio.create_task(path.run(turns=20))
            await asyncio.sleep(random.random() * 0.05)
            turns.cancel()
            await asyncio.gather(turns, return_exceptions=True)
            await path.reopen()
        await path.run()
        rows = expected(store.text())
        assert await settled(server, len(rows)) == rows
        await path.close()


async def test_the_server_is_killed_and_what_it_forgot_is_found_and_sent_again(tmp_path: Path) -> None:
    """A 204 is no promise: a killed server forgets what it had not written. The hourly count tells."""
    store = Store(tmp_path / "state")
    end = store.fill(START, 1800)
    with victoria(tmp_path / "vm") as server:
        path = Path_(store.state, destination(server.url, rows=2000), Hand(end))
        watch = Watch(path.forwarder)
        await path.run(turns=5)
        server.kill()
        await path.run(turns=5)
        assert path.forwarder.trouble is not None
        assert path.forwarder.trouble.code == "forward.refused"
        server.start()
        await path.run()
        path.hand.pass_s(2 * 3600)
        await asyncio.sleep(1.5)
        await watch.count()
        alarms = watch.status()["alarms"]
        rows = expected(store.text())
        if alarms:
            # It depends on the moment whether the server had written all of it.
            code, fields = alarms[0]
            assert code == "forward.short"
            assert fields["sent"] == 18_000 > fields["stored"]
            path.ledger.ask_hour("tsdb", fields["number"])
            await path.run()
        samples = [row for row in rows if row[0][0][1] in ("heatmon_value", "heatmon_quality")]
        assert await settled(server, len(samples), SAMPLES) == samples
        await watch.count()
        assert watch.status()["alarms"] == []
        await path.close()


async def test_72_hours_without_a_server_first_the_present_then_the_past(tmp_path: Path) -> None:
    """Virtual time, real rows, the real server: two outages, the second while the first still drains."""
    store = Store(tmp_path / "state")
    hand = Hand(START)
    with victoria(tmp_path / "vm") as server:
        down = True
        async with middle(server.url, lambda _: Said(503) if down else None) as between:
            path = Path_(store.state, destination(between.url, rows=1000, every="5 s"), hand)
            for hour in range(72):
                hand.wall_ns = store.fill(START + hour * 3600 * 10**9, 60, 60.0)
                await path.run(turns=3, until_idle=False)
            assert path.sent == 0
            status = Watch(path.forwarder).status()
            assert status["backlog_rows"] == 72 * 60 * 10
            assert 71.9 < status["backlog_hours"] < 72.1
            assert status["alarms"][0][0] == "forward.backlog"
            down = False
            hand.pass_s(60)
            fresh: list[int] = []
            for step in range(16):
                hand.pass_s(5)
                store.fill(START + (72 * 3600 + step * 5) * 10**9, 1)
                await path.run(turns=3, until_idle=False)
                fresh.append(newest_of(between) - path.forwarder.newest_ns())
                if step == 8:
                    assert path.forwarder.progress.split, "the past is still draining"
                    assert Watch(path.forwarder).status()["backlog_rows"] > 0
                    down = True
                    store.fill(START + (72 * 3600 + 41) * 10**9, 300, 0.01)
                    hand.pass_s(1800)
                    await path.run(turns=3, until_idle=False)
                    down = False
                    hand.pass_s(60)
                    await path.run(turns=6, until_idle=False)
                    assert len(path.forwarder.progress.islands) == 2
            assert max(fresh[3:]) == 0, "from the first seconds on the newest sample is there"
            await path.run(turns=100_000)
            rows = expected(store.text())
            assert await settled(server, len(rows)) == rows
            assert path.sent == len(store.text().splitlines())
            assert Watch(path.forwarder).status()["backlog_rows"] == 0
            await path.close()


def newest_of(between: Middle) -> int:
    return max(int(line.rpartition(" ")[2]) for request in between.requests[-8:] for line in request) * 10**6


async def test_clock_steps_move_no_row_and_lose_none(tmp_path: Path) -> None:
    store = Store(tmp_path / "state")
    with victoria(tmp_path / "vm") as server:
        path = Path_(store.state, destination(server.url), Hand(START))
        at = START
        for step_s in (0, 7200, -3600, -40_000, 90_000):
            at += step_s * 10**9
            at = store.fill(at, 60) + 500_000_000
            path.hand.wall_ns = at + 3600 * 10**9
            await path.run()
        rows = expected(store.text())
        assert await settled(server, len(rows)) == rows
        await path.close()


async def test_a_full_disk_of_the_station_sends_again_and_loses_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path / "state")
    end = store.fill(START, 300)
    with victoria(tmp_path / "vm") as server:
        path = Path_(store.state, destination(server.url, rows=500), Hand(end))
        await path.run(turns=3)
        wal = store.state / "forward.db-wal"
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        # The kernel refuses to let any file grow, as a full disk does.
        resource.setrlimit(resource.RLIMIT_FSIZE, (wal.stat().st_size, hard))
        try:
            await path.run(turns=10, until_idle=False)
            refused = path.forwarder.trouble
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert refused is not None
        assert refused.code == "forward.store"
        await path.run()
        rows = expected(store.text())
        assert await settled(server, len(rows)) == rows
        await path.close()


async def test_a_poisoned_line_among_5000_is_left_out_and_nothing_else(tmp_path: Path) -> None:
    store = Store(tmp_path / "state")
    end = store.fill(START, 500)
    poison = store.text().splitlines()[4321]

    def refuse(lines: list[str]) -> Said | None:
        return Said(400, body="unable to parse") if poison in lines else None

    with victoria(tmp_path / "vm") as server:
        async with middle(server.url, refuse) as between:
            path = Path_(store.state, destination(between.url), Hand(end))
            await path.run()
            rows = sorted({*expected(store.text())} - {*expected(poison)})
            assert await settled(server, len(rows)) == rows
            assert [parked.line.strip() for parked in path.ledger.parked()] == [poison]
            await path.close()
