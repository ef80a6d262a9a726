"""Station time: never backwards, not even over a restart with a wall clock that lost its battery."""

from __future__ import annotations

import pytest

from heatmon.runtime import clock as module
from heatmon.runtime.clock import RELEASED_NS, SECOND, Clock

LATE = RELEASED_NS + 1_000_000 * SECOND


class Wall:
    """The machine's clocks, moved by hand."""

    def __init__(self, utc: int) -> None:
        self.utc, self.monotonic = utc, 5 * SECOND

    def pass_(self, seconds: float) -> None:
        self.utc += int(seconds * SECOND)
        self.monotonic += int(seconds * SECOND)

    def clock(self, factor: float = 1.0) -> Clock:
        return Clock(factor, utc=lambda: self.utc, monotonic=lambda: self.monotonic)


@pytest.fixture(autouse=True)
def _nothing_synchronises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "synchronised", lambda: False)


def test_a_clock_before_the_release_is_not_trusted_until_it_is_put_right() -> None:
    wall = Wall(86_400 * SECOND)  # 1970, no battery
    clock = wall.clock()
    assert not clock.trusted()
    wall.utc = LATE
    assert clock.step() == LATE - 86_400 * SECOND
    assert clock.trusted()
    assert clock.now_ns() == 86_400 * SECOND, "a step moves no station time"


def test_after_a_restart_time_goes_on_from_what_was_lived_although_the_wall_clock_went_back() -> None:
    wall = Wall(LATE)
    clock = wall.clock()
    lived = LATE + 7200 * SECOND
    clock.not_before(lived)
    assert clock.now_ns() == lived
    assert not clock.trusted()
    assert clock.step() == -7200 * SECOND, "the difference is told once"
    assert clock.step() is None
    wall.pass_(10)
    assert clock.now_ns() == lived + 10 * SECOND
    wall.utc += 7200 * SECOND
    assert clock.step() == 7200 * SECOND
    assert clock.trusted()


def test_what_was_lived_before_now_moves_nothing() -> None:
    clock = Wall(LATE).clock()
    clock.not_before(LATE - SECOND)
    assert (clock.now_ns(), clock.trusted(), clock.step()) == (LATE, True, None)


def test_a_synchronised_clock_is_trusted_whatever_it_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Wall(0).clock()
    monkeypatch.setattr(module, "synchronised", lambda: True)
    assert clock.trusted()


def test_a_scaled_clock_knows_no_wall() -> None:
    wall = Wall(0)
    clock = wall.clock(120.0)
    wall.utc = LATE
    assert clock.trusted()
    assert clock.step() is None
