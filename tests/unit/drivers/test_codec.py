"""Every type in every order, against an encoder of our own."""

from __future__ import annotations

import struct
from array import array
from itertools import product
from math import isfinite, isnan, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heatmon.core.quality import Quality
from heatmon_drivers.modbus.codec import Decoder, Exact, Field, finish, plain
from heatmon_drivers.modbus.kinds import LONG, MIXED, ORDERS, TYPES, wire_places

VALUES = {
    "f": 65.25,
    "d": -1234.5,
    "e": 1.5,
    "h": -50,
    "H": 513,
    "i": -70000,
    "I": 70000,
    "q": -(1 << 40),
    "Q": 1 << 40,
}


def wire(code: str, value: float, order: str) -> bytes:
    """Bytes as a device of that order sends them: words and bytes moved one by one."""
    big = struct.pack(">" + code, value)
    words = [big[i : i + 2] for i in range(0, len(big), 2)]
    if order in ("CDAB", "DCBA"):
        words.reverse()
    if order in ("BADC", "DCBA"):
        words = [word[::-1] for word in words]
    return b"".join(words)


def decode_all(data: bytes, *fields: Field) -> tuple[list[float], list[int], Exact]:
    values, qualities, exact = array("d", [nan] * len(fields)), bytearray(len(fields)), Exact()
    Decoder(len(data) // 2, fields).decode(data, values, qualities, exact)
    return list(values), list(qualities), exact


def decode(data: bytes, *fields: Field) -> tuple[list[float], list[int]]:
    return decode_all(data, *fields)[:2]


@pytest.mark.parametrize(
    ("name", "order"),
    list(
        product(
            ["int16", "uint16", "int32", "uint32", "int64", "uint64", "float16", "float32", "float64"], ORDERS
        )
    ),
)
def test_type_and_order(name: str, order: str) -> None:
    kind = TYPES[name]
    field = Field(0, 0, name, order, plain=plain(name, 1.0, 0.0, frozenset()))
    assert decode(wire(kind.code, VALUES[kind.code], order), field) == ([VALUES[kind.code]], [Quality.GOOD])


def test_the_words_of_65_25_in_four_orders() -> None:
    for order, words in {
        "ABCD": [0x4282, 0x8000], "CDAB": [0x8000, 0x4282],
        "BADC": [0x8242, 0x0080], "DCBA": [0x0080, 0x8242],
    }.items():  # fmt: skip
        data = struct.pack(">2H", *words)
        assert decode(data, Field(0, 0, "float32", order, plain=True)) == ([65.25], [0])


@pytest.mark.parametrize(
    ("field", "raw", "expected"),
    [
        (Field(0, 0, "int16", "ABCD", scale=0.1), -50, -5.0),
        (Field(0, 0, "sm16", "ABCD", scale=0.1), 0x8032, -5.0),
        (Field(0, 0, "bcd16", "ABCD"), 0x1234, 1234.0),
        (Field(0, 0, "hhmm", "ABCD"), 1430, 870.0),
        (Field(0, 0, "hhmm", "ABCD"), 2400, 1440.0),
        (Field(0, 0, "ddmm", "ABCD"), 1505, 1505.0),
        (Field(0, 0, "uint8_high", "ABCD"), 0xAB12, 0xAB),
        (Field(0, 0, "int8_low", "ABCD"), 0x00FF, -1.0),
        (Field(0, 0, "uint16", "ABCD", shift=3, mask=1), 0b1000, 1.0),
        (Field(0, 0, "uint16", "ABCD", mask=0x2F), 0x7F, 0x2F),
        (Field(0, 0, "uint32", "ABCD", shift=12, mask=0xFF), 0x000A5000, 0xA5),
        (Field(0, 0, "int32", "ABCD", shift=30, mask=3), -1, 3.0),
        (Field(0, 0, "sm32", "ABCD"), 0x8000_0032, -50.0),
        (Field(0, 0, "bcd64", "ABCD"), 0x0000_1234_5678_9012, 123456789012.0),
        (Field(0, 0, "uint16", "ABCD", scale=1.0, offset=2000.0), 26, 2026.0),
    ],
)
def test_raw_to_value(field: Field, raw: int, expected: float) -> None:
    value, quality = finish(field, raw)
    assert value == pytest.approx(expected)
    assert quality == Quality.GOOD


@pytest.mark.parametrize(
    ("field", "raw", "quality"),
    [
        (Field(0, 0, "int16", "ABCD", sentinels=frozenset({0x7FFF})), 0x7FFF, Quality.SENTINEL),
        (Field(0, 0, "int16", "ABCD", sentinels=frozenset({1920})), 1920, Quality.SENTINEL),
        (Field(0, 0, "bcd16", "ABCD"), 0x12A4, Quality.WRONG_TYPE),
        (Field(0, 0, "hhmm", "ABCD"), 1290, Quality.WRONG_TYPE),
        (Field(0, 0, "ddmm", "ABCD"), 1513, Quality.WRONG_TYPE),
    ],
)
def test_what_is_no_value_never_becomes_a_number(field: Field, raw: int, quality: Quality) -> None:
    value, found = finish(field, raw)
    assert isnan(value)
    assert found == quality


WHOLE = st.integers(-(1 << 63), (1 << 63) - 1)


@given(WHOLE, st.sampled_from([*LONG, *MIXED]))
def test_every_64_bit_order_says_in_its_name_where_each_byte_stands(number: int, order: str) -> None:
    big = struct.pack(">q", number)
    data = bytes(big["ABCDEFGH".index(letter)] for letter in order)
    values, qualities, exact = decode_all(data, Field(0, 0, "int64", LONG.get(order, order), words=4))
    assert qualities == [Quality.GOOD]
    assert values == [float(number)]
    assert exact == ({0: number} if abs(number) >= 1 << 53 else {})


@pytest.mark.parametrize("order", [*ORDERS, *MIXED])
def test_places_on_the_wire_are_those_of_the_name(order: str) -> None:
    name = {short: long for long, short in LONG.items()}.get(order, order)
    assert wire_places(order, 4) == tuple(name.index(letter) for letter in "ABCDEFGH")


@pytest.mark.parametrize(
    ("field", "raw", "exact"),
    [
        (Field(0, 0, "uint64", "ABCD", words=4), (1 << 64) - 1, {0: (1 << 64) - 1}),
        (Field(0, 0, "bcd64", "ABCD", words=4), 0x9007_1992_5474_0993, {0: 9007199254740993}),
        (Field(0, 0, "uint64", "ABCD", words=4), 1 << 40, {}),
        (Field(0, 0, "uint64", "ABCD", words=4, scale=0.001), (1 << 60) + 1, {}),
        (Field(0, 0, "uint64", "ABCD", words=4, sentinels=frozenset({(1 << 64) - 1})), (1 << 64) - 1, {}),
    ],
)
def test_a_whole_number_that_no_float_holds_is_kept_exactly(field: Field, raw: int, exact: Exact) -> None:
    assert decode_all(struct.pack(">Q", raw), field)[2] == exact


def text(data: bytes, encoding: str = "ascii", order: str = "ABCD") -> tuple[int, int | str | None]:
    field = Field(0, 0, "string", order, words=len(data) // 2, encoding=encoding)
    values, qualities, exact = decode_all(data, field)
    assert isnan(values[0])
    return qualities[0], exact.get(0)


@pytest.mark.parametrize(
    ("data", "encoding", "expected"),
    [
        (b"PLC-7 v2.10 \0\0\0\0", "ascii", "PLC-7 v2.10"),
        (b"AB\0\xff\x00\x07", "ascii", "AB"),
        (b"        ", "ascii", ""),
        ("换热站 3".encode("gb18030") + b"\0\xff", "gb18030", "换热站 3"),
        ("换热站\0".encode("utf-16-be"), "utf-16-be", "换热站"),
        ("热网".encode() + b"\0\0", "utf-8", "热网"),
    ],
)
def test_a_text_ends_at_its_zero_and_loses_its_padding(data: bytes, encoding: str, expected: str) -> None:
    assert text(data, encoding) == (Quality.GOOD, expected)
    for order, places in (("BADC", (1, 0)), ("ABCD", (0, 1))):
        shuffled = b"".join(bytes(data[k + p] for p in places) for k in range(0, len(data), 2))
        assert text(shuffled, encoding, order) == (Quality.GOOD, expected)
    words = [data[k : k + 2] for k in range(0, len(data), 2)]
    assert text(b"".join(reversed(words)), encoding, "CDAB") == (Quality.GOOD, expected)


@pytest.mark.parametrize("data", [b"\xff\xfeAB", b"\x01\x02\x03\x04"])
def test_what_is_no_text_has_no_value(data: bytes) -> None:
    assert text(data) == (Quality.WRONG_TYPE, None)


def test_nan_and_infinity_are_bad() -> None:
    for text in ("nan", "inf", "-inf"):
        values, qualities = decode(struct.pack(">f", float(text)), Field(0, 0, "float32", "ABCD", plain=True))
        assert isnan(values[0])
        assert qualities == [Quality.NOT_A_NUMBER]


@given(
    st.lists(
        st.tuples(
            st.integers(0, 30),
            st.sampled_from(["int16", "uint32", "float32", "float64"]),
            st.sampled_from([*ORDERS]),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_any_fields_overlapping_or_not_decode_as_if_alone(places: list[tuple[int, str, str]]) -> None:
    data = bytes((7 * n + 3) % 256 for n in range(80))
    fields = [
        Field(k, word, name, order, scale=2.0, words=TYPES[name].words)
        for k, (word, name, order) in enumerate(places)
    ]
    together = decode(data, *fields)
    for k, (word, name, order) in enumerate(places):
        part = data[2 * word : 2 * (word + TYPES[name].words)]
        alone = decode(part, Field(0, 0, name, order, scale=2.0))
        assert (repr(together[0][k]), together[1][k]) == (repr(alone[0][0]), alone[1][0])


@given(st.lists(st.floats(width=32), min_size=1, max_size=40), st.booleans())
def test_a_run_of_plain_floats_decodes_as_one_by_one(numbers: list[float], shuffled: bool) -> None:
    data = b"".join(wire("f", number, "CDAB") for number in numbers)
    n = len(numbers)
    columns = list(reversed(range(n))) if shuffled else list(range(n))
    fields = [Field(columns[k], 2 * k, "float32", "CDAB", plain=True) for k in range(n)]
    values, qualities = decode(data, *fields)
    for k, number in enumerate(numbers):
        if isfinite(number):
            assert (values[columns[k]], qualities[columns[k]]) == (number, 0)
        else:
            assert isnan(values[columns[k]])
            assert qualities[columns[k]] == Quality.NOT_A_NUMBER
