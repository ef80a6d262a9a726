"""What a driver is: the seam between heatmon and the protocols.

A driver is found by its entry point in the group ``heatmon.drivers``. It plans reads (pure),
connects, reads a plan's tags into columns, and closes. It owns no schedule: when to read, when to
try again and when to give a silent device a rest is decided by `heatmon.runtime`. Every failure is
a `DriverError` or a quality in the result; nothing foreign escapes; cancellation ends a call at
once. One contract suite (``tests/contract``) tests every driver, ours and others'.

How to catch: `DriverError` with scope ``link`` means the connection is gone (the runtime closes and
connects again); with scope ``device`` only this device stayed silent and the link is still usable.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable

from pydantic import BaseModel

from heatmon.core.scan import NOTHING_EXACT, Earlier
from heatmon.core.spec import Device, Group, Link, Tag

Phase = Literal["plan", "connect", "read", "close"]
Kind = Literal[
    "refused",
    "unreachable",
    "timeout",
    "closed",
    "protocol",
    "authentication",
    "encryption",
    "busy",
    "settings",
]
Scope = Literal["link", "device"]


@dataclass(frozen=True, slots=True)
class Message:
    """What people read, in their own language: a catalogue key and what fills its text."""

    code: str
    params: Mapping[str, str | int] = field(default_factory=dict)


class DriverError(Exception):
    """A driver could not do what it was asked; says in which phase, of which kind, and for whom.

    detail: for engineers' logs. message: for people; without one the text of the kind, `driver.KIND`,
    which repeats the detail.
    """

    def __init__(
        self, phase: Phase, kind: Kind, detail: str, scope: Scope = "link", *, message: Message | None = None
    ) -> None:
        super().__init__(f"{phase}: {kind}: {detail}")
        self.phase, self.kind, self.detail, self.scope = phase, kind, detail, scope
        self.message = message or Message(f"driver.{kind}", {"detail": detail})


class PlanError(DriverError):
    """Tags that cannot be planned: {tag id: what is wrong, what is allowed}."""

    def __init__(self, faults: Mapping[str, str | Message]) -> None:
        super().__init__("plan", "settings", "; ".join(f"{tag}: {fault}" for tag, fault in faults.items()))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Request:
    """One request of a plan as people see it: what is asked, for which tags, and what it costs.

    sent_bytes, received_bytes: on the wire, framing included. seconds: transmission time at the
    line's speed and the device's pauses, without the device's thinking time (0 where unlimited).
    message: the text in both languages, where the driver has one.
    """

    text: str
    tags: tuple[str, ...]
    sent_bytes: int
    received_bytes: int
    seconds: float
    message: Message | None = None


@dataclass(frozen=True, slots=True)
class ReadPlan:
    """How the tags of one poll group are read. `tags` is the order of the columns.

    timeout_s: how long one request may take before the device counts as silent, wall time.
    work: the driver's own compiled form. texts: the tags among them that hold text, not numbers.
    """

    device: str
    group: str
    tags: tuple[str, ...]
    requests: tuple[Request, ...]
    timeout_s: float
    work: object = None
    texts: frozenset[str] = frozenset()


@dataclass(slots=True)
class Block:
    """What one read brought, as columns in the order of the plan (see `heatmon.core.scan.Scan`).

    exact: {column: what no float64 can hold}: a whole number from 2⁵³ on (the column holds the nearest
    float) or a text (the column holds NaN, and its quality says whether the text is good).
    """

    values: array[float]
    qualities: bytes
    source_ns: array[int] | None = None
    exact: Mapping[int, int | str] = field(default_factory=lambda: NOTHING_EXACT)
    between: tuple[Earlier, ...] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """Something an engineer should know once: an isolated address, a learned limit, a changed quirk.

    code: a catalogue key; params fill its text; tags: the tags it concerns. priority: P2 to P4 where it
    belongs in the station's journal, empty where the log is enough.
    """

    code: str
    params: Mapping[str, str | int]
    tags: tuple[str, ...] = ()
    priority: str = ""


class Session(Protocol):
    """A link as a driver keeps it: made once, connected and closed many times, closed twice in peace.

    What was learned (isolated addresses, smaller blocks) survives a reconnect.
    """

    async def connect(self) -> None:
        """Open the link. Raises DriverError(phase "connect")."""

    async def read(self, plan: ReadPlan) -> Block:
        """Read every tag of the plan once; a tag that could not be read has a bad quality.

        Raises DriverError: scope "device" when the device is silent, scope "link" when the link is
        lost or in doubt. Deadlines are the driver's and in wall time.
        """

    async def probe(self, plan: ReadPlan) -> None:
        """One short request to see whether a silent device is back. Raises DriverError as `read`."""

    async def close(self) -> None:
        """Close, at once, whatever state the link is in. Never raises."""

    def notices(self) -> Sequence[Notice]:
        """What has been learned since the last call; each thing is said once."""


@runtime_checkable
class Telling(Protocol):
    """What a session may tell beyond the contract; the runtime asks those that have it.

    answered: requests answered since the session was made; a long read shows by it that it moves.
    """

    @property
    def answered(self) -> int:
        """Requests answered so far."""

    def retry_s(self, tag: str) -> float | None:
        """Seconds until a tag that is left out for now is asked for again; None: in its next cycle."""


@dataclass(frozen=True, slots=True)
class Late:
    """A slice of what a device itself recorded while it was not read.

    blocks: (time of the cycle, its block), in order. next_ns: where the next slice begins, None at the
    end. missing: why the device cannot give any of it, None when it can.
    """

    blocks: tuple[tuple[int, Block], ...]
    next_ns: int | None
    missing: Message | None = None


@runtime_checkable
class Backfilling(Protocol):
    """What a session offers besides, when its devices may keep a history."""

    async def backfill(self, plan: ReadPlan, from_ns: int, to_ns: int) -> Late:
        """The first slice of an interval, ns UTC, from_ns exclusive. Raises DriverError as `read`."""


@runtime_checkable
class Explaining(Protocol):
    """What a session offers besides, when there is something to know about how it reads."""

    def facts(self) -> Mapping[str, Any]:
        """For `heatmon status`: what was negotiated and learned, which tags give no value and why."""


class Driver(Protocol):
    """The entry point's object. The three models check what stands under ``options`` and ``address``."""

    @property
    def name(self) -> str:
        """The name in the settings: ``driver: modbus``."""

    @property
    def link_options(self) -> type[BaseModel]:
        """Model of a link's ``options``."""

    @property
    def device_options(self) -> type[BaseModel]:
        """Model of a device's ``options``."""

    @property
    def address(self) -> type[BaseModel]:
        """Model of a tag's ``address``."""

    def plan(self, link: Link, device: Device, group: Group, tags: Sequence[Tag]) -> ReadPlan:
        """Plan the reads of one poll group; pure. Raises PlanError with all faults at once."""

    def open(self, link: Link, folder: Path | None = None) -> Session:
        """A session for this link, not yet connected; touches nothing outside.

        folder: where a driver may keep what must survive a restart (keys, certificates), one for all
        links of this driver; None: the driver's own choice.
        """


@cache
def installed() -> Mapping[str, Driver]:
    """All installed drivers by the name of their entry point, ours and others'."""
    return {point.name: point.load() for point in entry_points(group="heatmon.drivers")}
