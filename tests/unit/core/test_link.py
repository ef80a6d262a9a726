"""A link that comes and goes: told at once, then once in ten minutes."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from heatmon.core.input import JsonScalar
from heatmon.core.link import QUIET_NS, LinkWatch

S = 1_000_000_000


class Told:
    def __init__(self) -> None:
        self.said: list[tuple[str, Mapping[str, JsonScalar]]] = []

    def __call__(self, code: str, fields: Mapping[str, JsonScalar]) -> None:
        self.said.append((code, fields))


def test_the_first_loss_and_its_return_are_told_at_once() -> None:
    link, told = LinkWatch("lan"), Told()
    link.restored(0, told)
    link.lost("refused", 5 * S, told)
    link.lost("refused", 6 * S, told)
    link.restored(95 * S, told)
    assert told.said == [
        ("link.lost", {"link": "lan", "reason": "refused"}),
        ("link.restored", {"link": "lan", "duration_s": 90}),
    ]


def test_further_losses_are_one_entry_and_a_loss_that_lasts_gets_its_return() -> None:
    link, told = LinkWatch("lan"), Told()
    for second in range(0, 100, 20):
        link.lost("reset", second * S, told)
        link.restored((second + 10) * S, told)
    link.lost("reset", 100 * S, told)
    assert link.deadline() == QUIET_NS
    link.pass_time(QUIET_NS, told)
    link.restored(800 * S, told)
    assert told.said[2:] == [
        ("link.unsteady", {"link": "lan", "count": 5}),
        ("link.restored", {"link": "lan", "duration_s": 700}),
    ]


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 400)), max_size=60))
def test_no_loss_is_forgotten_and_entries_stay_few(changes: list[tuple[bool, int]]) -> None:
    link, told, now, losses, up = LinkWatch("lan"), Told(), 0, 0, True
    for rises, seconds in changes:
        now += seconds * S
        while link.deadline() <= now:
            link.pass_time(link.deadline(), told)
        losses += up and not rises
        up = rises
        (link.restored(now, told) if rises else link.lost("x", now, told))
    counted = sum(
        1 if code == "link.lost" else int(str(fields.get("count", 0))) for code, fields in told.said
    )
    assert counted + link.count == losses
    assert len(told.said) <= 2 * (now // QUIET_NS + 2)
