"""The decoder against the library's encoder, with which it shares nothing."""

from __future__ import annotations

import math
import struct
from datetime import UTC, datetime
from typing import Any

import pytest
from asyncua import ua
from asyncua.ua.ua_binary import nodeid_to_binary, struct_to_binary, to_binary
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from heatmon_drivers.opcua import binary, message
from heatmon_drivers.opcua.binary import DecodeError, Extension, Reader, Text

MOMENT = datetime(2026, 1, 15, 3, 0, 0, 250000, UTC)
MOMENT_NS = 1_768_446_000_250_000_000

RANGES = {kind: (0, 2**bits - 1) for kind, bits in {3: 8, 5: 16, 7: 32, 9: 64}.items()}
RANGES |= {
    kind: (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for kind, bits in {2: 8, 4: 16, 6: 32, 8: 64}.items()
}


def scalars() -> st.SearchStrategy[tuple[int, Any]]:
    whole = [st.tuples(st.just(kind), st.integers(*ends)) for kind, ends in RANGES.items()]
    return st.one_of(
        *whole,
        st.tuples(st.just(1), st.booleans()),
        st.tuples(st.just(10), st.floats(width=32, allow_nan=False)),
        st.tuples(st.just(11), st.floats(allow_nan=False)),
        st.tuples(st.just(12), st.text(max_size=20)),
        st.tuples(st.just(15), st.binary(max_size=20)),
    )


@st.composite
def shown(draw: st.DrawFn) -> tuple[Any, ua.DataValue, int]:
    """A value, the DataValue that carries it, and its built-in type (negative: an array)."""
    kind, value = draw(scalars())
    number = kind
    if draw(st.booleans()):
        value = [value] * draw(st.integers(0, 3))
        number = -kind
    variant = ua.Variant(value, ua.VariantType(kind), is_array=number < 0)
    status = ua.StatusCode(draw(st.sampled_from([0, 0x40900000, 0x808C0000])))
    source = draw(st.sampled_from([None, MOMENT]))
    made = ua.DataValue(
        variant, status, SourceTimestamp=source, ServerTimestamp=draw(st.sampled_from([None, MOMENT]))
    )
    return value, made, number


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(shown(), min_size=1, max_size=6))
def test_values_of_any_kind_come_back_as_they_were_sent(sent: list[tuple[Any, ua.DataValue, int]]) -> None:
    body = b"".join(struct_to_binary(value) for _, value, _ in sent)
    reader = Reader(body)
    found = binary.data_values(reader, len(sent))
    assert reader.pos == len(body)
    kinds = found.kinds if isinstance(found.kinds, list) else [found.kinds] * len(sent)
    for k, (value, data, kind) in enumerate(sent):
        assert found.values[k] == value
        assert (kinds[k], found.statuses[k]) == (kind, data.StatusCode.value)
        timed = data.SourceTimestamp or data.ServerTimestamp
        assert found.sources[k] == (MOMENT_NS if timed else 0)


@given(scalars().filter(lambda pair: pair[0] < 12), st.integers(2, 40))
def test_a_run_of_one_layout_is_what_single_values_are(pair: tuple[int, Any], n: int) -> None:
    kind, value = pair
    one = struct_to_binary(ua.DataValue(ua.Variant(value, ua.VariantType(kind)), SourceTimestamp=MOMENT))
    found = binary.data_values(Reader(one * n), n)
    assert found.values == [value] * n
    assert found.kinds == kind
    assert found.sources == [MOMENT_NS] * n


@given(st.binary(max_size=60))
def test_rubbish_is_a_decode_error_or_a_value_and_nothing_else(body: bytes) -> None:
    for decode in (binary.data_value, binary.variant, binary.node_id, binary.extension, message.begin):
        try:
            decode(Reader(body))
        except (DecodeError, RecursionError):
            continue


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 200), st.lists(shown(), min_size=2, max_size=4))
def test_a_message_cut_anywhere_never_yields_a_value(
    cut: int, sent: list[tuple[Any, ua.DataValue, int]]
) -> None:
    response = ua.ReadResponse()
    response.Results = [value for _, value, _ in sent]
    body = struct_to_binary(response)
    _, found = message.read_response(body, len(sent))
    assert len(found.values) == len(sent)
    # Behind the values stand the (empty) diagnostics, four bytes that say nothing.
    if cut + 4 < len(body):
        with pytest.raises(DecodeError):
            message.read_response(body[: len(body) - 4 - cut - 1], len(sent))


