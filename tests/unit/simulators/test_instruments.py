"""What instruments make of true values, and how they fail."""

from __future__ import annotations

import math
import statistics

import pytest

from heatmon_simulators.instruments import FaultKind, Instrument, Instruments, InstrumentSpec, SensorFault


def shown(instrument: Instrument, true: float, times: int, sun: float = 0.0) -> list[float]:
    found = []
    for _ in range(times):
        instrument.update(true, 1.0, sun)
        found.append(instrument.shown)
    return found


def test_noise_has_its_size_no_bias_and_repeats_with_the_seed() -> None:
    spec = InstrumentSpec(noise=0.1)
    one, same, other = (shown(Instrument(spec, seed), 50.0, 4000) for seed in ("1/t2s", "1/t2s", "1/t2r"))
    assert one == same != other
    assert statistics.stdev(one) == pytest.approx(0.1, rel=0.05)
    assert statistics.mean(one) == pytest.approx(50.0, abs=0.01)


def test_noise_as_a_share_leaves_zero_at_zero() -> None:
    instrument = Instrument(InstrumentSpec(noise_share=0.01), "1/f2")
    assert set(shown(instrument, 0.0, 50)) == {0.0}
    assert statistics.stdev(shown(instrument, 200.0, 4000)) == pytest.approx(2.0, rel=0.06)


def test_lag_reaches_63_percent_after_its_time_constant_whatever_the_step() -> None:
    for step in (1.0, 5.0):
        instrument = Instrument(InstrumentSpec(lag_s=20.0), "1/t")
        instrument.update(0.0, step, 0.0)
        for _ in range(int(20 / step)):
            instrument.update(10.0, step, 0.0)
        assert instrument.shown == pytest.approx(10.0 * (1 - math.exp(-1)), abs=1e-9)


def test_resolution_shows_whole_steps() -> None:
    assert shown(Instrument(InstrumentSpec(resolution=0.25), "1/t"), 50.1, 1) == [50.0]


@pytest.mark.parametrize(
    ("kind", "by", "sun", "expected"),
    [
        ("offset", 2.0, 0.0, 52.0),
        ("reads", 999.9, 0.0, 999.9),
        ("sunlit", 8.0, 0.5, 54.0),
        ("sunlit", 8.0, 0.0, 50.0),
        ("drift", 36.0, 0.0, 50.1),
        ("none", 0.0, 0.0, 50.0),
    ],
)
def test_faults_show_what_they_say(kind: FaultKind, by: float, sun: float, expected: float) -> None:
    instrument = Instrument(InstrumentSpec(), "1/t")
    instrument.fail(SensorFault(kind, by))
    assert shown(instrument, 50.0, 10, sun)[-1] == pytest.approx(expected)


def test_a_stuck_instrument_keeps_its_last_value_and_a_repaired_one_follows() -> None:
    instrument = Instrument(InstrumentSpec(noise=0.1), "1/t")
    before = shown(instrument, 50.0, 5)[-1]
    instrument.fail(SensorFault("stuck"))
    assert set(shown(instrument, 80.0, 5)) == {before}
    instrument.fail(SensorFault("none"))
    assert shown(instrument, 80.0, 1)[0] == pytest.approx(80.0, abs=1.0)


def test_a_broken_instrument_shows_nothing() -> None:
    instrument = Instrument(InstrumentSpec(), "1/t")
    instrument.fail(SensorFault("broken"))
    assert math.isnan(shown(instrument, 50.0, 1)[0])


def test_swapped_instruments_show_each_other_until_one_is_repaired() -> None:
    instruments = Instruments({"t2s": "°C", "t2r": "°C"}, 1, {}, ideal=True)
    true = {"t2s": 60.0, "t2r": 45.0}
    instruments.fail("t2s", SensorFault("swapped", other="t2r"))
    instruments.update(true, 1.0, 0.0)
    assert instruments.shown == {"t2s": 45.0, "t2r": 60.0}
    instruments.fail("t2r", SensorFault("none"))
    instruments.update(true, 1.0, 0.0)
    assert instruments.shown == true


def test_an_unknown_instrument_is_no_silent_nothing() -> None:
    instruments = Instruments({"t2s": "°C"}, 1, {})
    for name, fault in (("t9", SensorFault("stuck")), ("t2s", SensorFault("swapped", other="t9"))):
        with pytest.raises(KeyError, match="t9"):
            instruments.fail(name, fault)


def test_typical_instruments_go_by_the_unit_and_own_ones_before_them() -> None:
    instruments = Instruments({"a": "°C", "b": "1", "c": "°C"}, 1, {"c": InstrumentSpec(resolution=5.0)})
    for _ in range(3):
        instruments.update({"a": 50.0, "b": 1.0, "c": 51.0}, 1.0, 0.0)
    assert instruments.shown["a"] != 50.0
    assert instruments.shown["b"] == 1.0
    assert instruments.shown["c"] == 50.0
