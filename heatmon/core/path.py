"""Outward paths: trouble of a destination is one alarm, and what people do about its lines is an entry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from heatmon.core.compile import path_signal
from heatmon.core.input import Command, Input, PathChange
from heatmon.core.part import Arguments, Handler, Params, Part, RefusedError
from heatmon.core.quality import GOOD

ACTIONS: Final[Mapping[str, str]] = {
    "retry": "forward.retried",
    "skip": "forward.skipped",
    "resend": "forward.resent",
}


class Paths(Part):
    """The destinations of the settings. Whether one is in trouble is its signal, ``path.<id>``."""

    name = "paths"
    takes = (PathChange,)

    def configure(self) -> None:
        """Every destination counts as well until it says otherwise."""
        for destination in self.host.spec.destinations:
            self.host.table.put(self.host.table.index[path_signal(destination.id)], 0.0, GOOD, 0)

    def verbs(self) -> Mapping[str, Handler]:
        """Send parked lines again, skip them, send an hour again."""
        return {"forward": self._forward}

    def take(self, item: Input, now: int) -> None:
        """Trouble of an outward path is one alarm, whatever its causes are one after the other."""
        assert isinstance(item, PathChange)
        table = self.host.table
        signal = table.index.get(path_signal(item.path))
        if signal is None or (item.what == "restored" and table.values[signal] == 0.0):
            return
        self.host.emit(f"path.{item.what}", {"path": item.path, **item.fields})
        table.put(signal, float(item.what == "lost"), GOOD, now)
        for point in self.host.alarms.points:
            if signal in point.signals:
                point.update(table, now, self.host.emit)

    def _forward(self, args: Arguments, command: Command, _now: int) -> Params:
        """Only written down here; the outward path does it once the entry is on disk."""
        code = ACTIONS.get(args["action"])
        if code is None:
            raise RefusedError("refused.action", action=args["action"], known=", ".join(ACTIONS))
        known = [destination.id for destination in self.host.spec.destinations]
        if args["destination"] not in known:
            raise RefusedError("refused.path", path=args["destination"], known=", ".join(known) or "-")
        what = "hour" if args["action"] == "resend" else "lines"
        given = args.get(what, "all" if what == "lines" else "")
        if given != "all" and not all(part.isdigit() for part in given.split(",")):
            raise RefusedError("refused.numbers", argument=what, value=given or "-")
        self.host.emit(code, {"path": args["destination"], what: given}, command.actor.label)
        return {"path": args["destination"]}
