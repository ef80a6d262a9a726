"""The baseline of the polling benches: pymodbus reads a block and `struct` unpacks it, nothing else.

    python bench/polling/bare.py PERIOD_S PORT…        PERIOD_S 0: as fast as it goes

Standard event loop, an absolute grid, the same 20 phases a second as heatmon.
"""

from __future__ import annotations

import asyncio
import struct
import sys
import time

from pymodbus.client import AsyncModbusTcpClient

PHASES = 20


async def poll(number: int, port: int, period_s: float) -> None:
    client = AsyncModbusTcpClient("127.0.0.1", port=port, timeout=3)
    await client.connect()
    offset = (number * 7 % PHASES) / PHASES * period_s
    due = time.time() // max(period_s, 1.0) * max(period_s, 1.0) + max(period_s, 1.0) + offset
    while True:
        if period_s:
            await asyncio.sleep(max(0.0, due - time.time()))
            due += period_s
        answer = await client.read_holding_registers(0, count=80, device_id=1)
        values = struct.unpack(">40f", struct.pack(">80H", *answer.registers))
        assert len(values) == 40


async def main() -> None:
    period_s, ports = float(sys.argv[1]), [int(port) for port in sys.argv[2:]]
    await asyncio.gather(*(poll(n, port, period_s) for n, port in enumerate(ports)))


asyncio.run(main())
