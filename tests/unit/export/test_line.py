"""Line protocol: one sample a line, and the rule for values in one millisecond."""

from __future__ import annotations

import math
from array import array

from hypothesis import given
from hypothesis import strategies as st

from heatmon.core.quality import Quality
from heatmon.core.scan import Earlier, Origin, Scan
from heatmon.export.line import Numbers, PlanLines, Written, apart, escaped

RECEIVED = 1_764_061_200_123_000_000
TAGS = ("t2s", "p2r")
UNITS = {"t2s": "°C", "p2r": "MPa"}


def lines(scan: Scan) -> Written:
    return PlanLines("HX-017", "plc", TAGS, UNITS, Numbers()).write(scan)


def scan(values: list[float], qualities: bytes = bytes(2), **more: object) -> Scan:
    return Scan("plc", "fast", RECEIVED, RECEIVED, array("d", values), qualities, **more)  # type: ignore[arg-type]  # fields of a test


def test_a_good_scan_is_one_line_a_tag_with_value_quality_and_milliseconds() -> None:
    assert lines(scan([72.5, 0.35])) == Written(
        "heatmon,device=plc,station=HX-017,tag=t2s,unit=°C value=72.5,quality=0i 1764061200123\n"
        "heatmon,device=plc,station=HX-017,tag=p2r,unit=MPa value=0.35,quality=0i 1764061200123\n",
        2,
    )


def test_a_scan_without_columns_is_no_line() -> None:
    plan = PlanLines("HX-017", "engine", (), {}, Numbers())
    empty = Scan("engine", "derived", RECEIVED, RECEIVED, array("d"), b"", origin=Origin.ENGINE)
    assert plan.write(empty) == Written("", 0)


def test_a_bad_value_is_a_quality_without_a_number() -> None:
    text = lines(scan([math.nan, 0.35], bytes([Quality.TIMEOUT, Quality.FROZEN]))).text
    assert text.splitlines()[0].endswith("unit=°C quality=130i 1764061200123")
    assert text.splitlines()[1].endswith("value=0.35,quality=66i 1764061200123")


def test_a_good_quality_with_text_instead_of_a_number_sends_no_number() -> None:
    assert "value" not in lines(scan([math.nan, math.inf])).text


def test_whole_numbers_stay_floats_because_a_field_has_one_type_for_ever() -> None:
    assert "value=70.0," in lines(scan([70.0, 1e22])).text
    assert "value=1e+22," in lines(scan([70.0, 1e22])).text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_value_reads_back_to_the_same_float(value: float) -> None:
    text = lines(scan([value, 1.0])).text
    assert float(text.split("value=")[1].split(",")[0]) == value


def test_earlier_values_stand_before_the_last_by_the_distance_of_their_source_times() -> None:
    source = array("q", [RECEIVED - 30_000_000, RECEIVED])
    earlier = (Earlier(0, 71.0, 0, RECEIVED - 230_000_000), Earlier(0, 71.5, 0, RECEIVED - 130_000_000))
    written = lines(scan([72.0, 0.3], source_ns=source, between=earlier))
    at = [
        (line.split("value=")[1].split(",")[0], int(line.split()[-1])) for line in written.text.splitlines()
    ]
    end = RECEIVED // 1_000_000
    assert at == [("71.0", end - 200), ("71.5", end - 100), ("72.0", end), ("0.3", end)]
    assert (written.rows, written.moved, written.merged) == (4, 0, 0)


def test_a_device_whose_clock_says_2000_moves_nothing_out_of_sight() -> None:
    source = array("q", [RECEIVED, RECEIVED])
    written = lines(scan([72.0, 0.3], source_ns=source, between=(Earlier(0, 71.0, 0, 946_684_800 * 10**9),)))
    assert int(written.text.splitlines()[0].split()[-1]) == RECEIVED // 1_000_000 - 60_000


def test_late_data_carries_its_own_time() -> None:
    source = array("q", [RECEIVED - 3_600 * 10**9, 0])
    written = lines(scan([72.0, 0.3], source_ns=source, origin=Origin.BACKFILL))
    times = [int(line.split()[-1]) for line in written.text.splitlines()]
    assert times == [RECEIVED // 10**6 - 3_600_000, RECEIVED // 10**6]


SAMPLES = st.lists(
    st.tuples(
        st.integers(0, 8).map(lambda n: 1000 + n),
        st.sampled_from([1.0, 2.0, math.nan]),
        st.sampled_from([0, 66]),
    ),
    min_size=1,
    max_size=12,
)


@given(SAMPLES)
def test_values_of_one_millisecond_are_moved_apart_or_merged_and_counted(
    samples: list[tuple[int, float, int]],
) -> None:
    samples.sort(key=lambda sample: sample[0])
    placed, moved, merged = apart(samples)
    times = [ms for ms, _, _ in placed]
    assert times == sorted(set(times)), "each stands alone"
    assert len(placed) + merged == len(samples)
    assert placed[-1][0] == samples[-1][0], "the newest keeps its time"
    assert all(ms <= samples[-1][0] for ms in times)
    assert moved <= len(placed)
    distinct = len({ms for ms, _, _ in samples}) == len(samples)
    if distinct:
        assert (placed, moved, merged) == (samples, 0, 0)


def test_equal_values_in_one_millisecond_are_one() -> None:
    assert apart([(5, 1.0, 0), (5, 1.0, 0)]) == ([(5, 1.0, 0)], 0, 1)
    assert apart([(5, 1.0, 0), (5, 2.0, 0)]) == ([(4, 1.0, 0), (5, 2.0, 0)], 1, 0)


def test_what_has_a_meaning_in_line_protocol_is_escaped() -> None:
    assert escaped("a b,c=d\\") == "a\\ b\\,c\\=d\\\\"
