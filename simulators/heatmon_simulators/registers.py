"""The register image of the simulated PLC: where each value stands, and its 16-bit words.

The map is the one of the shipped example: holding registers from 0, float32 with the low word
first (CDAB), totalisers as uint32 hundredths, a status word, a heartbeat, mode and clock.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Final

FLOATS: Final[Mapping[int, str]] = {
    0: "t1s",
    2: "t1r",
    4: "p1s",
    6: "p1r",
    8: "f1",
    10: "q1",
    12: "t2s",
    14: "t2r",
    16: "p2s",
    18: "p2r",
    20: "f2",
    22: "fmk",
    24: "ltk",
    26: "tout",
    28: "cv_fb",
    30: "cv_cmd",
    32: "sp_plc",
}
TOTALISERS: Final[Mapping[int, tuple[str, float]]] = {40: ("vmk", 100.0), 42: ("e1", 100.0), 44: ("kwh", 1.0)}
STATUS: Final = 60
STATUS_BITS: Final = ("cp1_run", "cp1_flt", "cp2_run", "cp2_flt", "mp1_run", "mp1_flt", "pwr_ok", "flood")
HEARTBEAT: Final = 70
MODE: Final = 71
CLOCK: Final = 72
SIZE: Final = 74


def image(values: Mapping[str, float], seconds: int, epoch_s: int) -> list[int]:
    """The words of all registers for engineering values (°C, MPa, m³/h, kW, m, %, m³, GJ, kWh)."""
    words = [0] * SIZE
    for address, name in FLOATS.items():
        _put_low_first(words, address, struct.pack(">f", values[name]))
    for address, (name, per_unit) in TOTALISERS.items():
        count = int(values[name] * per_unit) % (1 << 32)
        _put_low_first(words, address, count.to_bytes(4, "big"))
    words[STATUS] = sum(1 << bit for bit, name in enumerate(STATUS_BITS) if values[name])
    words[HEARTBEAT] = seconds % 65536
    words[MODE] = 1
    _put_low_first(words, CLOCK, epoch_s.to_bytes(4, "big"))
    return words


def _put_low_first(words: list[int], address: int, data: bytes) -> None:
    high, low = struct.unpack(">HH", data)
    words[address], words[address + 1] = low, high
