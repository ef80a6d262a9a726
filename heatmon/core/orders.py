"""Orders of the dispatch room: issued, received, accepted or refused as unsafe, executed, verified.

Verified means: the effect was measured, by an expression over tags that the order names (``t2s >= 52``)
within its time. An order that nobody has received for ten minutes is told upwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from heatmon.core.condition import NEVER
from heatmon.core.expression import Expression, ExpressionError, parse
from heatmon.core.input import SYSTEM, Command, JsonScalar
from heatmon.core.part import Arguments, Handler, Host, Params, Part, RefusedError
from heatmon.core.quantity import QuantityError, parse_quantity

SECOND: Final = 1_000_000_000
UNRECEIVED_NS: Final = 600 * SECOND
EFFECT_WITHIN_S: Final = 4 * 3600.0
KEPT_DONE: Final = 50

TABLE: Final[Mapping[tuple[str, str], str]] = {
    ("issued", "receive"): "received",
    ("issued", "accept"): "accepted",
    ("received", "accept"): "accepted",
    ("issued", "refuse"): "refused",
    ("received", "refuse"): "refused",
    ("accepted", "refuse"): "refused",
    ("accepted", "execute"): "executed",
    ("executed", "verify"): "verified",
    ("executed", "fail"): "not_verified",
    ("issued", "withdraw"): "withdrawn",
    ("received", "withdraw"): "withdrawn",
    ("accepted", "withdraw"): "withdrawn",
}
"""(state, what happens) -> state. A pair that is missing is refused."""
DONE: Final = frozenset({"refused", "verified", "not_verified", "withdrawn"})


@dataclass(slots=True)
class Order:
    """One order. effect: what shall be measured, empty where nothing can be. until_ns: by when."""

    number: int
    text: str
    by: str
    issued_ns: int
    state: str = "issued"
    effect: str = ""
    within_ns: int = 0
    until_ns: int = NEVER
    told_up: bool = False

    @property
    def id(self) -> str:
        """``order#7``."""
        return f"order#{self.number}"


class Orders(Part):
    """The orders of a station. Effects are looked at each 10 s."""

    name = "orders"

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._number = 0
        self._orders: dict[str, Order] = {}
        self._effects: dict[str, Expression] = {}

    def configure(self) -> None:
        """Compile the effects against the present table."""
        self._effects = {}
        for order in self._orders.values():
            self._compile(order)

    def _compile(self, order: Order) -> None:
        if order.effect and order.state not in DONE:
            try:
                self._effects[order.id] = parse(order.effect)
            except ExpressionError:
                # It named a tag when it was issued; that one has gone since. People decide.
                self._effects.pop(order.id, None)

    def verbs(self) -> Mapping[str, Handler]:
        """Issue one; receive, accept, refuse, execute, withdraw it."""
        return {
            "order": self._issue,
            "receive_order": lambda args, command, now: self._move("receive", args, command, now),
            "accept_order": lambda args, command, now: self._move("accept", args, command, now),
            "refuse_order": lambda args, command, now: self._move("refuse", args, command, now),
            "execute_order": lambda args, command, now: self._move("execute", args, command, now),
            "withdraw_order": lambda args, command, now: self._move("withdraw", args, command, now),
        }

    def _issue(self, args: Arguments, command: Command, now: int) -> Params:
        effect, within = args.get("effect", ""), EFFECT_WITHIN_S
        try:
            if effect:
                parse(effect).check(self.host.table.index, self.host.alarms.by_id)
            if args.get("within"):
                within = parse_quantity(args["within"]).to("s")
        except (ExpressionError, QuantityError) as error:
            raise RefusedError("refused.effect", effect=effect, why=str(error)) from None
        self._number += 1
        order = Order(
            self._number,
            args["text"],
            command.actor.label,
            now,
            effect=effect,
            within_ns=int(within * SECOND),
        )
        self._orders[order.id] = order
        self._compile(order)
        fields: dict[str, JsonScalar] = {"order": order.id, "text": order.text, "priority": "P2"}
        if effect:
            fields |= {"effect": effect, "within_s": int(within)}
        self.host.emit("order.issued", fields, command.actor.label)
        return {"order": order.id}

    def _move(self, what: str, args: Arguments, command: Command, now: int) -> Params:
        order = self._orders.get(args["order"])
        if order is None:
            standing = ", ".join(one.id for one in self._orders.values() if one.state not in DONE) or "-"
            raise RefusedError("refused.order", order=args["order"], known=standing)
        state = TABLE.get((order.state, what))
        if state is None:
            raise RefusedError("refused.order_state", order=order.id, state=order.state, what=what)
        fields = {name: args[name] for name in ("reason", "reported_to", "text") if args.get(name)}
        self._to(order, state, command.actor.label, fields)
        if state == "executed" and order.effect:
            order.until_ns = now + order.within_ns
            self._verify(order, now)
        return {"order": order.id}

    def _to(self, order: Order, state: str, by: str, fields: Mapping[str, JsonScalar]) -> None:
        order.state = state
        if state in DONE:
            order.until_ns = NEVER
            self._effects.pop(order.id, None)
        self.host.emit(f"order.{state}", {"order": order.id, **fields}, by)
        done = [one.id for one in self._orders.values() if one.state in DONE]
        for name in done[:-KEPT_DONE]:
            del self._orders[name]

    def _verify(self, order: Order, now: int) -> None:
        effect = self._effects.get(order.id)
        if effect is None or order.state != "executed":
            return
        if effect.value(self.host.table, self.host.alarms.by_id) is True:
            measured = effect.readings(self.host.table)
            took = (now - order.issued_ns) // SECOND
            self._to(order, "verified", SYSTEM.label, {"measured": measured, "after_s": took})

    def tick(self, now: int) -> None:
        """Look at the effects that are waited for."""
        if self._effects:
            for order in tuple(self._orders.values()):
                self._verify(order, now)

    def deadline(self) -> int:
        """When an order is told upwards, or its effect should have been seen."""
        due = NEVER
        for order in self._orders.values():
            if order.state == "issued" and not order.told_up:
                due = min(due, order.issued_ns + UNRECEIVED_NS)
            due = min(due, order.until_ns)
        return due

    def pass_time(self, now: int) -> None:
        """Tell upwards what nobody has received; give up on an effect that was not seen."""
        for order in tuple(self._orders.values()):
            if order.state == "issued" and not order.told_up and order.issued_ns + UNRECEIVED_NS <= now:
                order.told_up = True
                fields: dict[str, JsonScalar] = {"order": order.id, "text": order.text, "priority": "P2"}
                self.host.emit("order.unreceived", fields)
            if order.until_ns <= now:
                fields = {"effect": order.effect, "priority": "P2"}
                self._to(order, "not_verified", SYSTEM.label, fields)

    def shown(self) -> list[Mapping[str, Any]]:
        """Orders that are not done, oldest first."""
        return [{"id": one.id, **asdict(one)} for one in self._orders.values() if one.state not in DONE]

    def dump(self) -> dict[str, Any] | None:
        """State for the checkpoint."""
        if not self._number:
            return None
        return {"number": self._number, "orders": [asdict(order) for order in self._orders.values()]}

    def load(self, state: Mapping[str, Any]) -> None:
        """From a dumped state."""
        self._number = state["number"]
        orders = [Order(**one) for one in state["orders"]]
        self._orders = {order.id: order for order in orders}
        self.configure()
