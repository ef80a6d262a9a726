from __future__ import annotations

import json
import math

from hypothesis import given, settings
from hypothesis import strategies as st

from heatmon.core.quality import Quality
from tests.unit.checks.conftest import SECOND, START, Bench, spec_of

SPEC = spec_of()
NAMES = tuple(START)
ABSURD = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True),
    st.sampled_from([0.0, -1.0, 1e308, -1e308, 5e-324, 65535.0, 1e9, math.nan]),
    st.floats(-50, 150),
)
STEP = st.tuples(
    st.sampled_from(NAMES), ABSURD, st.sampled_from([0, 1, 66, 71, 130, 136]),
    st.sampled_from([1, 3, 10, 70, 4000, 90_000]), st.integers(0, 1),
)  # fmt: skip
PLAIN = st.tuples(
    st.sampled_from(NAMES), st.floats(0, 1000), st.sampled_from([0, 0, 0, 130]),
    st.sampled_from([1, 10, 60, 4000]), st.integers(0, 1),
)  # fmt: skip


def play(bench: Bench, step: tuple[str, float, int, int, int]) -> None:
    name, value, quality, seconds, permit = step
    bench.inputs[name], bench.qualities[name] = value, quality
    bench.table.put(bench.table.index["permit.fill"], float(permit), 0, bench.now)
    bench.now += (seconds - seconds % 10) * SECOND
    bench.run(seconds % 10 or 10)


@settings(max_examples=150, deadline=None)
@given(st.lists(STEP, max_size=25))
def test_any_input_gives_a_defined_result(steps: list[tuple[str, float, int, int, int]]) -> None:
    bench = Bench(SPEC)
    for step in steps:
        play(bench, step)
        for calculator in bench.calculators:
            for info in calculator.outputs:
                value, quality = bench.value(info.id), bench.quality(info.id)
                assert quality in Quality.__members__.values()
                assert math.isfinite(value) == (quality < 128), info.id
    json.dumps(bench.dump(), allow_nan=False)


@settings(max_examples=100, deadline=None)
@given(st.lists(PLAIN, max_size=12), st.lists(PLAIN, min_size=1, max_size=12))
def test_a_restart_changes_no_output(
    before: list[tuple[str, float, int, int, int]], after: list[tuple[str, float, int, int, int]]
) -> None:
    lived, restarted = Bench(SPEC), Bench(SPEC)
    for step in before:
        play(lived, step)
    state = json.loads(json.dumps(lived.dump(), allow_nan=False))
    for calculator in restarted.calculators:
        assert calculator.load(state[calculator.name]) == ()
    assert json.dumps(restarted.dump()) == json.dumps(lived.dump())
    restarted.now, restarted.inputs, restarted.qualities = (
        lived.now,
        dict(lived.inputs),
        dict(lived.qualities),
    )
    restarted.table.values[:] = lived.table.values
    restarted.table.qualities[:] = lived.table.qualities
    restarted.table.times_ns[:] = lived.table.times_ns
    for step in after:
        play(lived, step)
        play(restarted, step)
        assert repr(restarted.table.values) == repr(lived.table.values)
        assert restarted.table.qualities == lived.table.qualities
