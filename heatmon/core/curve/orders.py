"""Orders of the dispatch room that change heating parameters for a time.

Two times belong to an order: for which hours it holds (valid), and since when the station knew of it
(given, withdrawn). A past hour is judged by what was valid then; `known_ns` asks what was known then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Literal

OrderKind = Literal["room_shift", "supply_offset", "supply"]
KEPT_NS: Final = 40 * 86400 * 1_000_000_000
"""An order that ended longer ago than this leaves the checkpoint; the journal keeps it for ever."""
MOST: Final = 64


@dataclass(frozen=True, slots=True)
class Order:
    """One order. value: K for a shift or an offset, °C for a supply temperature; times: station time, ns."""

    id: str
    kind: OrderKind
    value: float
    from_ns: int
    until_ns: int
    given_ns: int
    by: str
    text: str
    withdrawn_ns: int | None = None

    def holds(self, at_ns: int, known_ns: int | None = None) -> bool:
        """Whether it governs the instant `at_ns`, by what was known at `known_ns` (None: by all we know)."""
        if known_ns is not None and known_ns < self.given_ns:
            return False
        ended = self.withdrawn_ns
        if ended is not None and (known_ns is None or known_ns >= ended) and at_ns >= ended:
            return False
        return self.from_ns <= at_ns < self.until_ns


@dataclass(frozen=True, slots=True)
class InForce:
    """What the orders of an instant come to; of several of a kind the one given last counts."""

    room_shift_k: float = 0.0
    offset_k: float = 0.0
    supply_c: float | None = None
    ids: tuple[str, ...] = ()


NONE: Final = InForce()


class OrderBook:
    """All orders of a station, in the order in which they were given. At most 64 are kept."""

    __slots__ = ("_orders", "number")

    def __init__(self) -> None:
        self._orders: list[Order] = []
        self.number = 0

    @property
    def orders(self) -> Sequence[Order]:
        """The orders that are kept."""
        return tuple(self._orders)

    def give(
        self, kind: OrderKind, value: float, from_ns: int, until_ns: int, now_ns: int, by: str, text: str
    ) -> Order | None:
        """Enter an order; None when 64 are in force or still to come."""
        self._forget(now_ns)
        if len(self._orders) >= MOST:
            return None
        self.number += 1
        order = Order(f"order#{self.number}", kind, value, from_ns, until_ns, now_ns, by, text)
        self._orders.append(order)
        return order

    def withdraw(self, order_id: str, now_ns: int) -> bool:
        """End an order now; False for one that is unknown, over or withdrawn."""
        for k, order in enumerate(self._orders):
            if order.id == order_id and order.withdrawn_ns is None and order.until_ns > now_ns:
                self._orders[k] = replace(order, withdrawn_ns=now_ns)
                return True
        return False

    def in_force(self, at_ns: int, known_ns: int | None = None) -> InForce:
        """What holds at an instant."""
        if not self._orders:
            return NONE
        found = {order.kind: order for order in self._orders if order.holds(at_ns, known_ns)}
        if not found:
            return NONE
        room, offset, supply = (found.get(k) for k in ("room_shift", "supply_offset", "supply"))
        return InForce(
            0.0 if room is None else room.value,
            0.0 if offset is None else offset.value,
            None if supply is None else supply.value,
            tuple(order.id for order in found.values()),
        )

    def _forget(self, now_ns: int) -> None:
        kept = [o for o in self._orders if o.until_ns > now_ns and o.withdrawn_ns is None]
        past = [o for o in self._orders if o not in kept and o.until_ns > now_ns - KEPT_NS]
        # Those in force stay; of the past ones the newest, as far as there is room.
        room = max(0, MOST - 1 - len(kept))
        self._orders = sorted((*past[len(past) - room :], *kept), key=lambda order: order.given_ns)

    def dump(self) -> dict[str, Any]:
        """State as JSON."""
        return {"number": self.number, "orders": [asdict(order) for order in self._orders]}

    def load(self, state: Mapping[str, Any]) -> None:
        """Take a dumped state over."""
        self.number = state["number"]
        self._orders = [Order(**order) for order in state["orders"]]
