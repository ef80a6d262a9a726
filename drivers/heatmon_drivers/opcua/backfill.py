"""What a server recorded while nobody asked: its raw history, cut into the cycles of the poll group.

A cycle in which the server holds any value of the group becomes a block: its last values stand in the
columns, what came before them in the same cycle in `between`, and a node that did not change keeps what
it had. A cycle in which the server holds nothing at all yields no block: perhaps nobody was there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from asyncua import ua

from heatmon.core.scan import Earlier
from heatmon.driver import Block, Late, Message
from heatmon_drivers.opcua import message
from heatmon_drivers.opcua.binary import DecodeError, Values
from heatmon_drivers.opcua.columns import Columns
from heatmon_drivers.opcua.connection import Connection
from heatmon_drivers.opcua.message import Past
from heatmon_drivers.opcua.plan import Work
from heatmon_drivers.opcua.reader import GroupReader
from heatmon_drivers.opcua.resolve import parts
from heatmon_drivers.opcua.trouble import name_of, translated, trouble

SLICE_CYCLES: Final = 600
MOST_NODES: Final = 100
MOST_VALUES: Final = 1000
MOST_ROUNDS: Final = 200
"""Continuations followed for one slice; a server that never comes to an end is left."""
NS: Final = 1_000_000_000

Sample = tuple[int, int, object, int, int]
"""Source time, column, value, status, built-in type."""


async def fetch(connection: Connection, reader: GroupReader, work: Work, from_ns: int, to_ns: int) -> Late:
    """One slice of the interval. Raises DriverError."""
    period_ns = int(work.period_s * NS)
    end_ns = min(to_ns, from_ns + SLICE_CYCLES * period_ns)
    # Where the server's clock is wrong, its history has its own time.
    shift_ns = 0 if connection.timed else connection.skew_ns
    there = [column for column, one in enumerate(reader.bound) if one.node is not None]
    if not work.reading.history or not there:
        why = "opcua.history.off" if there else "opcua.history.nothing"
        return Late((), None, Message(why))
    samples: list[Sample] = []
    refusals: list[int] = []
    for some in parts(there, connection.limits.history or MOST_NODES):
        for column, past in await _histories(connection, reader, some, from_ns + shift_ns, end_ns + shift_ns):
            if past.status >> 30 == 2:
                refusals.append(past.status)
            samples.extend(_samples(column, past.values, from_ns, end_ns, shift_ns))
    if len(refusals) == len(there):
        return Late((), None, Message("opcua.history.refused", {"status": name_of(refusals[0])}))
    samples.sort(key=lambda sample: sample[0])
    blocks = tuple(_cycles(Columns(reader.bound), samples, from_ns, period_ns))
    return Late(blocks, end_ns if end_ns < to_ns else None)


def _samples(column: int, values: Values, from_ns: int, end_ns: int, shift_ns: int) -> Iterator[Sample]:
    kinds = values.kinds if isinstance(values.kinds, list) else [values.kinds] * len(values.values)
    for value, status, source, kind in zip(
        values.values, values.statuses, values.sources, kinds, strict=True
    ):
        if from_ns < source - shift_ns <= end_ns:
            yield source - shift_ns, column, value, status, kind


def _cycles(
    columns: Columns, samples: Sequence[Sample], from_ns: int, period_ns: int
) -> Iterator[tuple[int, Block]]:
    between: list[Earlier] = []
    fresh: set[int] = set()
    cycle = -1
    for source, column, value, status, kind in samples:
        this = -(-(source - from_ns) // period_ns)
        if this != cycle and fresh:
            yield from_ns + cycle * period_ns, columns.block(tuple(between))
            between, fresh = [], set()
        cycle = this
        if column in fresh:
            between.append(columns.earlier(column))
        fresh.add(column)
        columns.put(column, value, status, source, kind)
    if fresh:
        yield from_ns + cycle * period_ns, columns.block(tuple(between))


async def _histories(
    connection: Connection, reader: GroupReader, columns: Sequence[int], from_ns: int, end_ns: int
) -> list[tuple[int, Past]]:
    """All that is there of these columns, continuations followed to their end."""
    found: list[tuple[int, Past]] = []
    asked = [(column, b"") for column in columns]
    for _ in range(MOST_ROUNDS):
        pasts = await _ask(connection, reader, asked, from_ns, end_ns)
        found.extend((column, past) for (column, _), past in zip(asked, pasts, strict=True))
        asked = [(column, past.more) for (column, _), past in zip(asked, pasts, strict=True) if past.more]
        if not asked:
            return found
    raise trouble("read", "protocol", "opcua.history.endless")


async def _ask(
    connection: Connection,
    reader: GroupReader,
    asked: Sequence[tuple[int, bytes]],
    from_ns: int,
    end_ns: int,
) -> tuple[Past, ...]:
    details = ua.ReadRawModifiedDetails()
    details.IsReadModified = False
    details.StartTime, details.EndTime = _moment(from_ns), _moment(end_ns)
    details.NumValuesPerNode = MOST_VALUES
    details.ReturnBounds = False
    request = ua.HistoryReadRequest()
    request.Parameters.HistoryReadDetails = details
    request.Parameters.TimestampsToReturn = ua.TimestampsToReturn.Source
    request.Parameters.ReleaseContinuationPoints = False
    for column, more in asked:
        node = reader.bound[column].node
        assert node is not None
        value = ua.HistoryReadValueId()
        value.NodeId = ua.ua_binary.nodeid_from_binary(ua.utils.Buffer(node))
        value.ContinuationPoint = more or None
        request.Parameters.NodesToRead.append(value)
    try:
        body = await connection.ask(request, "history")
        return message.history_response(body, len(asked))
    except ua.UaStatusCodeError as error:
        # The whole service is refused: each node is.
        return tuple(Past(error.code, b"", Values([], [], [], [])) for _ in asked)
    except DecodeError as error:
        raise translated(error, "read", "history", 0.0) from None


def _moment(ns: int) -> datetime:
    return datetime.fromtimestamp(ns // NS, UTC).replace(microsecond=ns % NS // 1000)
