"""What the simulated server keeps of the past: in memory, per node, bounded."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict, deque
from datetime import datetime, timedelta
from typing import Any, Final

from asyncua import ua
from asyncua.server.history import HistoryStorageInterface

KEPT: Final = 100_000


class MemoryHistory(HistoryStorageInterface):  # type: ignore[misc]  # the library is not checked
    """Queue per node: bounded at 100 000 values, the oldest falls out. `page`: most values in one answer."""

    def __init__(self, page: int = 1000) -> None:
        super().__init__(page)
        self.kept: defaultdict[ua.NodeId, deque[ua.DataValue]] = defaultdict(lambda: deque(maxlen=KEPT))

    def keep(self, node: ua.NodeId, value: ua.DataValue) -> None:
        """One more value; they come in the order of their source times."""
        self.kept[node].append(value)

    async def init(self) -> None:
        """Nothing to prepare."""

    async def stop(self) -> None:
        """Nothing to end."""

    async def new_historized_node(self, node_id: ua.NodeId, period: timedelta | None, count: int = 0) -> None:
        """Every node is kept anyway."""

    async def save_node_value(self, node_id: ua.NodeId, datavalue: ua.DataValue) -> None:
        """As `keep`."""
        self.keep(node_id, datavalue)

    async def read_node_history(
        self, node_id: ua.NodeId, start: datetime | None, end: datetime | None, nb_values: int
    ) -> tuple[list[ua.DataValue], datetime | None]:
        """Values from start to end, both inclusive, a page at a time."""
        values = list(self.kept.get(node_id, ()))
        times = [value.SourceTimestamp for value in values]
        first = 0 if start is None else bisect_left(times, start)
        last = len(times) if end is None else bisect_right(times, end)
        page = min(nb_values or self.max_history_data_response_size, self.max_history_data_response_size)
        found = values[first : min(last, first + page)]
        return found, times[first + page] if first + page < last else None

    async def new_historized_event(
        self, source_id: ua.NodeId, evtypes: list[Any], period: timedelta | None, count: int = 0
    ) -> None:
        """The simulated plant has no events."""

    async def save_event(self, event: Any) -> None:
        """The simulated plant has no events."""

    async def read_event_history(
        self,
        source_id: ua.NodeId,
        start: datetime | None,
        end: datetime | None,
        nb_values: int,
        evfilter: Any,
    ) -> tuple[list[Any], datetime | None]:
        """The simulated plant has no events."""
        return [], None
