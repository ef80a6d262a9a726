"""The rule table of causes: each signature names its cause with numbers; what is not measured is silent."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heatmon.core.curve.causes import RULES, Cause, Residuals, diagnose

SOUND: dict[str, Any] = {
    "running": True, "e_k": 0.2, "command_pct": 60.0, "feedback_pct": 59.5, "valve_gap_pct": 0.5,
    "valve_moved_pct": 2.0, "flow_moved": 0.03, "primary_flow_share": 0.5, "available_mpa": 0.1,
    "source_k": 0.0, "t1s_c": 105.0, "t1r_c": 48.0, "t2s_c": 55.0, "t2r_c": 43.0, "balance_pct": 3.0,
    "difference_ratio": 1.0, "ua_share_pct": 98.0, "setpoint_off_k": 0.3, "rooms_off_k": 0.2,
    "demand_sigma": 0.5,
}  # fmt: skip


def test_a_sound_station_has_no_cause() -> None:
    assert diagnose(Residuals(**SOUND)) == []


def test_what_is_not_measured_accuses_nobody() -> None:
    assert diagnose(Residuals()) == []


@pytest.mark.parametrize(
    ("cause", "change"),
    [
        (Cause.SENSOR, {"t2s_c": 41.0, "t2r_c": 43.0}),
        (Cause.SENSOR, {"t2s_c": 107.0}),
        (Cause.SENSOR, {"t1r_c": 40.0}),
        (Cause.SENSOR, {"balance_pct": 20.0}),
        (Cause.OUTDOOR, {"outdoor_suspect": True, "outdoor_apart_k": 6.0}),
        (Cause.VALVE_STUCK, {"valve_gap_pct": 30.0}),
        (Cause.VALVE_STUCK, {"valve_moved_pct": 35.0, "flow_moved": 0.01}),
        (Cause.SOURCE_SHORT, {"feedback_pct": 100.0, "e_k": -6.0, "source_k": 25.0}),
        (Cause.SOURCE_SHORT, {"feedback_pct": 100.0, "e_k": -6.0, "available_mpa": 0.02}),
        (Cause.WRONG_CURVE, {"setpoint_off_k": -5.0}),
        (Cause.VALVE_PASSING, {"command_pct": 0.0, "feedback_pct": 0.0, "primary_flow_share": 0.1}),
        (Cause.FLOW_SMALL, {"difference_ratio": 1.6}),
        (Cause.FLOW_LARGE, {"difference_ratio": 0.5}),
        (Cause.FOULING, {"ua_share_pct": 60.0}),
        (Cause.CURVE_UNFIT, {"rooms_off_k": -1.8}),
        (Cause.DEMAND, {"demand_sigma": 3.1}),
    ],
)  # fmt: skip
def test_each_signature_names_its_cause_with_evidence(cause: Cause, change: dict[str, Any]) -> None:
    found = diagnose(Residuals(**{**SOUND, **change}))
    assert [one for one, _ in found] == [cause]
    assert found[0][1], "evidence in numbers"


def test_a_wrong_sensor_is_believed_before_everything_else() -> None:
    found = diagnose(Residuals(**{**SOUND, "t2s_c": 30.0, "ua_share_pct": 10.0, "demand_sigma": 9.0}))
    assert found[0][0] is Cause.SENSOR
    assert [cause for cause, _ in RULES] == sorted(cause for cause, _ in RULES)


ANY = st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True))


@given(st.fixed_dictionaries({name: ANY for name in SOUND if name != "running"}))
def test_any_residuals_give_an_answer(values: dict[str, float | None]) -> None:
    for cause, evidence in diagnose(Residuals(running=True, **values)):  # type: ignore[arg-type]  # all are float | None
        assert cause in Cause
        assert evidence
