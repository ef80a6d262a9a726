"""What lies over an alarm's base state without changing it: shelved, suppressed, out of service, test.

The base machine goes on underneath, and its changes are recorded; they are marked and told to nobody.
An alarm is announced again only when the last silencing overlay ends:

shelved             UNACK, ACKED announced anew; RTNUN back in the list; else as it is
suppressed, out     UNACK, ACKED announced anew after a fresh on-delay, if it still stands;
  of service        RTNUN closed, if the occurrence lay wholly within, else back in the list
test                silences nobody, marks everything; UNACK, ACKED announced as a real alarm
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from heatmon.core.condition import NEVER


class Overlay(StrEnum):
    """The four; the names stand in journal entries."""

    SHELVED = "shelved"
    SUPPRESSED = "suppressed"
    OUT_OF_SERVICE = "out_of_service"
    TEST = "test"


SILENCING: Final = frozenset({Overlay.SHELVED, Overlay.SUPPRESSED, Overlay.OUT_OF_SERVICE})
FRESH_DELAY: Final = frozenset({Overlay.SUPPRESSED, Overlay.OUT_OF_SERVICE})
"""After these a condition must hold for a whole on-delay again before anybody is told."""


@dataclass(slots=True)
class Overlays:
    """The overlays of one alarm. since: of each that is on. settle_at: when the fresh on-delay after them
    ends, or NEVER. unheard: the present occurrence began in silence and nobody was ever told of it.
    """

    since: dict[Overlay, int] = field(default_factory=dict)
    settle_at: int = NEVER
    unheard: bool = False

    @property
    def silent(self) -> bool:
        """Whether nobody is told."""
        return self.settle_at != NEVER or not SILENCING.isdisjoint(self.since)

    @property
    def test(self) -> bool:
        """Whether everything is marked as a test."""
        return Overlay.TEST in self.since

    def marks(self) -> dict[str, str | bool]:
        """What they add to an event: ``silent`` names what silences it."""
        if not self.since and self.settle_at == NEVER:
            return {}
        found: dict[str, str | bool] = {}
        if self.silent:
            names = sorted(overlay.value for overlay in self.since if overlay in SILENCING)
            found["silent"] = ",".join(names) or "settling"
        if self.test:
            found["test"] = True
        return found

    def put(self, overlay: Overlay, now: int) -> None:
        """An overlay comes on; one that is on already stays as it is."""
        self.since.setdefault(overlay, now)

    def dump(self) -> list[Any] | None:
        """State for the checkpoint; None when there is none."""
        if not self.since and self.settle_at == NEVER and not self.unheard:
            return None
        return [{overlay.value: at for overlay, at in self.since.items()}, self.settle_at, self.unheard]

    @classmethod
    def load(cls, state: list[Any] | None) -> Overlays:
        """From a dumped state."""
        if state is None:
            return cls()
        since: Mapping[str, int] = state[0]
        return cls({Overlay(name): at for name, at in since.items()}, state[1], state[2])
