"""Everything that enters an engine. Each input has a gapless number per station.

Scans live in `heatmon.core.scan`; the passing of time is a step without an input.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from heatmon.core.scan import Scan

if TYPE_CHECKING:
    from heatmon.core.spec import StationSpec

JsonScalar = str | int | bool | None
Role = Literal["viewer", "operator", "engineer", "dispatcher", "admin"]
Via = Literal["socket", "key", "sms", "web", "system"]
Proof = Literal["uid", "pin", "code", "none"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, over which way, and what proves it.

    The role is the one the person had when the command came in, so that a replay judges alike
    after the person's role has changed.
    """

    person: str
    role: Role
    via: Via
    proof: Proof

    @property
    def label(self) -> str:
        """The actor as journal entries carry it, ``zhang@socket/uid``."""
        return f"{self.person}@{self.via}/{self.proof}"


SYSTEM = Actor(person="heatmon", role="admin", via="system", proof="none")


@dataclass(frozen=True, slots=True)
class Command:
    """What a person asks of the engine. `id` is the asker's; the same id is answered alike again."""

    id: str
    verb: str
    args: Mapping[str, JsonScalar]
    actor: Actor
    input_seq: int = 0


@dataclass(frozen=True, slots=True)
class ConfigChange:
    """New settings take effect. `bundle` is the SHA-256 of their canonical content."""

    spec: StationSpec
    bundle: str
    actor: Actor
    difference: tuple[str, ...] = ()
    input_seq: int = 0


@dataclass(frozen=True, slots=True)
class LinkChange:
    """A link to devices was lost or is back. reason: a catalogue key, which `params` fill, or words."""

    link: str
    devices: tuple[str, ...]
    up: bool
    reason: str
    input_seq: int = 0
    params: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClockStepped:
    """The wall clock stepped by more than 2 s: re-labels UTC from here, moves no running duration."""

    offset_ns: int
    trusted: bool
    input_seq: int = 0


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """The service started, stopped, or was away. Written by the shell, numbered like any input."""

    what: Literal["started", "stopped", "gap"]
    from_ns: int
    to_ns: int
    cause: str
    input_seq: int = 0


@dataclass(frozen=True, slots=True)
class SystemNotice:
    """Something of the daemon itself that belongs in the station's journal: disk, history, damage.

    code: the entry's code and catalogue key. fields: of the entry; `priority` says how urgent it is.
    """

    code: str
    fields: Mapping[str, JsonScalar]
    input_seq: int = 0


@dataclass(frozen=True, slots=True)
class PathChange:
    """An outward path (a destination of the settings) fell into trouble, or is well again.

    fields: of the entry; ``why`` is the catalogue key of the trouble, the others fill its text.
    """

    path: str
    what: Literal["lost", "restored"]
    fields: Mapping[str, JsonScalar]
    input_seq: int = 0


Input = Scan | Command | ConfigChange | LinkChange | ClockStepped | Lifecycle | SystemNotice | PathChange
