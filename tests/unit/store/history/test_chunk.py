"""Whatever is packed comes back bit for bit."""

import struct
from array import array

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from heatmon.core.scan import Earlier, Origin, Scan
from heatmon.store.history.chunk import pack, pack_marks, unpack, unpack_marks
from heatmon.store.history.column import pack_floats, pack_ints, unpack_floats, unpack_ints
from heatmon.store.history.frame import encode

BITS = st.integers(0, 2**64 - 1).map(lambda bits: struct.pack("<Q", bits))
INT64 = st.integers(-(2**62), 2**62 - 1)


@st.composite
def scans(draw: st.DrawFn, width: int) -> Scan:
    qualities = bytes(draw(st.lists(st.sampled_from([0, 1, 66, 130]), min_size=width, max_size=width)))
    values = b"".join(draw(st.lists(BITS, min_size=width, max_size=width)))
    source = draw(st.none() | st.lists(INT64, min_size=width, max_size=width).map(lambda c: array("q", c)))
    exact = draw(
        st.dictionaries(st.integers(0, 40), st.integers() | st.sampled_from(["", "序列号 7"]), max_size=2)
    )
    between = draw(st.lists(st.builds(Earlier, st.just(0), st.floats(allow_nan=False), st.just(0), INT64)))
    origin = draw(st.sampled_from(Origin))
    return Scan("d", "g", 0, 0, array("d", values), qualities, source, exact, tuple(between), origin, 0)


@given(st.lists(BITS, min_size=1, max_size=60))
def test_any_bits_of_float64_come_back(bits: list[bytes]) -> None:
    column = array("d", b"".join(bits))
    assert unpack_floats(pack_floats(column), len(column)).tobytes() == column.tobytes()


@given(
    st.lists(st.integers(-99999, 99999), min_size=1, max_size=60),
    st.integers(0, 5),
    st.sampled_from(["single", "decimal", "times"]),
)
def test_what_a_plc_gives_comes_back(raw: list[int], power: int, way: str) -> None:
    values = [n * float(f"1e-{power}") if way == "times" else n / 10**power for n in raw]
    column = array("d", array("f", values)) if way == "single" else array("d", values)
    assert unpack_floats(pack_floats(column), len(column)).tobytes() == column.tobytes()


@pytest.mark.parametrize(
    "values",
    [
        [0.0, -0.0],
        [float("nan"), 1.0],
        [float("inf"), float("-inf"), 1.5],
        [5e-324, 2.5e-320],
        [1.7e308, -1.7e308],
        [3.5e38, 1.0],
    ],
)
def test_odd_values_come_back(values: list[float]) -> None:
    column = array("d", values)
    assert unpack_floats(pack_floats(column), len(column)).tobytes() == column.tobytes()


@given(st.lists(INT64, min_size=1, max_size=60))
def test_integers_come_back(values: list[int]) -> None:
    assert unpack_ints(pack_ints(values), len(values)) == values


UNHURRIED = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A busy machine draws these big examples slowly; that is no fault."""


@UNHURRIED
@given(st.integers(0, 4).flatmap(lambda width: st.lists(scans(width), min_size=1, max_size=12)))
def test_any_scans_of_one_width_come_back(given_scans: list[Scan]) -> None:
    frames = [encode(scan) for scan in given_scans]
    assert unpack(pack(frames)) == frames


@UNHURRIED
@given(st.lists(st.integers(0, 3).flatmap(scans), min_size=1, max_size=8))
def test_scans_of_different_widths_come_back(given_scans: list[Scan]) -> None:
    frames = [encode(scan) for scan in given_scans]
    assert unpack(pack(frames)) == frames


@given(st.lists(st.tuples(*[st.integers(0, 2**61)] * 4), min_size=1, max_size=20))
def test_marks_come_back(marks: list[tuple[int, int, int, int]]) -> None:
    assert unpack_marks(pack_marks(marks)) == marks


def test_temperatures_of_a_plc_take_less_than_a_byte_each() -> None:
    column = array("d", array("f", [65 + (n * 7 % 5) / 10 for n in range(600)]))
    assert len(pack_floats(column)) < 600
