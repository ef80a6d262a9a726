"""Alarms: what ten thousand definitions cost a cycle, and how long a change takes to become a message.

    python bench/alarms.py            both parts
    python bench/alarms.py --definitions 10000 --cycles 200 --messages 200

The first part prints a ratio to a plain loop that compares as many floats with two limits, in the same
run. The second measures from the change on the wire (the scan that carries it) to the first byte of
the message at a provider on loopback, beside the fsync of this disk and the poll interval.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from array import array
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from heatmon.core.engine import Engine
from heatmon.core.quality import Quality
from heatmon.core.scan import Scan
from heatmon.core.spec import StationSpec
from heatmon.runtime.clock import Clock

SECOND = 1_000_000_000
START = 1_800_000_000 * SECOND


def words(text: str) -> dict[str, str]:
    return {"en": text, "zh": text}


def station(tags: int, per_tag: int, **more: Any) -> StationSpec:
    """One device with `tags` pressures, each with `per_tag` alarms above or below."""

    def alarm(n: int, k: int) -> dict[str, Any]:
        above = k % 2 == 0
        limit = f"{0.6 + 0.01 * k if above else 0.1 - 0.005 * k:.3f} MPa"
        level = {"name": "H", "limit": limit, "deadband": "0.01 MPa", "priority": "P3"}
        when = "above" if above else "below"
        return {"id": f"A{n}_{k}", "name": words("a"), "signal": f"p{n}", "when": when,
                "levels": [level], "response": words("act")}  # fmt: skip

    content: dict[str, Any] = {
        "station": {"id": "bench", "name": words("bench")},
        "links": [{"id": "lan", "driver": "memory"}],
        "devices": [{"id": "plc", "link": "lan", "groups": [{"id": "fast", "period": "1 s"}]}],
        "tags": [
            {"id": f"p{n}", "device": "plc", "group": "fast", "name": words("p"), "unit": "MPa",
             "address": {"register": n}, "range": {"min": "0 MPa", "max": "1 MPa"}}
            for n in range(tags)
        ],
        "alarms": [alarm(n, k) for n in range(tags) for k in range(per_tag)],
    }  # fmt: skip
    return StationSpec.model_validate(content | more)


PER_TAG = 10
"""Alarms of one tag: high, low and rate limits of several priorities, as a full catalogue has them."""


def cycle_s(engine: Engine, tags: int, cycles: int) -> float:
    """The median of a cycle in which every value moves and nothing alarms."""
    good = bytes([Quality.GOOD]) * tags
    now, spent = engine._now, []
    for cycle in range(cycles):
        values = array("d", [0.3 + 0.0001 * ((cycle + n) % 7) for n in range(tags)])
        now += SECOND
        scan = Scan("plc", "fast", now, now, values, good, input_seq=engine.input_seq + 1)
        began = time.perf_counter()
        engine.step(scan, now)
        spent.append(time.perf_counter() - began)
    return sorted(spent)[cycles // 2]


def definitions(count: int, cycles: int) -> None:
    """What `count` calm definitions add to a cycle, against a plain loop over as many floats, two limits."""
    tags = count // PER_TAG
    bare = cycle_s(Engine(station(tags, 0), "b", START), tags, cycles)
    whole = cycle_s(Engine(station(tags, PER_TAG), "b", START), tags, cycles)
    plain = []
    floats = [0.3] * count
    for _ in range(cycles):
        began = time.perf_counter()
        beyond = 0
        for value in floats:
            if value > 0.6 or value < 0.1:
                beyond += 1
        plain.append(time.perf_counter() - began)
    loop = sorted(plain)[cycles // 2]
    print(
        f"{count} definitions on {tags} tags: a cycle takes {whole * 1e3:.2f} ms, "
        f"{bare * 1e3:.2f} ms without them"
    )
    print(
        f"a plain loop over {count} floats with two limits takes {loop * 1e3:.2f} ms; the definitions cost "
        f"{(whole - bare) / loop:.2f} times that (at most 5), the whole cycle {whole / loop:.2f} times"
    )


async def messages(count: int) -> None:
    """From the scan with the change to the first byte at the provider; one alarm after the other."""
    from heatmon.notify.dispatcher import Dispatcher
    from heatmon.notify.office import StationPort
    from heatmon.runtime.station import StationShell
    from heatmon.store.history import History
    from heatmon.store.writer import Writer

    first_byte: asyncio.Queue[float] = asyncio.Queue()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                byte = await reader.readexactly(1)
                first_byte.put_nowait(time.perf_counter())
                head = byte + await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                await reader.readexactly(length)
                answer = b'{"errcode":0}'
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(answer) + answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    os.environ["HEATMON_BENCH_TOKEN"] = "t"
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    robot = {"kind": "wecom", "id": "a", "url": url, "token": "${env:HEATMON_BENCH_TOKEN}", "per_minute": 600}
    notify = {
        "channels": [robot],
        "contacts": [{"person": "li", "ways": [{"channel": "a"}]}],
        "escalation": [{"priority": "P3", "steps": [{"after": "0 s", "to": ["li"]}]}],
        "digest": {"above": 1000},
    }
    persons = [{"id": "li", "name": "L", "role": "dispatcher"}]
    spec = station(count, 1, notify=notify, persons=persons)
    with tempfile.TemporaryDirectory() as folder:
        root, clock = Path(folder), Clock()
        writer = Writer(History(root / "history"))
        writer.start()
        journal = writer.open_journal("bench", root / "journal.db")
        shell = StationShell(Engine(spec, "b", clock.now_ns()), clock, writer)
        dispatcher = Dispatcher(root / "outbox.db", clock)
        shell.listeners.append(lambda _events: dispatcher.written("bench"))
        assert spec.notify is not None
        await dispatcher.add(StationPort(spec, journal, shell.accept, shell.command), spec.notify, lambda: ())
        took = []
        values = array("d", [0.3] * count)
        for n in range(count):
            values[n] = 0.7
            now = clock.now_ns()
            began = time.perf_counter()
            good = bytes([Quality.GOOD]) * count
            shell.accept(Scan("plc", "fast", now, now, values, good))
            took.append(await asyncio.wait_for(first_byte.get(), 30) - began)
            await asyncio.sleep(0.12)
        fsyncs = sorted(fsync_s(root / "probe") for _ in range(100))
        await dispatcher.stop()
        await shell.flush()
        await writer.stop()
    server.close()
    took.sort()
    p50, p99 = took[count // 2], took[min(count - 1, int(count * 0.99))]
    fsync = fsyncs[len(fsyncs) // 2]
    print(
        f"change to first byte over {count} alarms: median {p50 * 1e3:.1f} ms, p99 {p99 * 1e3:.1f} ms; "
        f"2 fsyncs {2 * fsync * 1e3:.1f} ms (p99 {2 * fsyncs[98] * 1e3:.1f} ms); beyond them "
        f"{(p99 - 2 * fsyncs[98]) * 1e3:.1f} ms (at most 50 + one poll interval)"
    )


def fsync_s(path: Path) -> float:
    """One append of a page and its fsync."""
    with path.open("ab") as file:
        file.write(b"x" * 4096)
        file.flush()
        began = time.perf_counter()
        os.fsync(file.fileno())
        return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--definitions", type=int, default=10_000)
    parser.add_argument("--cycles", type=int, default=200)
    parser.add_argument("--messages", type=int, default=100)
    args = parser.parse_args()
    definitions(args.definitions, args.cycles)
    asyncio.run(messages(args.messages))


if __name__ == "__main__":
    main()