def test_a_read_with_the_wrong_number_of_answers_is_refused() -> None:
    response = ua.ReadResponse()
    response.Results = [ua.DataValue(ua.Variant(1.0, ua.VariantType.Double))]
    with pytest.raises(DecodeError, match="1 values for 2 nodes"):
        message.read_response(struct_to_binary(response), 2)


@pytest.mark.parametrize(
    ("node", "key"),
    [
        (ua.NodeId(2255), (0, 2255)),
        (ua.NodeId(13), (0, 13)),
        (ua.NodeId(70000, 3), (3, 70000)),
        (ua.NodeId("PLC.T1", 2), (2, "PLC.T1")),
        (ua.NodeId(b"\x01\x02", 2, ua.NodeIdType.ByteString), (2, b"\x01\x02")),
        (ua.ExpandedNodeId("x", 2, NamespaceUri="urn:a"), (2, "x")),
    ],
)
def test_node_ids(node: ua.NodeId, key: object) -> None:
    assert binary.node_id(Reader(nodeid_to_binary(node))) == key


def test_texts_names_and_structures_stay_what_they_are() -> None:
    text = to_binary(ua.LocalizedText, ua.LocalizedText("阀门", "zh"))
    assert binary.localized_text(Reader(text)) == Text("zh", "阀门")
    inner = ua.Variant(ua.Argument("a"), ua.VariantType.ExtensionObject)
    value, kind = binary.variant(Reader(to_binary(ua.Variant, inner)))
    assert kind == binary.EXTENSION
    assert isinstance(value, Extension)
    assert value.encoding == (0, 298)


def test_times_before_1970_and_none_are_no_times() -> None:
    assert binary.ticks_to_ns(0) == 0
    assert binary.ticks_to_ns(binary.ns_to_ticks(MOMENT_NS)) == MOMENT_NS


def change(sequence: int, rows: list[tuple[int, float]]) -> bytes:
    notified = ua.DataChangeNotification()
    notified.MonitoredItems = [
        ua.MonitoredItemNotification(
            handle, ua.DataValue(ua.Variant(value, ua.VariantType.Double), SourceTimestamp=MOMENT)
        )
        for handle, value in rows
    ]
    response = ua.PublishResponse()
    response.Parameters.SubscriptionId = 7
    response.Parameters.NotificationMessage.SequenceNumber = sequence
    response.Parameters.NotificationMessage.NotificationData = [notified]
    return bytes(struct_to_binary(response))


def test_a_notification_brings_handles_and_values() -> None:
    published = message.publish_response(change(3, [(4, 1.5), (5, 2.5), (4, 3.5)]))
    ((handles, values),) = published.changes
    assert (published.subscription, published.sequence, published.ended) == (7, 3, 0)
    assert handles == [4, 5, 4]
    assert values.values == [1.5, 2.5, 3.5]
    assert values.sources == [MOMENT_NS] * 3


def test_the_end_of_a_subscription_is_seen() -> None:
    response = ua.PublishResponse()
    over = ua.StatusChangeNotification(Status=ua.StatusCode(ua.StatusCodes.BadTimeout))
    response.Parameters.NotificationMessage.NotificationData = [over]
    assert message.publish_response(struct_to_binary(response)).ended == ua.StatusCodes.BadTimeout


def test_history_comes_with_its_continuation() -> None:
    data = ua.HistoryData()
    data.DataValues = [ua.DataValue(ua.Variant(1.0, ua.VariantType.Double), SourceTimestamp=MOMENT)]
    response = ua.HistoryReadResponse()
    result = ua.HistoryReadResult(HistoryData=data)
    result.ContinuationPoint = b"go on"
    response.Results = [result]
    (past,) = message.history_response(struct_to_binary(response), 1)
    assert past.more == b"go on"
    assert past.values.values == [1.0]


def test_a_nan_stays_one() -> None:
    body = struct_to_binary(ua.DataValue(ua.Variant(math.nan, ua.VariantType.Double))) * 2
    values = binary.data_values(Reader(body), 2).values
    assert all(isinstance(value, float) and math.isnan(value) for value in values)
    assert struct.calcsize("<d") == 8
