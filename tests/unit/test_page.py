"""The page of `heatmon watch`: fits any terminal, what needs a person first, in both languages."""

from __future__ import annotations

from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from heatmon.catalogue import Language
from heatmon.cli.page import Frame, page

NOW_NS = 1_800_000_000 * 10**9


def signal(key: str, value: float | None = 50.0, quality: int = 0, **more: Any) -> dict[str, Any]:
    reason = "good" if quality == 0 else "timeout"
    return {
        "id": key, "unit": "°C", "digits": 1, "value": value, "quality": quality, "reason": reason,
        "age_s": 3.0, **more,
    }  # fmt: skip


def tag(key: str, **more: Any) -> dict[str, Any]:
    return signal(key, name={"en": f"temperature {key}", "zh": f"温度{key}"}, **more)


def status(**more: Any) -> dict[str, Any]:
    derived = [signal(name) for name in ("pressure.valve_lifts", "curve.setpoint_c", "curve.deviation_k")]
    return {
        "station": "HX-017", "name": {"en": "station 17", "zh": "17号站"}, "timezone": "Asia/Shanghai",
        "now_ns": NOW_NS, "time_factor": 120.0, "simulated": True, "journal_trouble": None,
        "links": [{"id": "lan", "up": True, "reason": None}], "alarms": [],
        "tags": [tag(f"t{n}") for n in range(29)], "derived": derived,
        **more,
    }  # fmt: skip


def alarm(number: int, **more: Any) -> dict[str, Any]:
    name = {"en": "return pressure above the working pressure", "zh": "二次回水压力超过工作压力"}
    return {
        "id": f"A{number}", "name": name, "priority": "P1", "state": "unack", "since_ns": NOW_NS,
        "stale": False, **more,
    }  # fmt: skip


ENTRIES = [
    {
        "event_seq": n,
        "time_ns": NOW_NS,
        "code": "note",
        "payload": {"text": f"line {n}\nmore"},
        "actor": "x@key/pin",
        "simulated": True,
    }
    for n in range(1, 30)
]


def lines(
    found: dict[str, Any], width: int, height: int, language: Language = "en", **more: Any
) -> list[str]:
    group = page(found, ENTRIES, language, Frame(width, height, **more))
    texts = [part for part in group.renderables if isinstance(part, Text)]
    assert len(texts) == len(group.renderables)
    return [text.plain for text in texts]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(("width", "height"), [(80, 24), (40, 12), (132, 43), (210, 60), (20, 6)])
@pytest.mark.parametrize("alarms", [0, 2, 30])
def test_it_fits_and_every_line_is_one_line(width: int, height: int, language: Language, alarms: int) -> None:
    shown = lines(status(alarms=[alarm(n) for n in range(alarms)]), width, height, language)
    assert len(shown) <= height
    assert max(cell_len(line) for line in shown) <= width
    console = Console(width=width, height=height, force_terminal=True)
    with console.capture() as captured:
        console.print(page(status(), ENTRIES, language, Frame(width, height)))
    assert captured.get().count("\n") <= height


def test_a_small_terminal_shows_what_matters_first() -> None:
    text = "\n".join(lines(status(alarms=[alarm(1)]), 80, 24))
    order = [
        *("SIMULATED · time runs 120 ×", "HX-017 station 17 · 2027-01-15 16:00:00 CST", "lan up"),
        *("■ 1 16:00:00 A1 return pressure", "supply setpoint", "supply deviation", "temperature t0"),
        *("journal", "(simulated)", "29 01-15 16:00:00 note", "a acknowledge all", "space more values (1/2)"),
    ]
    places = [text.find(part) for part in order]
    assert -1 not in places, dict(zip(order, places, strict=True))
    assert places == sorted(places)


def test_everything_can_be_reached_by_turning() -> None:
    seen = "\n".join("\n".join(lines(status(), 80, 24, turn=turn)) for turn in range(4))
    for name in [f"temperature t{n} " for n in range(29)] + ["lifts of the safety"]:
        assert name in seen, name


def test_a_wide_terminal_shows_ids_and_words_of_quality_at_once() -> None:
    text = "\n".join(lines(status(), 210, 60))
    assert "t28" in text
    assert "good" in text
    assert "space" not in text


def test_bad_values_stale_alarms_lost_links_and_a_full_disk_are_told() -> None:
    found = status(
        tags=[tag("t1", value=None, quality=130)],
        alarms=[alarm(1, stale=True)],
        links=[{"id": "lan", "up": False, "reason": {"code": "driver.refused", "params": {"detail": "x"}}}],
        journal_trouble="disk full",
    )
    text = "\n".join(lines(found, 100, 30))
    assert "? °C ?" in text
    assert "input not good" in text
    assert "lan DOWN" in text
    assert "JOURNAL NOT WRITABLE: disk full" in text


def test_alarms_that_do_not_fit_are_counted() -> None:
    assert " and 26 more" in lines(status(alarms=[alarm(n) for n in range(30)]), 80, 24)


def test_the_answer_to_a_key_stands_in_the_last_line() -> None:
    assert lines(status(), 80, 24, notice="2 alarms acknowledged")[-1] == "2 alarms acknowledged"


def test_real_time_without_simulation_has_no_banner_and_one_station_no_key_for_it() -> None:
    text = "\n".join(lines(status(simulated=False, time_factor=1.0), 80, 24))
    assert "SIMULATED" not in text
    assert "next station" not in text
    assert "n next station" in "\n".join(lines(status(stations=2), 110, 24))
