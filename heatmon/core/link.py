"""Losses of a link as the journal tells them: the first at once, then one entry per 10 min.

A link that comes and goes would drown the journal. Its first loss and return are told at once;
further losses within `QUIET_NS` are counted and told together at the end of that time. If the link
is down then, its return is told as well, with the duration of that loss.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from heatmon.core.condition import NEVER
from heatmon.core.input import Input, JsonScalar, LinkChange
from heatmon.core.part import Host, Part

Emit = Callable[[str, Mapping[str, JsonScalar]], None]
NO_PARAMS: Final[Mapping[str, JsonScalar]] = {}
QUIET_NS: Final = 600 * 1_000_000_000


@dataclass(slots=True)
class LinkWatch:
    """One link. down_since: station time of the present loss, or None. told: it stands in the journal.

    quiet_until: losses before this time are only counted, in `count`.
    """

    id: str
    down_since: int | None = None
    told: bool = False
    quiet_until: int = 0
    count: int = 0

    def lost(self, reason: str, now: int, emit: Emit, params: Mapping[str, JsonScalar] = NO_PARAMS) -> None:
        """The link is down; being told so twice changes nothing. params: what fills the reason's text."""
        if self.down_since is not None:
            return
        self.down_since = now
        if now < self.quiet_until:
            self.count += 1
            return
        self.quiet_until, self.told = now + QUIET_NS, True
        emit("link.lost", {**params, "link": self.id, "reason": reason})

    def restored(self, now: int, emit: Emit) -> None:
        """The link is up; the first connection after a start restores nothing."""
        if self.down_since is not None and self.told:
            seconds = (now - self.down_since) // 1_000_000_000
            emit("link.restored", {"link": self.id, "duration_s": seconds})
        self.down_since, self.told = None, False

    def deadline(self) -> int:
        """When `pass_time` has something to tell, or NEVER."""
        return self.quiet_until if self.count else NEVER

    def pass_time(self, now: int, emit: Emit) -> None:
        """Tell the losses that were counted, once the quiet time is over."""
        if now < self.deadline():
            return
        emit("link.unsteady", {"link": self.id, "count": self.count})
        self.count, self.quiet_until = 0, now + QUIET_NS
        self.told = self.down_since is not None

    def dump(self) -> list[Any]:
        """State for the checkpoint, in the order of the fields after `id`."""
        return [self.down_since, self.told, self.quiet_until, self.count]


class Links(Part):
    """All links of a station; a link is known from its first change on."""

    name = "links"
    takes = (LinkChange,)

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._watches: dict[str, LinkWatch] = {}

    def take(self, item: Input, now: int) -> None:
        """A link was lost or is back."""
        assert isinstance(item, LinkChange)
        link = self._watches.setdefault(item.link, LinkWatch(item.link))
        if item.up:
            link.restored(now, self.host.emit)
        else:
            link.lost(item.reason, now, self.host.emit, item.params)

    def deadline(self) -> int:
        """When losses that were only counted are told."""
        return min((link.deadline() for link in self._watches.values()), default=NEVER)

    def pass_time(self, now: int) -> None:
        """Tell them."""
        for link in self._watches.values():
            link.pass_time(now, self.host.emit)

    def dump(self) -> dict[str, Any]:
        """State by link."""
        return {link.id: link.dump() for link in self._watches.values()}

    def load(self, state: Mapping[str, Any]) -> None:
        """Take a dumped state over."""
        self._watches = {name: LinkWatch(name, *one) for name, one in state.items()}
