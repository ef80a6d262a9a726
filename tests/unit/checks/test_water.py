from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from heatmon.core.quality import GOOD, Quality
from heatmon.core.water.totaliser import Jump, Totaliser
from tests.unit.checks.conftest import SECOND, Bench, spec_of

HOUR = 3600


def leak(bench: Bench, m3h: float, step: int = 10) -> Callable[[int], None]:
    def each(_: int) -> None:
        bench.inputs["makeup"] += m3h * step / 3600

    return each


@pytest.mark.parametrize(
    ("last", "reading", "volume", "jump"),
    [
        (10.0, 10.5, 0.5, Jump.NONE),
        (99999.75, 0.25, 0.5, Jump.ROLLOVER),
        (500.0, 0.1, None, Jump.RESET),
        (500.0, 80000.0, None, Jump.EXCHANGE),
        (0.1, 99999.9, None, Jump.EXCHANGE),
    ],
)
def test_totaliser(last: float, reading: float, volume: float | None, jump: Jump) -> None:
    meter = Totaliser(100_000.0, largest_m3h=10.0)
    assert meter.advance(last, 0.0) == (None, Jump.NONE)
    assert meter.advance(reading, 600.0) == (None if volume is None else pytest.approx(volume), jump)
    assert meter.advance(reading + 0.2, 600.0)[0] == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("m3h", "pct"), [(0.25, 0.0954), (0.36, 0.1374), (1.0, 0.3817), (2.62, 1.0), (5.0, 1.9084)]
)
def test_loss_of_circulation(bench: Bench, m3h: float, pct: float) -> None:
    bench.run(HOUR + 120, leak(bench, m3h), 10)
    assert bench.value("water.loss_1h_pct") == pytest.approx(pct, rel=2e-3)
    assert bench.quality("water.loss_1h_pct") == GOOD
    assert bench.value("water.makeup_10min_m3h") == pytest.approx(m3h, rel=2e-3)
    assert bench.quality("water.loss_24h_pct") == Quality.INCOMPLETE


def test_loss_of_volume() -> None:
    def by_volume(raw: dict[str, Any]) -> None:
        raw["water"]["base"] = "volume"

    bench = Bench(spec_of(by_volume))
    bench.run(HOUR + 120, leak(bench, 1.0), 10)
    assert bench.value("water.loss_1h_pct") == pytest.approx(1.0, rel=2e-3)


def test_pulses_of_the_makeup_pump_do_not_raise_the_rate(bench: Bench) -> None:
    worst = 0.0

    def pulse(k: int) -> None:
        nonlocal worst
        on = k % 1410 < 108
        bench.set(mp=float(on))
        bench.inputs["makeup"] += 5.0 * 10 / 3600 if on else 0.0
        if bench.quality("water.loss_1h_pct") == GOOD:
            worst = max(worst, bench.value("water.loss_1h_pct"))
        assert bench.value("water.burst") != 1.0

    bench.run(25 * HOUR, pulse, 10)
    assert bench.value("water.loss_24h_pct") == pytest.approx(0.146, abs=0.01)
    assert bench.quality("water.loss_24h_pct") == GOOD
    assert 0.1 < worst < 0.25


def test_rollover_in_the_middle_of_a_leak_changes_nothing(bench: Bench) -> None:
    def each(_: int) -> None:
        bench.inputs["makeup"] = (bench.inputs["makeup"] + 2.62 * 10 / 3600) % 100_000.0

    bench.set(makeup=99_999.0)
    bench.run(HOUR + 120, each, 10)
    assert bench.inputs["makeup"] < 10.0
    assert bench.value("water.loss_1h_pct") == pytest.approx(1.0, rel=2e-3)


def test_standing_pumps_take_the_design_flow_and_say_so(bench: Bench) -> None:
    bench.set(f2=0.0)
    bench.run(HOUR + 120, leak(bench, 2.62), 10)
    assert bench.value("water.loss_1h_pct") == pytest.approx(1.0, rel=2e-3)
    assert bench.quality("water.loss_1h_pct") == Quality.ESTIMATED


