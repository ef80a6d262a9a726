"""What people write: a reading by hand, a note."""

from __future__ import annotations

from collections.abc import Mapping

from heatmon.core.input import Command
from heatmon.core.part import Arguments, Handler, Params, Part, RefusedError
from heatmon.core.quantity import QuantityError, decimal, parse_quantity


class Notebook(Part):
    """Readings and notes; the journal is their only memory."""

    name = "notebook"

    def verbs(self) -> Mapping[str, Handler]:
        """Enter a reading, leave a note."""
        return {"enter_reading": self._reading, "note": self._note}

    def _reading(self, args: Arguments, command: Command, now: int) -> Params:
        """The entry first, then the sample of quality manual."""
        tag = next((tag for tag in self.host.spec.tags if tag.id == args["tag"]), None)
        if tag is None:
            raise RefusedError("refused.tag", tag=args["tag"])
        try:
            value = parse_quantity(args["value"]).to(tag.unit)
        except QuantityError as error:
            raise RefusedError(error.code, **error.params) from None
        fields = {"tag": tag.id, "value": decimal(value), "unit": tag.unit}
        self.host.emit("reading.entered", fields, command.actor.label)
        self.host.enter(tag.id, value, now)
        return {"tag": tag.id}

    def _note(self, args: Arguments, command: Command, _now: int) -> Params:
        self.host.emit("note", {"text": args["text"]}, command.actor.label)
        return {}
