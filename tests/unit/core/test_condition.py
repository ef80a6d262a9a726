"""Golden stories of one limit, told sample by sample."""

from math import nan

from hypothesis import given
from hypothesis import strategies as st

from heatmon.core.condition import NEVER, Watch
from heatmon.core.quality import Quality

S = 1_000_000_000
GOOD, BAD, UNCERTAIN = int(Quality.GOOD), int(Quality.TIMEOUT), int(Quality.IMPLAUSIBLE_RATE)


def above(limit: float = 90, deadband: float = 2, on_s: int = 5, off_s: int = 10, **kind: bool) -> Watch:
    return Watch(
        1.0, limit, limit - deadband, on_s * S, off_s * S, kind.get("hard", True), kind.get("safe", False)
    )


def story(watch: Watch, *samples: tuple[int, float, int]) -> list[bool]:
    seen = []
    for at, value, quality in samples:
        watch.update(value, quality, at * S)
        seen.append(watch.active)
    return seen


def test_raised_after_the_on_delay_and_cleared_past_the_deadband_after_the_off_delay() -> None:
    samples = [
        (0, 95, GOOD),
        (4, 95, GOOD),
        (5, 95, GOOD),
        (6, 89, GOOD),
        (7, 87, GOOD),
        (16, 87, GOOD),
        (17, 87, GOOD),
    ]
    assert story(above(), *samples) == [False, False, True, True, True, True, False]


def test_a_spike_shorter_than_the_delay_raises_nothing() -> None:
    assert story(above(), (0, 80, GOOD), (1, 300, GOOD), (2, 80, GOOD), (60, 80, GOOD)) == [False] * 4


def test_95_95_none_95_neither_clears_nor_raises_anew() -> None:
    assert story(above(), (0, 95, GOOD), (5, 95, GOOD), (6, nan, BAD), (7, 95, GOOD)) == [
        False,
        True,
        True,
        True,
    ]


def test_bad_input_freezes_a_running_on_delay_if_the_gap_is_shorter() -> None:
    watch = above()
    samples = [(0, 95, GOOD), (3, nan, BAD), (5, nan, BAD), (6, 95, GOOD), (7, 95, GOOD), (8, 95, GOOD)]
    assert story(watch, *samples) == [
        False, False, False, False, False, True,
    ]  # fmt: skip


def test_a_gap_longer_than_the_delay_starts_it_again() -> None:
    samples = [(0, 95, GOOD), (3, nan, BAD), (9, 95, GOOD), (13, 95, GOOD), (14, 95, GOOD)]
    assert story(above(), *samples) == [False, False, False, False, True]


def test_bad_input_starts_an_off_delay_again() -> None:
    samples = [
        (0, 95, GOOD),
        (5, 95, GOOD),
        (6, 80, GOOD),
        (15, nan, BAD),
        (17, 80, GOOD),
        (26, 80, GOOD),
        (27, 80, GOOD),
    ]
    assert story(above(), *samples)[-3:] == [True, True, False]


def test_uncertain_counts_for_hard_limits_only() -> None:
    samples = [(0, 95.0, UNCERTAIN), (5, 95.0, UNCERTAIN)]
    assert story(above(hard=True), *samples) == [False, True]
    assert story(above(hard=False), *samples) == [False, False]


def test_beyond_the_sensor_is_beyond_the_limit_for_the_safety_set_only() -> None:
    samples = [(0, nan, int(Quality.OVER_RANGE)), (5, nan, int(Quality.OVER_RANGE))]
    assert story(above(safe=True), *samples) == [False, True]
    assert story(above(safe=False), *samples) == [False, False]
    under = [(0, nan, int(Quality.UNDER_RANGE)), (9, nan, int(Quality.UNDER_RANGE))]
    assert story(above(safe=True), *under) == [False, False]


def test_a_running_delay_has_a_deadline_and_bad_input_takes_it_away() -> None:
    watch = above()
    watch.update(95, GOOD, 3 * S)
    assert watch.deadline() == 8 * S
    watch.update(nan, BAD, 4 * S)
    assert watch.deadline() == NEVER


@given(
    st.lists(
        st.tuples(st.integers(0, 40), st.floats(0, 200), st.sampled_from([GOOD, BAD, UNCERTAIN])), max_size=30
    )
)
def test_bad_input_alone_never_changes_the_state(samples: list[tuple[int, float, int]]) -> None:
    watch, now = above(), 0
    for step, value, quality in samples:
        now += step * S
        before = watch.active
        watch.update(value, quality, now)
        if quality == BAD:
            assert watch.active == before


@given(st.lists(st.tuples(st.integers(1, 20), st.floats(0, 200), st.sampled_from([GOOD, BAD])), max_size=30))
def test_a_watch_restored_from_its_dump_goes_on_alike(samples: list[tuple[int, float, int]]) -> None:
    one, now = above(), 0
    for step, value, quality in samples:
        now += step * S
        other = above()
        if (state := one.dump()) is not None:
            other.load(state)
        one.update(value, quality, now)
        other.update(value, quality, now)
        assert (one.active, one.dump()) == (other.active, other.dump())
