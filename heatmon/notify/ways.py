"""The channels that are open, each once: two stations that write to one robot keep its limit together."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from heatmon.notify.bucket import Bucket
from heatmon.notify.channel import Channel
from heatmon.notify.channels import open_channel


@dataclass(slots=True)
class OpenWay:
    """A channel with its provider's limit. One message at a time goes through it."""

    channel: Channel
    bucket: Bucket
    busy: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0


class Ways:
    """All open channels of a daemon."""

    def __init__(self) -> None:
        self._open: dict[str, OpenWay] = {}

    def take(self, settings: Any) -> OpenWay:
        """The channel of these settings; the open one, where another station has it already."""
        way = self._open.get(key := _identity(settings))
        if way is None:
            channel = open_channel(settings)
            way = self._open[key] = OpenWay(channel, Bucket(channel.per_minute, channel.per_second))
        way.users += 1
        return way

    def is_open(self, settings: Any, way: OpenWay) -> bool:
        """Whether these settings mean this channel."""
        return self._open.get(_identity(settings)) is way

    async def release(self, settings: Any) -> None:
        """A station needs the channel no more; the last one closes it."""
        way = self._open[key := _identity(settings)]
        way.users -= 1
        if not way.users:
            del self._open[key]
            await way.channel.close()


def _identity(settings: Any) -> str:
    """What makes two channels one: everything but the name they have in a station's settings."""
    text: str = settings.model_dump_json(exclude={"id"})
    return text
