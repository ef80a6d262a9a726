"""The publish loop of one connection: what the server tells, in order, to the groups it concerns.

Two requests are always on their way. A number that is missing in a subscription's sequence is asked
for again before anything later is delivered. The loop never judges: that nothing is published any more
is found by the groups, which know how often something must come.
"""

from __future__ import annotations

import asyncio
from typing import Final, Protocol

from asyncua import ua

from heatmon.driver import DriverError
from heatmon_drivers.opcua import message
from heatmon_drivers.opcua.binary import DecodeError, Values
from heatmon_drivers.opcua.connection import Connection
from heatmon_drivers.opcua.message import Published
from heatmon_drivers.opcua.trouble import translated

AHEAD: Final = 2
MOST_MISSED: Final = 20
"""Further back a server keeps nothing; the group is read whole instead."""


class Subscriber(Protocol):
    """A group that is subscribed."""

    def notified(self, handles: list[int], values: Values) -> None:
        """Changes have come."""

    def heard(self) -> None:
        """The server has published, be it only that nothing changed."""

    def missed(self) -> None:
        """Changes were lost for good."""

    def ended(self, status: int) -> None:
        """The server has ended the subscription."""


class Publisher:
    """Runs while there are subscriptions; `trouble` is what ended it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._subscribers: dict[int, Subscriber] = {}
        self._expected: dict[int, int] = {}
        self._acknowledge: list[ua.SubscriptionAcknowledgement] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._in_order = asyncio.Lock()
        self._wait_s = connection.options.timeout_s
        self.trouble: DriverError | None = None

    def add(self, subscription: int, subscriber: Subscriber, keep_alive_s: float) -> None:
        """A subscription was made; the server publishes at least every keep_alive_s."""
        self._subscribers[subscription] = subscriber
        self._wait_s = max(self._wait_s, 3 * keep_alive_s + self._connection.options.timeout_s)
        while len(self._tasks) < AHEAD:
            task = asyncio.create_task(self._loop(), name="opcua publish")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def remove(self, subscription: int) -> None:
        """A subscription is over."""
        self._subscribers.pop(subscription, None)
        self._expected.pop(subscription, None)

    async def stop(self) -> None:
        """End at once."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _loop(self) -> None:
        try:
            while self._subscribers:
                await self._once()
        except ua.UaStatusCodeError as error:
            if error.code == ua.StatusCodes.BadTooManyPublishRequests and len(self._tasks) > 1:
                return
            self._fail(translated(error, "read", "subscribe", 0.0))
        except (ConnectionError, OSError, DecodeError, ua.UaError) as error:
            self._fail(translated(error, "read", "subscribe", 0.0))

    def _fail(self, trouble: DriverError) -> None:
        self.trouble = self.trouble or trouble

    async def _once(self) -> None:
        acknowledge, self._acknowledge = self._acknowledge, []
        request = ua.PublishRequest()
        request.Parameters.SubscriptionAcknowledgements = acknowledge
        try:
            async with asyncio.timeout(self._wait_s):
                body = await self._connection.client.transport.ask(request, 0)
        except TimeoutError:
            # A lost answer: ask again. Whether nothing comes at all is the groups' business.
            return
        except ua.UaStatusCodeError as error:
            if error.code in (ua.StatusCodes.BadTimeout, ua.StatusCodes.BadNoSubscription):
                await asyncio.sleep(0)
                return
            raise
        async with self._in_order:
            await self._deliver(message.publish_response(body))

    async def _deliver(self, published: Published) -> None:
        subscriber = self._subscribers.get(published.subscription)
        if subscriber is None:
            return
        subscriber.heard()
        self._connection.note_time(published.answer.time_ns)
        await self._catch_up(published, subscriber)
        self._hand_on(published, subscriber)
        if published.changes or published.ended:
            self._expected[published.subscription] = published.sequence % 0xFFFF_FFFF + 1
            self._acknowledge.append(
                ua.SubscriptionAcknowledgement(
                    SubscriptionId=published.subscription, SequenceNumber=published.sequence
                )
            )

    @staticmethod
    def _hand_on(published: Published, subscriber: Subscriber) -> None:
        for handles, values in published.changes:
            subscriber.notified(handles, values)
        if published.ended:
            subscriber.ended(published.ended)

    async def _catch_up(self, published: Published, subscriber: Subscriber) -> None:
        """What was published before this and never came: ask for it, else say that it is lost."""
        expected = self._expected.setdefault(published.subscription, published.sequence)
        behind = published.sequence - expected
        if behind <= 0:
            return
        if behind > MOST_MISSED:
            subscriber.missed()
            return
        for number in range(expected, published.sequence):
            request = ua.RepublishRequest()
            request.Parameters.SubscriptionId = published.subscription
            request.Parameters.RetransmitSequenceNumber = number
            try:
                body = await self._connection.ask(request, "subscribe")
            except ua.UaStatusCodeError:
                subscriber.missed()
                continue
            except DriverError as error:
                self._fail(error)
                return
            again = message.republish_response(body)
            if not again.changes and not again.ended:
                # Some servers answer with nothing instead of refusing.
                subscriber.missed()
            self._hand_on(again, subscriber)
