"""Which nodes a poll group reads: pure, without a server; node ids become numbers in each session anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from heatmon.catalogue import render
from heatmon.core.spec import Device, Group, Link, Tag
from heatmon.driver import Message, PlanError, ReadPlan, Request
from heatmon_drivers.opcua.options import NODE, Address, DeviceOptions, LinkOptions, Reading, step_of

HEADER_BYTES: Final = 80
"""Frame, security and service header of one message, about."""
ANSWER_BYTES: Final = 30
"""One value with status and source time, about."""


@dataclass(frozen=True, slots=True, eq=False)
class Point:
    """A tag's address, taken apart. uri None: namespace 0. path: (namespace URI or None, name) steps."""

    column: int
    tag: str
    uri: str | None
    identifier: str | None
    path: tuple[tuple[str | None, str], ...]
    element: int | None
    member: tuple[str, ...]
    text: bool
    scale: float
    offset: float

    @property
    def plain(self) -> bool:
        """Whether the node's value is the tag's value, without anything to do."""
        return (
            self.element is None
            and not self.member
            and not self.text
            and (self.scale, self.offset) == (1.0, 0.0)
        )

    @property
    def where(self) -> str:
        """The address as people write it."""
        node = f"nsu={self.uri};{self.identifier}" if self.uri else self.identifier or "Objects"
        return "/".join((node, *(f"nsu={uri};{name}" if uri else name for uri, name in self.path)))


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """The compiled form of a poll group."""

    points: tuple[Point, ...]
    reading: Reading
    period_s: float
    max_nodes: int


def make_plan(link: Link, device: Device, group: Group, tags: Sequence[Tag]) -> ReadPlan:
    """Plan one poll group. Raises PlanError naming groups that do not exist."""
    wire = LinkOptions.model_validate(link.options)
    options = DeviceOptions.model_validate(device.options)
    known = {other.id for other in device.groups}
    if unknown := sorted(set(options.groups) - known):
        fault = Message(
            "opcua.options.groups", {"unknown": ", ".join(unknown), "known": ", ".join(sorted(known))}
        )
        raise PlanError({tag.id: fault for tag in tags[:1]})
    points = tuple(point_of(column, tag) for column, tag in enumerate(tags))
    reading = options.of(group.id)
    work = Work(points, reading, group.period_s, options.max_nodes)
    ids = tuple(tag.id for tag in tags)
    texts = frozenset(point.tag for point in points if point.text)
    return ReadPlan(device.id, group.id, ids, tuple(_requests(work)), wire.timeout_s, work, texts)


def point_of(column: int, tag: Tag) -> Point:
    """A tag's address, checked before."""
    address = Address.model_validate(tag.address)
    uri = identifier = None
    if address.node is not None and (found := NODE.match(address.node)) is not None:
        uri = found["uri"]
        identifier = address.node[len(f"nsu={uri};") :] if uri else address.node
    return Point(
        column,
        tag.id,
        uri,
        identifier,
        tuple(step_of(step) for step in address.path),
        address.element,
        tuple(address.member.split(".")) if address.member else (),
        address.holds == "text",
        address.scale,
        address.offset,
    )


def _requests(work: Work) -> Sequence[Request]:
    requests = []
    subscribed = work.reading.mode == "subscribe"
    for first in range(0, len(work.points), work.max_nodes):
        part = work.points[first : first + work.max_nodes]
        if subscribed:
            interval = work.reading.publishing_s or work.period_s
            message = Message("opcua.request.subscription", {"nodes": len(part), "interval": f"{interval:g}"})
        else:
            message = Message("opcua.request.read", {"nodes": len(part)})
        sent = HEADER_BYTES + (0 if subscribed else sum(len(point.where) + 12 for point in part))
        received = HEADER_BYTES + ANSWER_BYTES * len(part)
        text = render(message.code, "en", **message.params)
        requests.append(Request(text, tuple(point.tag for point in part), sent, received, 0.0, message))
    return requests