def test_volume_over_a_gap_counts_with_its_time(bench: Bench) -> None:
    bench.run(600, leak(bench, 2.62), 10)
    bench.now += 2 * HOUR * SECOND
    bench.inputs["makeup"] += 2 * 2.62
    bench.run(120, leak(bench, 2.62), 10)
    assert bench.value("water.loss_1h_pct") == pytest.approx(1.0, rel=5e-3)
    assert bench.quality("water.loss_1h_pct") in (GOOD, Quality.ESTIMATED)


def test_a_dead_meter_leaves_the_window_uncovered_then_catches_up(bench: Bench) -> None:
    bench.run(HOUR + 120, leak(bench, 2.62), 10)
    bench.qualities["makeup"] = Quality.TIMEOUT
    bench.run(1200, leak(bench, 2.62), 10)
    assert bench.quality("water.loss_1h_pct") == Quality.INCOMPLETE
    del bench.qualities["makeup"]
    bench.run(60, leak(bench, 2.62), 10)
    assert bench.quality("water.loss_1h_pct") == GOOD
    assert bench.value("water.loss_1h_pct") == pytest.approx(1.0, rel=5e-3)


def test_water_filled_under_a_permit_is_booked_apart(bench: Bench) -> None:
    permit = bench.table.index["permit.fill"]
    bench.run(HOUR, leak(bench, 0.36), 10)
    bench.table.put(permit, 1.0, GOOD, bench.now)
    bench.run(1200, leak(bench, 5.0), 10)
    assert bench.quality("water.makeup_10min_m3h") == Quality.OUT_OF_SERVICE
    bench.table.put(permit, 0.0, GOOD, bench.now)
    bench.run(120, leak(bench, 0.36), 10)
    assert bench.value("water.filled_m3") == pytest.approx(5.0 / 3, rel=0.02)
    assert bench.value("water.loss_1h_pct") == pytest.approx(0.137, rel=0.03)
    assert bench.quality("water.loss_1h_pct") == GOOD


def test_burst_by_collapse_of_pressure(bench: Bench) -> None:
    bench.run(120)

    def fall(_: int) -> None:
        bench.inputs["p2r"] -= 0.002

    bench.run(20, fall)
    assert bench.value("pressure.slope_kpa_min") == pytest.approx(-120.0, rel=0.02)
    assert bench.value("water.burst") == 1.0


def test_burst_by_a_makeup_pump_that_cannot_hold_the_pressure(bench: Bench) -> None:
    bench.set(mp=1.0)
    bench.run(16 * 60, leak(bench, 4.0, 2), 2)
    assert bench.value("water.burst") == 0.0

    def fall(k: int) -> None:
        leak(bench, 4.0, 2)(k)
        bench.inputs["p2r"] -= 0.003 / 30

    bench.run(120, fall, 2)
    assert bench.value("water.burst") == 1.0


def test_burst_by_makeup_at_capacity_below_the_low_limit(bench: Bench) -> None:
    bench.run(720, leak(bench, 4.9, 2), 2)
    assert bench.value("water.burst") == 0.0
    bench.set(p2r=0.19)
    bench.run(120, leak(bench, 4.9, 2), 2)
    assert bench.value("water.burst") == 1.0


def test_another_meaning_of_the_totaliser_restarts_its_windows() -> None:
    bench = Bench(spec_of())
    bench.run(HOUR + 120, leak(bench, 1.0), 10)

    def litres(raw: dict[str, Any]) -> None:
        raw["tags"][4]["unit"] = "L"

    after = Bench(spec_of(litres), bench.now)
    marks = {
        new.name: new.take_over(old) for old, new in zip(bench.calculators, after.calculators, strict=True)
    }
    assert marks["water"] == ("water.windows",)
    after.set(makeup=12000.0)
    after.run(120)
    assert after.quality("water.loss_1h_pct") == Quality.INCOMPLETE


def test_a_full_day_fits_the_checkpoint(bench: Bench) -> None:
    bench.run(25 * HOUR, leak(bench, 5.0), 10)
    dump = bench.dump()
    assert len(json.dumps(dump["water"])) < 36_000
