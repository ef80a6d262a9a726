"""The binary encoding of OPC UA (Part 6, 5.2), reading side, as pure functions over bytes.

Only what a reading client needs. Values of a thousand nodes come in one message: a run of equal
layouts (the usual case) is taken apart by one compiled structure, everything else value by value.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

NodeKey = tuple[int, int | str | bytes]
"""Namespace index and identifier."""

EPOCH_TICKS: Final = 116_444_736_000_000_000
"""1970-01-01 in OPC UA's 100 ns ticks since 1601."""
TICK_NS: Final = 100


class DecodeError(Exception):
    """The bytes are not what the encoding promises."""


@dataclass(frozen=True, slots=True)
class Extension:
    """A structure that is not taken apart yet: its encoding's id and its bytes."""

    encoding: NodeKey
    body: bytes


@dataclass(frozen=True, slots=True)
class Text:
    """A LocalizedText; what counts is the text."""

    locale: str
    text: str


@dataclass(slots=True)
class Values:
    """What a list of DataValues brings, as columns. sources: ns UTC, 0 where the server gave no time.

    kinds: the built-in type of each value (Part 6, table 1), negative for an array, 0 for none. One
    number where all are equal.
    """

    values: list[object]
    statuses: list[int]
    sources: list[int]
    kinds: list[int] | int


def ticks_to_ns(ticks: int) -> int:
    """A DateTime as nanoseconds UTC; 0 for "none" and for anything before 1970."""
    return max(0, (ticks - EPOCH_TICKS) * TICK_NS)


def ns_to_ticks(ns: int) -> int:
    """Nanoseconds UTC as a DateTime."""
    return ns // TICK_NS + EPOCH_TICKS


class Reader:
    """Bytes and a position. Raises DecodeError where they end too early."""

    __slots__ = ("data", "pos")

    def __init__(self, data: bytes, pos: int = 0) -> None:
        self.data, self.pos = data, pos

    def take(self, form: struct.Struct) -> int:
        """One number of a compiled form."""
        try:
            (value,) = form.unpack_from(self.data, self.pos)
        except struct.error:
            raise DecodeError(f"the message ends at byte {len(self.data)}") from None
        self.pos += form.size
        return value  # type: ignore[no-any-return]  # struct has no types

    def bytes_(self, size: int) -> bytes:
        """So many bytes."""
        end = self.pos + size
        if size < 0 or end > len(self.data):
            raise DecodeError(f"{size} bytes at {self.pos} of {len(self.data)}")
        taken = self.data[self.pos : end]
        self.pos = end
        return taken


U8, I8 = struct.Struct("<B"), struct.Struct("<b")
U16, I16 = struct.Struct("<H"), struct.Struct("<h")
U32, I32 = struct.Struct("<I"), struct.Struct("<i")
U64, I64 = struct.Struct("<Q"), struct.Struct("<q")
F32, F64 = struct.Struct("<f"), struct.Struct("<d")

BOOLEAN, STRING, DATETIME, EXTENSION, VARIANT = 1, 12, 13, 22, 24
FIXED: Final = {1: "?", 2: "b", 3: "B", 4: "h", 5: "H", 6: "i", 7: "I", 8: "q", 9: "Q", 10: "f", 11: "d"}
"""Built-in types of fixed size by their number (Part 6, table 1)."""
NUMBERS: Final = {kind: struct.Struct("<" + letter) for kind, letter in FIXED.items()}


def count(reader: Reader) -> int:
    """The length of an array; a null array is empty."""
    n = reader.take(I32)
    if n > len(reader.data):
        raise DecodeError(f"an array of {n} in {len(reader.data)} bytes")
    return max(n, 0)


def string(reader: Reader) -> str:
    """A string; null is empty."""
    return byte_string(reader).decode("utf-8", "replace")


def byte_string(reader: Reader) -> bytes:
    """A byte string; null is empty."""
    size = reader.take(I32)
    return reader.bytes_(size) if size > 0 else b""


