"""The figures of alarm management against counts made by hand."""

from __future__ import annotations

import pytest

from heatmon.core.kpi import DAY, HOUR, SECOND, TARGETS, Told, kpi
from heatmon.core.rationale import derived

MINUTE = 60 * SECOND


def raised(at: int, alarm: str = "A", number: int = 1, **more: object) -> Told:
    fields = {"alarm": alarm, "occurrence": f"{alarm}#{number}", "priority": "P3"} | more
    return Told(at, "alarm.raised", fields)


def test_a_day_by_hand() -> None:
    # 12 within ten minutes, then one an hour: 12 + 23.
    entries = [raised(n * 30 * SECOND, f"A{n % 2}", n) for n in range(12)]
    entries += [raised(h * HOUR + 30 * MINUTE, "B", h, priority="P1") for h in range(1, 24)]
    found = kpi(entries, 0, DAY)
    assert found.announced == 35
    assert found.figures["per_day"] == 35
    assert found.figures["per_10_min"] == pytest.approx(35 / 144)
    assert found.figures["most_in_10_min"] == 12
    assert found.figures["ten_min_above_10_pct"] == pytest.approx(100 / 144)
    assert found.figures["hours_above_30_pct"] == 0
    assert found.bad_actors[0][:2] == ("B", 23)
    assert found.shares_pct["P1"] == pytest.approx(100 * 23 / 35)
    assert found.standing == 35
    assert not found.met("most_in_10_min")
    assert set(found.figures) == set(TARGETS)


def test_silent_ones_tests_and_hints_are_no_announcements() -> None:
    entries = [raised(1, silent="shelved"), raised(2, test=True), raised(3, priority="P4"), raised(4)]
    assert kpi(entries, 0, DAY).announced == 1


def test_fleeting_is_what_returned_within_a_minute_untouched() -> None:
    def back(at: int, number: int) -> Told:
        return Told(at, "alarm.returned", {"alarm": "A", "occurrence": f"A#{number}"})

    entries = [
        raised(0, number=1), back(30 * SECOND, 1),
        raised(HOUR, number=2), back(HOUR + 61 * SECOND, 2),
        raised(2 * HOUR, number=3),
        Told(2 * HOUR + SECOND, "alarm.acknowledged", {"occurrence": "A#3"}),
        back(2 * HOUR + 2 * SECOND, 3),
    ]  # fmt: skip
    assert kpi(entries, 0, DAY).figures["fleeting"] == 1


def test_floods_count_where_they_overlap_the_period() -> None:
    entries = [
        Told(-HOUR, "flood.started", {}), Told(HOUR, "flood.ended", {}), Told(23 * HOUR, "flood.started", {})
    ]  # fmt: skip
    assert kpi(entries, 0, DAY).figures["flood_pct"] == pytest.approx(100 * 2 / 24)


def test_an_empty_period_and_one_that_ends_before_it_begins() -> None:
    assert kpi([], 0, DAY).figures["top_10_pct"] == 0
    with pytest.raises(ValueError, match="ends after"):
        kpi([], DAY, DAY)


@pytest.mark.parametrize(
    ("severity", "minutes", "priority"),
    [
        ("severe", 5, "P1"),
        ("severe", 60, "P2"),
        ("major", 30, "P2"),
        ("moderate", 30, "P3"),
        ("minor", 480, "P4"),
    ],
)
def test_priority_by_consequence_and_urgency(severity: str, minutes: int, priority: str) -> None:
    assert derived(severity, minutes * 60.0) == priority  # type: ignore[arg-type]  # words of the table
