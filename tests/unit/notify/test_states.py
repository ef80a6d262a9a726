"""The whole square of a message's life, written down a second time as a person reads it."""

from itertools import product

import pytest

from heatmon.notify.states import REACHED, SETTLED, WAITING, State, Trigger, next_state

# Rows states, columns triggers, "." changes nothing.
# ruff: noqa: E501  a table is read as a table
SQUARE = """
             send    taken handed      confirmed refused busy   broken given_up fold   release acknowledged restart
queued       sending .     .           .         .       .      .      failed   folded .       .            .
held         .       .     .           .         .       .      .      .        folded queued  .            .
sending      .       sent  handed_over delivered refused queued queued failed   .      .       .            queued
sent         .       .     .           delivered refused .      .      .        .      .       acknowledged .
handed_over  .       .     .           .         .       .      .      .        .      .       acknowledged .
delivered    .       .     .           .         .       .      .      .        .      .       acknowledged .
refused      .       .     .           .         .       .      .      .        .      .       .            .
failed       .       .     .           .         .       .      .      .        .      .       .            .
folded       .       .     .           .         .       .      .      .        .      .       .            .
acknowledged .       .     .           .         .       .      .      .        .      .       .            .
"""
ROWS = [line.split() for line in SQUARE.strip().splitlines()]
EXPECTED = {
    (State(row[0]), Trigger(name)): State(row[0]) if cell == "." else State(cell)
    for row in ROWS[1:]
    for name, cell in zip(ROWS[0], row[1:], strict=True)
}


def test_the_square_is_whole() -> None:
    assert set(EXPECTED) == set(product(State, Trigger))


@pytest.mark.parametrize(("state", "trigger"), list(product(State, Trigger)))
def test_every_pair(state: State, trigger: Trigger) -> None:
    assert next_state(state, trigger) is EXPECTED[state, trigger]


def test_nothing_settled_is_ever_sent_again() -> None:
    for state, trigger in product(SETTLED, Trigger):
        assert next_state(state, trigger) not in WAITING
    assert REACHED <= SETTLED
