"""Zero wrong values: reads through a wire that delays, duplicates, truncates, swaps ids and sends garbage.

Each register tells its unit, its address and the number of the request that it answers, so that a word
of another unit, another address or an earlier answer to the very same request is recognised. The whole
driver and the whole server run; only the socket is left out, so that waiting costs nothing.
"""

from __future__ import annotations

import asyncio
import os
import random
import struct
from collections import Counter

import pytest

from heatmon.core.quality import Quality
from heatmon.core.spec import Device, Group, Link, Tag
from heatmon.driver import DriverError, ReadPlan
from heatmon_drivers.modbus import DRIVER
from heatmon_drivers.modbus.options import LinkOptions
from heatmon_drivers.modbus.session import ModbusSession
from heatmon_simulators.modbus import faults
from heatmon_simulators.modbus.bank import Area
from tests.virtual import run
from tests.wire import Wire

TIMEOUT_S = 0.2
UNITS = (1, 2, 5)
NUMBERS = 64
LINES = 20


class Telling:
    """A unit whose word at address a, in its n-th answer, is unit ‖ a ‖ n (3, 7 and 6 bits)."""

    def __init__(self, unit: int) -> None:
        self._unit, self.answers = unit, 0

    def read(self, _area: Area, address: int, count: int) -> bytes:
        self.answers += 1
        number = self.answers % NUMBERS
        return struct.pack(
            f">{count}H", *(self._unit << 13 | a << 6 | number for a in range(address, address + count))
        )


def mix(seed: int, framing: str) -> faults.Fault:
    """One reply in five suffers one of the faults of time, absence and falsehood."""
    kinds = [
        faults.delay(0.05), faults.delay(0.3), faults.late(0.05), faults.late(0.3), faults.late(1.1),
        faults.silence(), faults.reset(), faults.hang_up(), faults.truncate(5), faults.truncate(9, "close"),
        faults.truncate(11), faults.duplicate(2), faults.duplicate(3), faults.garbage(12),
        faults.garbage(300), faults.noise_before(), faults.wrong_transaction(), faults.zero_transaction(),
        faults.swapped_transactions(), faults.foreign_protocol(), faults.wrong_unit(),
        faults.wrong_function(4), faults.resized(1), faults.resized(-1), faults.wrong_byte_count(),
        faults.exception(6), faults.exception(11), faults.trickle(3, 0.001),
    ]  # fmt: skip
    if framing == "rtu":
        # On TCP a bit that falls over is the business of TCP's own checksum: Modbus has none there.
        kinds.append(faults.bad_crc())
    dice = random.Random(seed)

    def act(exchange: faults.Exchange) -> None:
        if dice.random() < 0.2:
            dice.choice(kinds).apply(exchange)

    return faults.Fault("mix", act)


def plans(link: Link) -> list[tuple[int, ReadPlan]]:
    """Two blocks of equal length in each unit, and a third of another length."""
    made = []
    for unit in UNITS:
        for first, count in ((0, 5), (40, 5), (60, 8)):
            group = Group.model_validate({"id": "g", "period": "1 s"})
            device = Device.model_validate(
                {
                    "id": f"u{unit}",
                    "link": "lan",
                    "options": {"unit": unit},
                    "groups": [{"id": "g", "period": "1 s"}],
                }
            )
            words = {"en": "x", "zh": "x"}
            common = {"device": device.id, "group": "g", "name": words}
            tags = [
                Tag.model_validate({"id": f"t{n}", "address": {"register": n}} | common)
                for n in range(first, first + count)
            ]
            made.append((unit, DRIVER.plan(link, device, group, tags)))
    return made


def wrong(unit: int, before: int, plan: ReadPlan, values: list[float], qualities: bytes) -> str:
    """What is wrong with the good ones among these values, if anything."""
    for tag, value, quality in zip(plan.tags, values, qualities, strict=True):
        if quality == Quality.GOOD:
            word = int(value)
            if (word >> 13, word >> 6 & 127) != (unit, int(tag[1:])):
                return f"{tag} of unit {unit} shows {word:#06x}"
            # An answer to this request, or to its one repetition, was made after `before`.
            if (word - before) % NUMBERS not in (1, 2):
                return f"{tag} of unit {unit}: answer {word % NUMBERS}, asked after {before % NUMBERS}"
        elif value == value:
            return f"{tag} is bad ({quality}) and has a number"
    return ""


async def campaign(reads: int, transport: dict[str, object], ids: str, seed: int) -> Counter[str]:
    """One line with all faults; what came of its reads."""
    units = {unit: Telling(unit) for unit in UNITS}
    framing = "rtu" if transport["kind"] == "rtu_over_tcp" else "tcp"
    wire = Wire(units, framing, dice=random.Random(seed))
    times = {"timeout": f"{TIMEOUT_S} s", "quiet_after_fault": "2 s"}
    options = {"transport": transport, "transaction_id": ids} | times
    link = Link.model_validate({"id": "lan", "driver": "modbus", "options": options})
    session = ModbusSession(LinkOptions.model_validate(options), wire.open)
    wire.faults.add(mix(seed, framing))
    what, dice, choice = Counter[str](), random.Random(seed), plans(link)
    await session.connect()
    for _ in range(reads):
        unit, plan = dice.choice(choice)
        before = units[unit].answers
        try:
            block = await session.read(plan)
        except DriverError as error:
            what[error.kind] += 1
            if error.scope == "link":
                await session.connect()
            continue
        fault = wrong(unit, before, plan, list(block.values), block.qualities)
        assert not fault, fault
        what["good" if set(block.qualities) == {Quality.GOOD} else "refused"] += 1
    await session.close()
    await wire.close()
    return what


KINDS: list[tuple[dict[str, object], str]] = [
    ({"kind": "tcp", "host": "h"}, "check"),
    ({"kind": "rtu_over_tcp", "host": "h", "port": 1}, "check"),
    ({"kind": "tcp", "host": "h"}, "ignore"),
    ({"kind": "tcp", "host": "h"}, "zero"),
]


@pytest.mark.parametrize(("transport", "ids"), KINDS, ids=["tcp", "rtu_over_tcp", "ids_ignored", "id_zero"])
def test_no_wrong_value_through_a_faulty_wire(transport: dict[str, object], ids: str) -> None:
    what = run(campaign(2000, transport, ids, seed=11))
    assert what["good"] > 1200
    assert what["timeout"] > 40
    assert what["protocol"] > 40


@pytest.mark.soak
@pytest.mark.parametrize(("transport", "ids"), KINDS, ids=["tcp", "rtu_over_tcp", "ids_ignored", "id_zero"])
def test_no_wrong_value_in_a_million_reads(transport: dict[str, object], ids: str) -> None:
    """A quarter of the million for each kind of line, over twenty lines with faults of their own."""
    reads = int(os.environ.get("HEATMON_READS", "1000000")) // len(KINDS) // LINES

    async def story() -> Counter[str]:
        what = Counter[str]()
        for part in await asyncio.gather(*(campaign(reads, transport, ids, seed) for seed in range(LINES))):
            what += part
        return what

    what = run(story())
    print(f"{transport['kind']} {ids}: {dict(what)}")
    assert sum(what.values()) == reads * LINES
