"""A Modbus server that shares no line of code with us: libmodbus, in a process of its own.

    python libmodbus_server.py tcp        prints the port
    python libmodbus_server.py rtu        prints the terminal that a client opens

Every area holds 100 entries: registers n are 1000 + n (holding) and 2000 + n (input), coils are on where
n is a multiple of three, discrete inputs where it is odd. It answers until its input is closed.
"""

from __future__ import annotations

import ctypes
import os
import socket
import sys
import threading
import tty
from typing import Any, Final

ENTRIES: Final = 100
LONGEST: Final = 260
UNIT: Final = 7


class Mapping(ctypes.Structure):
    """modbus_mapping_t of libmodbus 3.1."""

    _fields_ = (
        ("nb_bits", ctypes.c_int),
        ("start_bits", ctypes.c_int),
        ("nb_input_bits", ctypes.c_int),
        ("start_input_bits", ctypes.c_int),
        ("nb_input_registers", ctypes.c_int),
        ("start_input_registers", ctypes.c_int),
        ("nb_registers", ctypes.c_int),
        ("start_registers", ctypes.c_int),
        ("tab_bits", ctypes.POINTER(ctypes.c_uint8)),
        ("tab_input_bits", ctypes.POINTER(ctypes.c_uint8)),
        ("tab_input_registers", ctypes.POINTER(ctypes.c_uint16)),
        ("tab_registers", ctypes.POINTER(ctypes.c_uint16)),
    )


def library() -> Any:
    lib = ctypes.CDLL("libmodbus.so.5")
    for name in ("modbus_new_tcp", "modbus_new_rtu"):
        getattr(lib, name).restype = ctypes.c_void_p
    lib.modbus_mapping_new.restype = ctypes.POINTER(Mapping)
    return lib


def mapping_of(lib: Any) -> Any:
    made = lib.modbus_mapping_new(ENTRIES, ENTRIES, ENTRIES, ENTRIES)
    for n in range(ENTRIES):
        made.contents.tab_bits[n] = n % 3 == 0
        made.contents.tab_input_bits[n] = n % 2
        made.contents.tab_registers[n] = 1000 + n
        made.contents.tab_input_registers[n] = 2000 + n
    return made


def answer(lib: Any, context: Any, mapping: Any) -> None:
    query = (ctypes.c_uint8 * LONGEST)()
    while (size := lib.modbus_receive(context, query)) >= 0:
        if size > 0:
            lib.modbus_reply(context, query, size, mapping)


def serve_tcp(lib: Any) -> None:
    context, mapping = ctypes.c_void_p(lib.modbus_new_tcp(b"127.0.0.1", 0)), mapping_of(lib)
    listener = ctypes.c_int(lib.modbus_tcp_listen(context, 5))
    with socket.socket(fileno=os.dup(listener.value)) as bound:
        print(bound.getsockname()[1], flush=True)
    while lib.modbus_tcp_accept(context, ctypes.byref(listener)) >= 0:
        answer(lib, context, mapping)
        lib.modbus_close(context)


def serve_rtu(lib: Any) -> None:
    """Two terminals whose far ends are joined: libmodbus opens one, the client the other."""
    ends = [os.openpty() for _ in range(2)]
    for _, slave in ends:
        tty.setraw(slave)
    for source, target in ((ends[0][0], ends[1][0]), (ends[1][0], ends[0][0])):
        threading.Thread(target=_carry, args=(source, target), daemon=True).start()
    device = os.ttyname(ends[1][1]).encode()
    context = ctypes.c_void_p(lib.modbus_new_rtu(device, 19200, ctypes.c_char(b"N"), 8, 1))
    mapping = mapping_of(lib)
    lib.modbus_set_slave(context, UNIT)
    if lib.modbus_connect(context):
        raise SystemExit("libmodbus cannot open its terminal")
    print(os.ttyname(ends[0][1]), flush=True)
    while True:
        # A frame that is not for us or is damaged ends `answer`; a line has no end.
        answer(lib, context, mapping)


def _carry(source: int, target: int) -> None:
    while data := os.read(source, 4096):
        os.write(target, data)


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    threading.Thread(target=_end_with_parent, daemon=True).start()
    (serve_tcp if sys.argv[1] == "tcp" else serve_rtu)(library())
