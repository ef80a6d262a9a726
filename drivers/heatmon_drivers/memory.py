"""The in-memory driver: values set by whoever holds them. For external tags, replay, and tests."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from math import nan
from pathlib import Path

from pydantic import BaseModel

from heatmon.core.quality import Quality
from heatmon.core.spec import Device, Group, Link, Model, Tag
from heatmon.driver import Block, DriverError, Notice, ReadPlan, Request


class MemoryOptions(Model):
    """None: memory needs no settings."""


class MemoryAddress(Model):
    """None: the tag's id is its address."""


class Memory:
    """The values of all in-memory links of a process: link id, then tag id."""

    def __init__(self) -> None:
        self.values: dict[str, dict[str, float]] = {}

    def put(self, link: str, tag: str, value: float) -> None:
        """Set a value; it stays until it is set again."""
        self.values.setdefault(link, {})[tag] = value


class MemorySession:
    """Reads what was put; a tag never set has not been read yet."""

    def __init__(self, memory: Memory, link: str) -> None:
        self._memory, self._link, self._open = memory, link, False

    async def connect(self) -> None:
        """Always there."""
        self._open = True

    async def read(self, plan: ReadPlan) -> Block:
        """The latest values. Raises DriverError when not connected."""
        if not self._open:
            raise DriverError("read", "closed", "the link is not connected")
        held = self._memory.values.get(self._link, {})
        values = array("d", [held.get(tag, nan) for tag in plan.tags])
        good, missing = int(Quality.GOOD), int(Quality.NOT_YET_READ)
        return Block(values, bytes(good if tag in held else missing for tag in plan.tags))

    async def probe(self, plan: ReadPlan) -> None:
        """As `read`."""
        await self.read(plan)

    async def close(self) -> None:
        """Reading ends; the values stay."""
        self._open = False

    def notices(self) -> Sequence[Notice]:
        """None: nothing is learned here."""
        return ()


class MemoryDriver:
    """The entry point's object."""

    name = "memory"
    link_options: type[BaseModel] = MemoryOptions
    device_options: type[BaseModel] = MemoryOptions
    address: type[BaseModel] = MemoryAddress

    def __init__(self) -> None:
        self.memory = Memory()

    def plan(self, link: Link, device: Device, group: Group, tags: Sequence[Tag]) -> ReadPlan:
        """One look at the memory."""
        ids = tuple(tag.id for tag in tags)
        request = Request(f"memory of {link.id}", ids, 0, 0, 0.0)
        return ReadPlan(device.id, group.id, ids, (request,), timeout_s=1.0)

    def open(self, link: Link, folder: Path | None = None) -> MemorySession:
        """A session on the memory of this link."""
        return MemorySession(self.memory, link.id)


DRIVER = MemoryDriver()