def node_id(reader: Reader) -> NodeKey:
    """A NodeId or ExpandedNodeId (whose URI and server index are passed over)."""
    form = reader.take(U8)
    kind = form & 0x3F
    if kind == 0:
        key: NodeKey = (0, reader.take(U8))
    elif kind == 1:
        namespace = reader.take(U8)
        key = (namespace, reader.take(U16))
    else:
        namespace = reader.take(U16)
        key = (namespace, _identifier(reader, kind))
    if form & 0x80:
        string(reader)
    if form & 0x40:
        reader.take(U32)
    return key


def _identifier(reader: Reader, kind: int) -> int | str | bytes:
    match kind:
        case 2:
            return reader.take(U32)
        case 3:
            return string(reader)
        case 4:
            return reader.bytes_(16)
        case 5:
            return byte_string(reader)
    raise DecodeError(f"node id of kind {kind}")


def localized_text(reader: Reader) -> Text:
    """A LocalizedText."""
    mask = reader.take(U8)
    locale = string(reader) if mask & 1 else ""
    return Text(locale, string(reader) if mask & 2 else "")


def qualified_name(reader: Reader) -> str:
    """A QualifiedName without its namespace."""
    reader.take(U16)
    return string(reader)


def extension(reader: Reader) -> Extension:
    """An ExtensionObject; its body stays bytes."""
    key = node_id(reader)
    return Extension(key, byte_string(reader) if reader.take(U8) else b"")


def diagnostic(reader: Reader) -> None:
    """A DiagnosticInfo, passed over."""
    mask = reader.take(U8)
    for bit in (1, 2, 4, 8):
        if mask & bit:
            reader.take(I32)
    if mask & 0x10:
        string(reader)
    if mask & 0x20:
        reader.take(U32)
    if mask & 0x40:
        diagnostic(reader)


BUILT_IN: Final[dict[int, Callable[[Reader], object]]] = {
    STRING: string,
    DATETIME: lambda reader: ticks_to_ns(reader.take(I64)),
    14: lambda reader: reader.bytes_(16),
    15: byte_string,
    16: string,
    17: node_id,
    18: node_id,
    19: lambda reader: reader.take(U32),
    20: qualified_name,
    21: localized_text,
    EXTENSION: extension,
    23: lambda reader: data_value(reader)[0],
    VARIANT: lambda reader: variant(reader)[0],
    25: diagnostic,
}


def built_in(reader: Reader, kind: int) -> object:
    """One value of a built-in type."""
    if (number := NUMBERS.get(kind)) is not None:
        return reader.take(number)
    decode = BUILT_IN.get(kind)
    if decode is None:
        raise DecodeError(f"built-in type {kind}")
    return decode(reader)


def variant(reader: Reader) -> tuple[object, int]:
    """A Variant and the built-in type it holds: negative for an array (a list, row by row), 0 for null."""
    form = reader.take(U8)
    kind = form & 0x3F
    if not kind:
        return None, 0
    if not form & 0x80:
        return built_in(reader, kind), kind
    n = count(reader)
    if (number := FIXED.get(kind)) is not None:
        values: list[object] = list(struct.unpack(f"<{n}{number}", reader.bytes_(n * NUMBERS[kind].size)))
    else:
        values = [built_in(reader, kind) for _ in range(n)]
    if form & 0x40:
        for _ in range(count(reader)):
            reader.take(I32)
    return values, -kind


def data_value(reader: Reader) -> tuple[object, int, int, int]:
    """Value, status code, source time in ns (else the server's, else 0), built-in type."""
    mask = reader.take(U8)
    value, kind = variant(reader) if mask & 1 else (None, 0)
    status = reader.take(U32) if mask & 2 else 0
    source = reader.take(I64) if mask & 4 else 0
    if mask & 0x10:
        reader.take(U16)
    server = reader.take(I64) if mask & 8 else 0
    if mask & 0x20:
        reader.take(U16)
    return value, status, ticks_to_ns(source or server), kind


