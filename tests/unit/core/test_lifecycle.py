from itertools import product

import pytest

from heatmon.core.lifecycle import ACTIVE, TABLE, Act, State, Trigger, next_state

# The whole square, written down a second time as a person reads it: rows states, columns triggers.
# "." changes nothing.
SQUARE = """
         on    off   off_latched ack   reset realarm priority_raised priority_lowered heard_again within
norm     unack .     .           .     .     .       .               .                .           .
unack    .     rtnun lat_u       acked .     .       unack           unack            unack       .
acked    .     norm  lat_a       .     .     unack   unack           acked            unack       .
rtnun    unack .     .           norm  .     .       .               .                .           norm
lat_u    unack .     .           lat_a .     .       .               .                .           .
lat_a    unack .     .           .     norm  .       .               .                .           .
"""


def square() -> dict[tuple[State, Trigger], State | None]:
    rows = [line.split() for line in SQUARE.strip().splitlines()]
    triggers = [Trigger(word) for word in rows[0]]
    return {
        (State(row[0]), trigger): None if cell == "." else State(cell)
        for row in rows[1:]
        for trigger, cell in zip(triggers, row[1:], strict=True)
    }


def test_the_square_is_whole() -> None:
    assert set(square()) == set(product(State, Trigger))


@pytest.mark.parametrize(("state", "trigger"), list(product(State, Trigger)))
def test_every_pair(state: State, trigger: Trigger) -> None:
    expected = square()[state, trigger]
    after, acts = next_state(state, trigger)
    assert (after, bool(acts)) == ((state, False) if expected is None else (expected, True))


def test_an_unacknowledged_alarm_never_vanishes_without_a_person() -> None:
    for (state, trigger), (after, acts) in TABLE.items():
        # What lay wholly within a suppression was told to nobody; the system closes it.
        if trigger is Trigger.WITHIN:
            continue
        if state in (State.UNACK, State.RTNUN, State.LAT_U) and trigger is not Trigger.ACK:
            assert after is not State.NORM
            assert Act.CLOSE not in acts


def test_whatever_becomes_active_is_announced() -> None:
    for (state, trigger), (after, acts) in TABLE.items():
        if after in ACTIVE and state not in ACTIVE:
            assert {Act.RAISE, Act.AGAIN} & set(acts), (state, trigger)
