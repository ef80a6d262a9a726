"""The three answers that carry values: read, publish and history read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from heatmon_drivers.opcua import binary
from heatmon_drivers.opcua.binary import I64, U8, U32, DecodeError, Reader, Values

DATA_CHANGE: Final = 811
STATUS_CHANGE: Final = 820
HISTORY_DATA: Final = 658


@dataclass(frozen=True, slots=True)
class Answer:
    """What every answer begins with. time_ns: the server's clock, UTC."""

    time_ns: int
    status: int


def begin(reader: Reader) -> Answer:
    """Type and header of an answer."""
    binary.node_id(reader)
    time_ns = binary.ticks_to_ns(reader.take(I64))
    reader.take(U32)
    status = reader.take(U32)
    binary.diagnostic(reader)
    for _ in range(binary.count(reader)):
        binary.string(reader)
    binary.extension(reader)
    return Answer(time_ns, status)


def read_response(body: bytes, expected: int) -> tuple[Answer, Values]:
    """The values of a ReadResponse. Raises DecodeError when there are not as many as were asked for."""
    reader = Reader(body)
    answer = begin(reader)
    n = binary.count(reader)
    if n != expected:
        raise DecodeError(f"{n} values for {expected} nodes")
    return answer, binary.data_values(reader, n)


@dataclass(frozen=True, slots=True)
class Published:
    """A PublishResponse. changes: (handles, values) of each data change notification in it.

    kept: sequence numbers the server still keeps. ended: the status with which the server says that
    the subscription is over, or 0.
    """

    answer: Answer
    subscription: int
    sequence: int
    kept: tuple[int, ...]
    changes: tuple[tuple[list[int], Values], ...]
    ended: int


def publish_response(body: bytes) -> Published:
    """Take a PublishResponse apart."""
    reader = Reader(body)
    answer = begin(reader)
    subscription = reader.take(U32)
    kept = tuple(reader.take(U32) for _ in range(binary.count(reader)))
    reader.take(U8)
    sequence, changes, ended = _notifications(reader)
    return Published(answer, subscription, sequence, kept, changes, ended)


def republish_response(body: bytes) -> Published:
    """Take a RepublishResponse apart; it names no subscription."""
    reader = Reader(body)
    answer = begin(reader)
    sequence, changes, ended = _notifications(reader)
    return Published(answer, 0, sequence, (), changes, ended)


def _notifications(reader: Reader) -> tuple[int, tuple[tuple[list[int], Values], ...], int]:
    sequence = reader.take(U32)
    reader.take(I64)
    changes, ended = [], 0
    for _ in range(binary.count(reader)):
        part = binary.extension(reader)
        inside = Reader(part.body)
        if part.encoding == (0, DATA_CHANGE):
            changes.append(binary.notified_values(inside, binary.count(inside)))
        elif part.encoding == (0, STATUS_CHANGE):
            ended = inside.take(U32)
    return sequence, tuple(changes), ended


@dataclass(frozen=True, slots=True)
class Past:
    """What a server's history holds of one node, in order. more: where to go on, empty at the end."""

    status: int
    more: bytes
    values: Values


def history_response(body: bytes, expected: int) -> tuple[Past, ...]:
    """The results of a HistoryReadResponse for raw data."""
    reader = Reader(body)
    begin(reader)
    n = binary.count(reader)
    if n != expected:
        raise DecodeError(f"{n} histories for {expected} nodes")
    return tuple(_past(reader) for _ in range(n))


def _past(reader: Reader) -> Past:
    status = reader.take(U32)
    more = binary.byte_string(reader)
    part = binary.extension(reader)
    inside = Reader(part.body)
    n = binary.count(inside) if part.encoding == (0, HISTORY_DATA) else 0
    return Past(status, more, binary.data_values(inside, n))
