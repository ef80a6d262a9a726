"""Monitored items of one subscription: asked for in batches, each result looked at, revised values kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from asyncua import ua

from heatmon_drivers.opcua.columns import Bound
from heatmon_drivers.opcua.connection import Connection
from heatmon_drivers.opcua.plan import Work
from heatmon_drivers.opcua.resolve import parts

ABSOLUTE, PERCENT = 1, 2
ON_STATUS_OR_VALUE: Final = 1
FILTER_REFUSED: Final = frozenset(
    {
        ua.StatusCodes.BadMonitoredItemFilterUnsupported,
        ua.StatusCodes.BadFilterNotAllowed,
        ua.StatusCodes.BadDeadbandFilterInvalid,
        ua.StatusCodes.BadMonitoredItemFilterInvalid,
    }
)


class Items:
    """The items of a group by column; the handle of an item is its column."""

    def __init__(self, connection: Connection, work: Work, bound: Sequence[Bound]) -> None:
        self._connection, self._work, self._bound = connection, work, bound
        self.subscription = 0
        self._ids: dict[int, int] = {}
        self.missing: set[int] = set()
        self._sampling_ms: dict[int, float] = {}
        self._queues: dict[int, int] = {}
        self._unfiltered: set[int] = set()

    @property
    def slowest_ms(self) -> float:
        """The longest sampling interval the server has granted."""
        return max(self._sampling_ms.values(), default=0.0)

    async def make(self, columns: Sequence[int]) -> None:
        """Make items for these columns, instead of those they may have; what fails stays in `missing`."""
        await self._drop([self._ids.pop(column) for column in columns if column in self._ids])
        self.missing.update(columns)
        there = [column for column in columns if self._bound[column].node is not None]
        most = min(self._connection.limits.items or self._work.max_nodes, self._work.max_nodes)
        for some in parts(there, most):
            refused = await self._make(some)
            if refused:
                # Texts, for one, have no deadband: such items are told whatever changes.
                self._unfiltered.update(refused)
                await self._make(refused)

    async def _make(self, columns: Sequence[int]) -> list[int]:
        request = ua.CreateMonitoredItemsRequest()
        request.Parameters.SubscriptionId = self.subscription
        request.Parameters.TimestampsToReturn = ua.TimestampsToReturn.Source
        request.Parameters.ItemsToCreate = [self._item(column) for column in columns]
        results = await self._connection.make_items(request)
        refused = []
        for column, result in zip(columns, results, strict=True):
            if result.StatusCode.is_good():
                self._ids[column] = result.MonitoredItemId
                self._sampling_ms[column] = result.RevisedSamplingInterval
                self._queues[column] = result.RevisedQueueSize
                self.missing.discard(column)
            elif result.StatusCode.value in FILTER_REFUSED and column not in self._unfiltered:
                refused.append(column)
        return refused

    def _item(self, column: int) -> ua.MonitoredItemCreateRequest:
        reading = self._work.reading
        sampling_s = self._work.period_s if reading.sampling_s is None else reading.sampling_s
        node = self._bound[column].node
        assert node is not None
        wanted = ua.MonitoringParameters()
        wanted.ClientHandle = column
        wanted.SamplingInterval = sampling_s * 1000
        wanted.QueueSize = reading.queue
        wanted.DiscardOldest = True
        if reading.deadband is not None and column not in self._unfiltered:
            change = ua.DataChangeFilter()
            change.Trigger = ua.DataChangeTrigger.StatusValue
            change.DeadbandType = ABSOLUTE if reading.deadband.absolute is not None else PERCENT
            change.DeadbandValue = float(reading.deadband.absolute or reading.deadband.percent or 0.0)
            wanted.Filter = change
        item = ua.MonitoredItemCreateRequest()
        item.ItemToMonitor.NodeId = ua.ua_binary.nodeid_from_binary(ua.utils.Buffer(node))
        item.ItemToMonitor.AttributeId = ua.AttributeIds.Value
        item.MonitoringMode = ua.MonitoringMode.Reporting
        item.RequestedParameters = wanted
        return item

    async def _drop(self, ids: Sequence[int]) -> None:
        if ids:
            request = ua.DeleteMonitoredItemsRequest()
            request.Parameters.SubscriptionId = self.subscription
            request.Parameters.MonitoredItemIds = list(ids)
            await self._connection.drop_items(request)

    def facts(self) -> Mapping[str, str | int | float | bool | None]:
        """What the server has granted."""
        deadband = self._work.reading.deadband
        filtered = len(self._ids) - len(self._unfiltered) if deadband is not None else 0
        return {
            "items": len(self._ids),
            "items_missing": len(self.missing),
            "sampling_s_least": min(self._sampling_ms.values(), default=0.0) / 1000,
            "sampling_s_most": self.slowest_ms / 1000,
            "queue_least": min(self._queues.values(), default=0),
            "items_with_deadband": filtered,
        }
