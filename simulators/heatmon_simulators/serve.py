"""A simulated station on its wires: one server for each link of its settings, the plant and the story behind.

Which server serves which driver is one table, so that a protocol is added by a row.
"""

from __future__ import annotations

import asyncio
import heapq
import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final, Literal, Protocol, Self

from heatmon.catalogue import Language, render
from heatmon.core.spec import Link, StationSpec
from heatmon_simulators.clock import ClockLike
from heatmon_simulators.scenario.events import Event, WireEvent
from heatmon_simulators.scenario.model import PLANTS, Scenario
from heatmon_simulators.world import World

SECOND_NS: Final = 1_000_000_000
STEPS_AT_ONCE: Final = 600
"""After a pause the plant catches up in bites, so that the servers go on answering."""
BEAT_S: Final = 0.25
"""How often the story moves on when nobody asks; real time."""

Transport = Literal["tcp", "rtu", "rtu_over_tcp"]
Show = Callable[[], tuple[Mapping[str, float], float]]
"""Brings the plant up to now; its values, and the second of the story they belong to."""


@dataclass(frozen=True, slots=True)
class Wiring:
    """What the servers of a station are told. port 0: any free one. transport None: as the settings say."""

    scenario: Scenario
    units: Mapping[str, str]
    host: str = "127.0.0.1"
    port: int = 0
    transport: Transport | None = None


class LinkServer(Protocol):
    """One link of a station, served. Made by the class that `SERVERS` names for the link's driver, from
    (spec, link, wiring, show)."""

    @property
    def link(self) -> str:
        """Id of the link."""

    @property
    def missing(self) -> Sequence[str]:
        """Tags for which the plant has no value; what a client gets for them is bad, never a number."""

    @property
    def overrides(self) -> Mapping[str, Any]:
        """The settings under which a daemon finds this server, as `heatmon.settings.load` takes them."""

    def lines(self, language: Language) -> list[str]:
        """What people need to point a client at it."""

    async def start(self) -> None:
        """Answer. OSError when the port is taken."""

    async def close(self) -> None:
        """Stop answering."""

    async def spoil(self, event: WireEvent, stack: AsyncExitStack) -> None:
        """Begin a wire fault; leaving `stack` ends it. A fault the protocol does not know is ignored."""


SERVERS: Final[Mapping[str, str]] = {"modbus": "heatmon_simulators.modbus.link:ModbusLink"}
"""driver of a link → module:class of its server; imported when a station has such a link."""


class Stage:
    """A station's servers with plant and story behind them, along a clock. Use with `async with`, then `run`.

    told: is called for each line of the story when its time has come.
    """

    def __init__(
        self,
        spec: StationSpec,
        world: World,
        clock: ClockLike,
        wiring: Wiring,
        told: Callable[[Event], None] = lambda event: None,
        beat_s: float = BEAT_S,
    ) -> None:
        self.world, self._clock, self._told, self._beat_s = world, clock, told, beat_s
        self._start_ns = clock.now_ns()
        self.links: list[LinkServer] = []
        self.unserved: list[str] = []
        for number, link in enumerate(spec.links):
            self._add(spec, link, wiring, number)
        self._todo = [(event.at_s, number, event) for number, event in enumerate(wiring.scenario.events)]
        heapq.heapify(self._todo)
        self._spoilt: list[tuple[float, int, AsyncExitStack]] = []

    def _add(self, spec: StationSpec, link: Link, wiring: Wiring, number: int) -> None:
        where = SERVERS.get(link.driver)
        if where is None:
            self.unserved.append(link.id)
            return
        module, name = where.split(":")
        port = wiring.port + number if wiring.port else 0
        wired = Wiring(wiring.scenario, wiring.units, wiring.host, port, wiring.transport)
        self.links.append(getattr(import_module(module), name)(spec, link, wired, self.show))

    @property
    def overrides(self) -> dict[str, Any]:
        """The settings under which a daemon finds all servers."""
        return {path: value for link in self.links for path, value in link.overrides.items()}

    @property
    def missing(self) -> list[str]:
        """Tags for which the plant has no value."""
        return [tag for link in self.links for tag in link.missing]

    def lines(self, language: Language) -> list[str]:
        """What people need to know: addresses, and what is not served."""
        said = [line for link in self.links for line in link.lines(language)]
        if self.missing:
            said.append(render("sim.missing", language, tags=", ".join(self.missing)))
        if self.unserved:
            said.append(render("sim.unserved", language, links=", ".join(self.unserved)))
        return said

    def show(self) -> tuple[Mapping[str, float], float]:
        """Bring the plant up to now, in bites after a pause."""
        now = self._clock.now_ns()
        self.world.advance(min(now, self.world.reach_ns(STEPS_AT_ONCE)))
        return self.world.values(now), self.world.seconds

    async def run(self) -> None:
        """Tell the story until cancelled, also when nobody asks."""
        while True:
            self.show()
            await self.tell()
            await asyncio.sleep(self._pause_s())

    def _pause_s(self) -> float:
        """Until the next line of the story or the end of a wire fault, at most a beat; real time."""
        next_s = min((queue[0][0] for queue in (self._todo, self._spoilt) if queue), default=math.inf)
        return min(self._beat_s, max(0.001, (next_s - self._elapsed_s()) / self._clock.factor))

    def _elapsed_s(self) -> float:
        return (self._clock.now_ns() - self._start_ns) / SECOND_NS

    async def tell(self) -> None:
        """Begin and end what is due now; a `LinkServer` spoils its wire, people are told."""
        elapsed_s = self._elapsed_s()
        while self._spoilt and self._spoilt[0][0] <= elapsed_s:
            await heapq.heappop(self._spoilt)[2].aclose()
        while self._todo and self._todo[0][0] <= elapsed_s:
            at_s, number, event = heapq.heappop(self._todo)
            if event.every_s is not None:
                heapq.heappush(self._todo, (at_s + event.every_s, number, event))
            self._told(event)
            if isinstance(event, WireEvent):
                await self._spoil(at_s, number, event)

    async def _spoil(self, at_s: float, number: int, event: WireEvent) -> None:
        stack = AsyncExitStack()
        for link in self.links:
            if event.link in (None, link.link):
                await link.spoil(event, stack)
        heapq.heappush(self._spoilt, (at_s + event.for_s, number, stack))

    async def __aenter__(self) -> Self:
        try:
            for link in self.links:
                await link.start()
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._close()

    async def _close(self) -> None:
        while self._spoilt:
            await heapq.heappop(self._spoilt)[2].aclose()
        for link in self.links:
            await link.close()


def stage(
    scenario: Scenario,
    spec: StationSpec,
    world: World,
    clock: ClockLike,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    transport: Transport | None = None,
    told: Callable[[Event], None] = lambda event: None,
    beat_s: float = BEAT_S,
) -> Stage:
    """The stage for a scenario and a station's settings."""
    units = PLANTS[scenario.plant].units
    wiring = Wiring(scenario, units, host, port, transport or scenario.transport)
    return Stage(spec, world, clock, wiring, told, beat_s)
