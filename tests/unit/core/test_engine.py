"""The contracts of input, step and checkpoint, held by stories."""

from __future__ import annotations

import json
from array import array
from math import nan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heatmon.core.effect import Effects, Event
from heatmon.core.engine import CheckpointError, Engine
from heatmon.core.input import ClockStepped, Command, ConfigChange, Lifecycle, LinkChange
from heatmon.core.quality import Quality
from heatmon.core.scan import Origin, Scan
from tests.unit.core.station_spec import ENGINEER, OPERATOR, SECOND, START, alarm, scan, spec, tag

S = SECOND
PERMIT = {"kind": "fill", "volume": "5 m3", "duration": "1 h", "reason": "x"}


class Teller:
    """Feeds an engine, one thing after the other, and keeps what it said."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.now = START
        self.events: list[Event] = []

    def see(self, effects: Effects) -> Effects:
        self.events.extend(effects.events)
        return effects

    def scan(self, p2r: float, quality: int = Quality.GOOD, after: float = 1, t2s: float = 60) -> Effects:
        self.now += int(after * S)
        one = scan(self.engine.input_seq + 1, self.now, [p2r, t2s], [quality, Quality.GOOD])
        return self.see(self.engine.step(one, self.now))

    def command(self, verb: str, actor: object = OPERATOR, command_id: str = "", **args: str) -> Effects:
        seq = self.engine.input_seq + 1
        command = Command(command_id or f"c{seq}", verb, args, actor, seq)  # type: ignore[arg-type]  # test vocabulary
        return self.see(self.engine.step(command, self.now))

    def wait(self, seconds: float) -> Effects:
        self.now += int(seconds * S)
        return self.see(self.engine.step(None, self.now))

    @property
    def codes(self) -> list[str]:
        return [event.code for event in self.events]


@pytest.fixture
def teller() -> Teller:
    # Stories that skip over time are not about silence: this engine is patient.
    return Teller(Engine(spec(), "b" * 64, START, patience_ns=86_400 * S))


def test_raised_acknowledged_returned_closed(teller: Teller) -> None:
    for _ in range(7):
        teller.scan(0.65)
    assert teller.codes == ["alarm.raised"]
    raised = teller.events[0]
    assert raised.payload["value"] == "0.65"
    assert (raised.payload["limit"], raised.payload["unit"], raised.payload["priority"]) == (
        "0.6",
        "MPa",
        "P1",
    )
    assert teller.command("ack", alarm="P2R_HH").replies[0].ok
    for _ in range(62):
        teller.scan(0.4)
    assert teller.codes == ["alarm.raised", "alarm.acknowledged", "alarm.returned", "alarm.closed"]
    assert [event.event_seq for event in teller.events] == [1, 2, 3, 4]
    assert teller.events[1].actor == "zhang@socket/uid"


def test_a_delay_that_runs_out_between_scans_fires_at_its_own_time(teller: Teller) -> None:
    teller.scan(0.65)
    began = teller.now
    effects = teller.wait(60)
    assert [event.code for event in effects.events] == ["alarm.raised"]
    assert effects.events[0].time_ns == began + 5 * S


def test_inputs_are_numbered_without_gaps(teller: Teller) -> None:
    with pytest.raises(ValueError, match="without gaps"):
        teller.engine.step(scan(5, START, [0.3, 60]), START)


def test_bad_input_holds_the_alarm_and_says_that_nobody_watches(teller: Teller) -> None:
    for _ in range(7):
        teller.scan(0.65)
    for _ in range(20):
        teller.scan(nan, Quality.TIMEOUT)
    assert teller.codes == ["alarm.raised", "alarm.raised"]
    blind = teller.events[1].payload
    assert (blind["alarm"], blind["priority"], blind["blinds"]) == ("SENSOR_p2r", "P1", "P2R_HH")
    assert teller.engine.alarms.by_id["P2R_HH"].active


def test_pressure_ramp_through_the_end_of_the_sensors_range_raises(teller: Teller) -> None:
    for step in range(40):
        value = 0.5 + step * 0.025
        teller.scan(value if value <= 1.0 else 1.4)
    assert "P2R_HH" in [event.payload.get("alarm") for event in teller.events]
    assert teller.engine.alarms.by_id["P2R_HH"].active


def test_a_rise_of_40_k_in_36_s_is_believed_at_the_latest_with_the_third_scan() -> None:
    t2s = tag("t2s", "°C", "0 °C", "120 °C", max_rate_per_s=0.5)
    over = alarm("T2S_HH", signal="t2s", level={"limit": "85 °C", "deadband": "2 K", "on_delay": "3 s"})
    teller = Teller(Engine(spec(tags=[tag("p2r", "MPa", "0 MPa", "1 MPa"), t2s], alarms=[over]), "b", START))
    for step in range(40):
        teller.scan(0.3, t2s=54 + step * 40 / 36)
    assert "T2S_HH" in [event.payload.get("alarm") for event in teller.events]


def test_a_single_spike_is_uncertain_and_raises_no_soft_limit() -> None:
    t2s = tag("t2s", "°C", "0 °C", "120 °C", max_rate_per_s=0.5)
    high = alarm(
        "T2S_H", signal="t2s", on_bad="hold",
        level={"name": "H", "priority": "P3", "limit": "85 °C", "deadband": "2 K", "on_delay": "0 s"},
    )  # fmt: skip
    teller = Teller(Engine(spec(tags=[tag("p2r", "MPa", "0 MPa", "1 MPa"), t2s], alarms=[high]), "b", START))
    for value in (60, 60, 110, 60, 60):
        teller.scan(0.3, t2s=value)
    assert teller.codes == []


def test_backfill_raises_nothing(teller: Teller) -> None:
    for _ in range(9):
        teller.now += S
        late = scan(teller.engine.input_seq + 1, teller.now, [0.9, 60], origin=Origin.BACKFILL)
        teller.see(teller.engine.step(late, teller.now))
    assert teller.codes == []


def test_lost_device_is_one_alarm_and_its_sensors_keep_quiet() -> None:
    quiet = alarm(on_bad="hold", level={"name": "H", "priority": "P3"})
    teller = Teller(Engine(spec(alarms=[quiet]), "b", START))
    for _ in range(10):
        teller.now += S
        lost = scan(teller.engine.input_seq + 1, teller.now, [nan, nan], [Quality.LINK_DOWN] * 2)
        teller.see(teller.engine.step(lost, teller.now))
    assert [event.payload["alarm"] for event in teller.events] == ["COMM_plc"]


def test_refusals_are_answers(teller: Teller) -> None:
    from heatmon.core.input import Actor

    viewer = Actor("guest", "viewer", "socket", "uid")
    for verb, args, actor, code in [
        ("ack", {"alarm": "P2R_HH"}, OPERATOR, "refused.not_applicable"),
        ("ack", {"alarm": "NOPE"}, OPERATOR, "refused.alarm"),
        ("ack", {}, OPERATOR, "refused.missing"),
        ("ack", {"alarm": "P2R_HH"}, viewer, "refused.role"),
        ("fly", {}, OPERATOR, "refused.verb"),
        ("enter_reading", {"tag": "p2r", "value": "3 K"}, OPERATOR, "quantity.dimension"),
        ("permit", PERMIT | {"volume": "-1 m3"}, OPERATOR, "refused.permit_size"),
        ("permit", {k: PERMIT[k] for k in PERMIT if k != "volume"}, OPERATOR, "refused.permit_size"),
        ("permit", PERMIT | {"duration": "31 d"}, OPERATOR, "refused.permit_size"),
        ("permit", PERMIT | {"kind": "party"}, OPERATOR, "refused.permit_kind"),
        ("end_permit", {}, OPERATOR, "refused.no_permit"),
        ("note", {"text": "x", "colour": "red"}, OPERATOR, "refused.argument"),
    ]:
        reply = teller.command(verb, actor, **args).replies[0]
        assert (reply.ok, reply.code) == (False, code)
    assert set(teller.codes) == {"command.refused"}


def test_the_same_command_again_gets_the_first_answer_and_does_nothing_twice(teller: Teller) -> None:
    first = teller.command("note", command_id="x1", text="round done").replies[0]
    again = teller.command("note", command_id="x1", text="round done").replies[0]
    assert first == again
    assert teller.codes == ["note"]


def test_a_manual_reading_is_journalled_and_judged(teller: Teller) -> None:
    teller.command("enter_reading", tag="p2r", value="700 kPa")
    teller.wait(6)
    assert teller.codes == ["reading.entered", "alarm.raised"]
    assert teller.engine.table.qualities[0] == Quality.MANUAL


def test_fill_permit_ends_by_itself_at_its_time(teller: Teller) -> None:
    teller.command("permit", kind="fill", volume="5 m3", duration="10 min", reason="after repair")
    granted = teller.now
    teller.wait(3600)
    assert teller.codes == ["permit.granted", "permit.ended"]
    assert teller.events[1].time_ns == granted + 600 * S


def test_link_loss_has_a_duration_clock_steps_and_gaps_are_entries(teller: Teller) -> None:
    def give(item: LinkChange | ClockStepped | Lifecycle) -> None:
        teller.see(teller.engine.step(item, teller.now))

    give(LinkChange("lan", ("plc",), False, "refused", 1))
    teller.now += 90 * S
    give(LinkChange("lan", ("plc",), True, "", 2))
    give(ClockStepped(-5 * S, True, 3))
    give(Lifecycle("gap", teller.now - 400 * S, teller.now, "power", 4))
    assert teller.codes == ["link.lost", "link.restored", "clock.stepped", "gap"]
    assert teller.events[1].payload["duration_s"] == 90
    assert teller.events[3].payload["priority"] == "P2"


# -- reload (contract 8) -------------------------------------------------------------------------


def reload(teller: Teller, **changes: object) -> None:
    change = ConfigChange(spec(**changes), "c" * 64, ENGINEER, ("difference",), teller.engine.input_seq + 1)
    teller.see(teller.engine.step(change, teller.now))


def raised(teller: Teller) -> Teller:
    for _ in range(7):
        teller.scan(0.65)
    return teller


def test_reload_changed_limit_is_judged_at_the_next_scan(teller: Teller) -> None:
    raised(teller)
    reload(teller, alarms=[alarm(level={"limit": "0.7 MPa", "off_delay": "0 s"})])
    assert teller.engine.alarms.by_id["P2R_HH"].active
    teller.scan(0.65)
    assert teller.codes == ["alarm.raised", "config.changed", "alarm.returned"]


def test_reload_changed_delay_judges_the_running_delay(teller: Teller) -> None:
    teller.scan(0.65)
    teller.scan(0.65)
    reload(teller, alarms=[alarm(level={"on_delay": "1 s"})])
    teller.scan(0.65)
    assert teller.codes == ["config.changed", "alarm.raised"]


def test_reload_removed_while_active_closes_the_occurrence(teller: Teller) -> None:
    raised(teller)
    reload(teller, alarms=[])
    assert teller.codes == ["alarm.raised", "config.changed", "alarm.closed"]
    assert teller.events[2].payload["why"] == "removed"


def test_reload_renamed_keeps_the_state(teller: Teller) -> None:
    raised(teller)
    reload(teller, alarms=[alarm("P2R_TOO_HIGH", renamed_from="P2R_HH")])
    teller.scan(0.65)
    assert teller.codes == ["alarm.raised", "config.changed"]
    assert teller.engine.alarms.by_id["P2R_TOO_HIGH"].active


def test_reload_changed_priority_shows_from_the_next_announcement(teller: Teller) -> None:
    raised(teller)
    reload(teller, alarms=[alarm(level={"priority": "P2"})])
    teller.scan(0.65)
    assert teller.codes == ["alarm.raised", "config.changed"]
    teller.command("ack", alarm="P2R_HH")
    assert teller.events[-1].payload["priority"] == "P2"


# -- checkpoint (contract 4) and determinism (contract 2) ----------------------------------------

MOVES = st.lists(
    st.tuples(
        st.sampled_from(["scan", "scan", "scan", "ack", "wait", "link"]),
        st.floats(0.2, 0.8),
        st.sampled_from([Quality.GOOD, Quality.GOOD, Quality.TIMEOUT, Quality.OVER_RANGE]),
        st.integers(1, 40),
    ),
    max_size=25,
)


def play(teller: Teller, moves: list[tuple[str, float, Quality, int]]) -> None:
    for kind, value, quality, seconds in moves:
        if kind == "scan":
            teller.scan(value, quality, after=seconds)
        elif kind == "ack":
            teller.command("ack_all")
        elif kind == "wait":
            teller.wait(seconds)
        else:
            item = LinkChange("lan", ("plc",), value > 0.5, "test", teller.engine.input_seq + 1)
            teller.see(teller.engine.step(item, teller.now))


@settings(max_examples=60, deadline=None)
@given(MOVES, MOVES)
def test_an_engine_restored_from_its_checkpoint_goes_on_alike(
    before: list[tuple[str, float, Quality, int]], after: list[tuple[str, float, Quality, int]]
) -> None:
    one = Teller(Engine(spec(), "b", START))
    play(one, before)
    text = json.dumps(one.engine.checkpoint())
    two = Teller(Engine.restore(spec(), "b", json.loads(text)))
    two.now = one.now
    one.events.clear()
    play(one, after)
    play(two, after)
    assert one.events == two.events
    assert json.dumps(one.engine.checkpoint()) == json.dumps(two.engine.checkpoint())


@settings(max_examples=60, deadline=None)
@given(MOVES, st.integers(1, 9))
def test_random_extra_calls_change_nothing(moves: list[tuple[str, float, Quality, int]], extra: int) -> None:
    plain, nervous = Teller(Engine(spec(), "b", START)), Teller(Engine(spec(), "b", START))
    for move in moves:
        play(plain, [move])
        for part in range(extra):
            target = nervous.now + (plain.now - nervous.now) * part // extra
            nervous.see(nervous.engine.step(None, target))
        play(nervous, [move])
    assert [e.payload for e in plain.events] == [e.payload for e in nervous.events]
    assert [e.time_ns for e in plain.events] == [e.time_ns for e in nervous.events]


def test_unknown_or_damaged_checkpoints_are_refused(teller: Teller) -> None:
    good = teller.engine.checkpoint()
    with pytest.raises(CheckpointError, match="version 99"):
        Engine.restore(spec(), "b", good | {"version": 99})
    with pytest.raises(CheckpointError, match="damaged"):
        Engine.restore(spec(), "b", {k: v for k, v in good.items() if k != "judge"})


def test_the_checkpoint_of_a_station_of_40_tags_is_below_64_kb() -> None:
    tags = [tag(f"t{n}", "°C", "0 °C", "120 °C") for n in range(40)]
    alarms = [
        alarm(f"A{n}", signal=f"t{n % 40}", level={"limit": "85 °C", "deadband": "2 K"}) for n in range(60)
    ]
    engine = Engine(spec(tags=tags, alarms=alarms), "b" * 64, START)
    values = array("d", [95.0] * 40)
    for n in range(1, 9):
        at = START + n * S
        engine.step(Scan("plc", "fast", at, at, values, bytes(40), input_seq=n), at)
    assert len(engine.view().alarms) == 60
    assert len(json.dumps(engine.checkpoint())) < 64 * 1024