@dataclass(frozen=True, slots=True)
class Layout:
    """A DataValue of fixed size: its compiled form, and where status and time stand (-1: not there)."""

    form: str
    size: int
    width: int
    status: int
    source: int
    kind: int


# (bit of the mask, form, what it is) in the order on the wire; picoseconds are passed over.
_FIELDS: Final = (
    (2, "I", "status"),
    (4, "q", "source"),
    (0x10, "xx", ""),
    (8, "q", "server"),
    (0x20, "xx", ""),
)


def _layouts(prefix: str) -> dict[bytes, Layout]:
    """All fixed layouts by their first two bytes: which fields there are, and the value's type."""
    return {
        bytes((mask, kind)): _layout(prefix, mask, kind, letter)
        for mask in range(1, 64, 2)
        for kind, letter in FIXED.items()
    }


def _layout(prefix: str, mask: int, kind: int, letter: str) -> Layout:
    form, width = f"{prefix}xx{letter}", len(prefix) + 1
    places: dict[str, int] = {}
    for bit, field, name in _FIELDS:
        if mask & bit:
            form += field
            if name:
                places[name] = width
                width += 1
    source = places.get("source", places.get("server", -1))
    return Layout(form, struct.calcsize("<" + form), width, places.get("status", -1), source, kind)


HANDLE_SIZE: Final = 4
READ: Final = _layouts("")
NOTIFIED: Final = _layouts("I")
"""In a notification the handle of the item comes first."""


@lru_cache(maxsize=64)
def _run(form: str, n: int) -> Callable[[bytes, int], tuple[Any, ...]]:
    return struct.Struct("<" + form * n).unpack_from


def data_values(reader: Reader, n: int) -> Values:
    """So many DataValues in a row."""
    return _rows(reader, n, READ, 0)[1]


def notified_values(reader: Reader, n: int) -> tuple[list[int], Values]:
    """So many items of a data change notification: handles, values."""
    return _rows(reader, n, NOTIFIED, HANDLE_SIZE)


def _rows(reader: Reader, n: int, layouts: dict[bytes, Layout], lead: int) -> tuple[list[int], Values]:
    data, pos = reader.data, reader.pos
    layout = layouts.get(data[pos + lead : pos + lead + 2])
    if n < 2 or layout is None or not _uniform(data, pos, n, layout, lead):
        return _one_by_one(reader, n, lead)
    flat, width = _run(layout.form, n)(data, pos), layout.width
    reader.pos = pos + n * layout.size
    first = 1 if lead else 0
    statuses = list(flat[layout.status :: width]) if layout.status >= 0 else [0] * n
    ticks = flat[layout.source :: width] if layout.source >= 0 else (0,) * n
    sources = [(tick - EPOCH_TICKS) * TICK_NS if tick > EPOCH_TICKS else 0 for tick in ticks]
    return list(flat[0::width]), Values(list(flat[first::width]), statuses, sources, layout.kind)


def _uniform(data: bytes, pos: int, n: int, layout: Layout, lead: int) -> bool:
    """Whether n equal layouts follow each other; each has a fixed size, so their first bytes tell."""
    size, end, at = layout.size, pos + n * layout.size, pos + lead
    return (
        end <= len(data)
        and data[at:end:size] == data[at : at + 1] * n
        and data[at + 1 : end : size] == data[at + 1 : at + 2] * n
    )


def _one_by_one(reader: Reader, n: int, lead: int) -> tuple[list[int], Values]:
    handles: list[int] = []
    kinds: list[int] = []
    found = Values([], [], [], kinds)
    for _ in range(n):
        if lead:
            handles.append(reader.take(U32))
        value, status, source, kind = data_value(reader)
        found.values.append(value)
        found.statuses.append(status)
        found.sources.append(source)
        kinds.append(kind)
    return handles, found
