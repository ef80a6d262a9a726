"""What the engine does for people: acknowledge, reset, disable, enter readings, permit filling, note."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from heatmon.core.authority import ENGINE_VERBS, may
from heatmon.core.input import Command, JsonScalar
from heatmon.core.permit import FillPermit
from heatmon.core.quantity import QuantityError, decimal, parse_quantity

if TYPE_CHECKING:
    from heatmon.core.engine import Engine

Params = Mapping[str, JsonScalar]
Outcome = tuple[str, Params, bool]
TEXT_MAX: Final = 4000


class _RefusedError(Exception):
    def __init__(self, code: str, **params: JsonScalar) -> None:
        super().__init__(code)
        self.code, self.params = code, params


def carry_out(engine: Engine, command: Command, now: int) -> Outcome:
    """Code, parameters and success of a command; a refusal is an answer, never an exception."""
    verb = ENGINE_VERBS.get(command.verb)
    try:
        if verb is None:
            raise _RefusedError("refused.verb", verb=command.verb, known=", ".join(ENGINE_VERBS))
        if not may(command.actor.role, command.verb):
            needed = " / ".join(verb.roles)
            raise _RefusedError("refused.role", verb=command.verb, role=command.actor.role, needed=needed)
        args = _arguments(command)
        return "done", _HANDLERS[command.verb](engine, command, args, now), True
    except _RefusedError as refused:
        return refused.code, refused.params, False


def _arguments(command: Command) -> dict[str, str]:
    known = {argument.name: argument for argument in ENGINE_VERBS[command.verb].arguments}
    for name, value in command.args.items():
        if name not in known:
            raise _RefusedError("refused.argument", argument=name, known=", ".join(known) or "-")
        if not isinstance(value, str) or len(value) > TEXT_MAX:
            raise _RefusedError("refused.text", argument=name, most=TEXT_MAX)
    for name, argument in known.items():
        if argument.required and not command.args.get(name):
            raise _RefusedError("refused.missing", argument=name)
    return {name: str(value) for name, value in command.args.items()}


def _ack(engine: Engine, command: Command, args: dict[str, str], now: int) -> Params:
    point = engine.by_id.get(args["alarm"])
    if point is None:
        raise _RefusedError("refused.alarm", alarm=args["alarm"])
    occurrence = args.get("occurrence", point.occurrence)
    emit = engine.emitter(command.actor.label)
    if occurrence != point.occurrence or not point.acknowledge(
        engine.table, now, emit, args.get("comment", "")
    ):
        raise _RefusedError("refused.not_applicable", alarm=point.id, state=point.state.value)
    return {"alarm": point.id}


def _ack_all(engine: Engine, command: Command, _args: dict[str, str], now: int) -> Params:
    emit = engine.emitter(command.actor.label)
    count = sum(point.acknowledge(engine.table, now, emit) for point in engine.points)
    return {"count": count}


def _reset(engine: Engine, command: Command, args: dict[str, str], now: int) -> Params:
    point = engine.by_id.get(args["alarm"])
    if point is None:
        raise _RefusedError("refused.alarm", alarm=args["alarm"])
    if not point.reset(engine.table, now, engine.emitter(command.actor.label)):
        raise _RefusedError("refused.not_applicable", alarm=point.id, state=point.state.value)
    return {"alarm": point.id}


def _disable(engine: Engine, command: Command, args: dict[str, str], now: int) -> Params:
    point = engine.by_id.get(args["alarm"])
    if point is None or not point.enabled:
        raise _RefusedError("refused.alarm", alarm=args["alarm"])
    emit = engine.emitter(command.actor.label)
    point.close("disabled", now, emit, engine.table)
    point.enabled = False
    emit("alarm.disabled", {"alarm": point.id, "reason": args["reason"]})
    return {"alarm": point.id}


def _enable(engine: Engine, command: Command, args: dict[str, str], now: int) -> Params:
    point = engine.by_id.get(args["alarm"])
    if point is None or point.enabled:
        raise _RefusedError("refused.alarm", alarm=args["alarm"])
    # Whatever the watches saw while disabled does not count: fresh delays.
    point.close("enabled", now, engine.emitter(command.actor.label), engine.table)
    point.enabled = True
    engine.emit("alarm.enabled", {"alarm": point.id}, command.actor.label)
    return {"alarm": point.id}


def _enter_reading(engine: Engine, command: Command, args: dict[str, str], now: int) -> Params:
    tag = next((tag for tag in engine.spec.tags if tag.id == args["tag"]), None)
    if tag is None:
        raise _RefusedError("refused.tag", tag=args["tag"])
    try:
        value = parse_quantity(args["value"]).to(tag.unit)
    except QuantityError as error:
        raise _RefusedError(error.code, **error.params) from None
    engine.emit(
        "reading.entered", {"tag": tag.id, "value": decimal(value), "unit": tag.unit}, command.actor.label
    )
    engine.enter(tag.id, value, now)
    return {"tag": tag.id}


def _permit_fill(engine: Engine, command: Command, args: dict[str, str], now: int) -> Params:
    if engine.permit.active:
        raise _RefusedError("refused.permit_active", permit=engine.permit.id)
    try:
        volume_m3 = parse_quantity(args["volume"]).to("m3")
        duration_s = parse_quantity(args["duration"]).to("s")
    except QuantityError as error:
        raise _RefusedError(error.code, **error.params) from None
    if not (0 < volume_m3 < math.inf and 0 < duration_s <= 30 * 86400):
        raise _RefusedError("refused.permit_size")
    until = now + int(duration_s * 1_000_000_000)
    number = engine.permit.number + 1
    permit = FillPermit(number, True, volume_m3, until, args["reason"], command.actor.label)
    fields: dict[str, JsonScalar] = {
        "permit": permit.id,
        "volume_m3": decimal(volume_m3),
        "until_ns": until,
        "reason": args["reason"],
    }
    engine.emit("permit.granted", fields, command.actor.label)
    engine.start_permit(permit, now)
    return {"permit": permit.id}


def _end_permit(engine: Engine, command: Command, _args: dict[str, str], _now: int) -> Params:
    if not engine.permit.active:
        raise _RefusedError("refused.no_permit")
    permit = engine.permit.id
    engine.end_permit("by hand", command.actor.label)
    return {"permit": permit}


def _note(engine: Engine, command: Command, args: dict[str, str], _now: int) -> Params:
    engine.emit("note", {"text": args["text"]}, command.actor.label)
    return {}


_FORWARD: Final[Mapping[str, str]] = {
    "retry": "forward.retried",
    "skip": "forward.skipped",
    "resend": "forward.resent",
}


def _forward(engine: Engine, command: Command, args: dict[str, str], _now: int) -> Params:
    """Only written down here; the outward path does it once the entry is on disk."""
    code = _FORWARD.get(args["action"])
    if code is None:
        raise _RefusedError("refused.action", action=args["action"], known=", ".join(_FORWARD))
    known = [destination.id for destination in engine.spec.destinations]
    if args["destination"] not in known:
        raise _RefusedError("refused.path", path=args["destination"], known=", ".join(known) or "-")
    what = "hour" if args["action"] == "resend" else "lines"
    given = args.get(what, "all" if what == "lines" else "")
    if given != "all" and not all(part.isdigit() for part in given.split(",")):
        raise _RefusedError("refused.numbers", argument=what, value=given or "-")
    engine.emit(code, {"path": args["destination"], what: given}, command.actor.label)
    return {"path": args["destination"]}


_HANDLERS: Final[Mapping[str, Callable[[Engine, Command, dict[str, str], int], Params]]] = {
    "ack": _ack,
    "ack_all": _ack_all,
    "reset": _reset,
    "disable": _disable,
    "enable": _enable,
    "enter_reading": _enter_reading,
    "permit_fill": _permit_fill,
    "end_permit": _end_permit,
    "note": _note,
    "forward": _forward,
}
