"""`heatmon sim FILE`: a simulated station on real wires, until Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from pathlib import Path
from typing import Final

from heatmon.catalogue import Language, language_of, render
from heatmon.core.spec import StationSpec
from heatmon.runtime.clock import Clock
from heatmon_simulators.scenario import Scenario
from heatmon_simulators.scenario.events import Event
from heatmon_simulators.serve import Stage, stage
from heatmon_simulators.verbs.common import (
    scenario_or_faults,
    station_of,
    station_or_faults,
    story_time,
    words_of,
)


class _Sim:
    """The verb."""

    name = "sim"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """The scenario, the station whose map is served, and where."""
        language = language_of()
        parser.add_argument("scenario", type=Path, metavar="FILE", help=render("sim.arg.scenario", language))
        parser.add_argument("--station", type=Path, metavar="DIR", help=render("sim.arg.station", language))
        parser.add_argument("--host", default="127.0.0.1", help=render("sim.arg.host", language))
        parser.add_argument("--port", type=int, default=0, help=render("sim.arg.port", language))
        parser.add_argument(
            "--transport", choices=("tcp", "rtu", "rtu_over_tcp"), help=render("sim.arg.transport", language)
        )
        parser.add_argument("--factor", type=float, help=render("sim.arg.factor", language))

    def run(self, args: argparse.Namespace) -> int:
        """Serve until interrupted; 1 when scenario or settings have faults, or a port is taken."""
        language = language_of()
        scenario = scenario_or_faults(args.scenario, language)
        if scenario is None:
            return 1
        loaded = station_or_faults(station_of(scenario, args.station), language)
        if loaded is None or loaded.spec is None:
            return 1
        factor = args.factor or scenario.factor
        if not 0 < factor <= 1000:
            print(render("sim.bad_factor", language, factor=factor), file=sys.stderr)
            return 1
        try:
            asyncio.run(_serve(scenario, loaded.spec, Clock(factor, simulated=True), args, language))
        except (OSError, ValueError) as error:
            print(render("sim.cannot_serve", language, why=str(error)), file=sys.stderr)
            return 1
        return 0


async def _serve(
    scenario: Scenario, spec: StationSpec, clock: Clock, args: argparse.Namespace, language: Language
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    served = stage(
        scenario,
        spec,
        scenario.world(clock.now_ns()),
        clock,
        host=args.host,
        port=args.port,
        transport=args.transport,
        told=lambda event: print(_line(event, language), flush=True),
    )
    async with served:
        print("\n".join(_head(scenario, spec, served, clock.factor, language)), flush=True)
        telling = asyncio.create_task(served.run())
        waiting = asyncio.create_task(stop.wait())
        await asyncio.wait({telling, waiting}, return_when=asyncio.FIRST_COMPLETED)
        for task in (telling, waiting):
            task.cancel()
        for result in await asyncio.gather(telling, waiting, return_exceptions=True):
            if isinstance(result, Exception):
                raise result
    print(render("sim.ended", language), flush=True)


def _head(
    scenario: Scenario, spec: StationSpec, served: Stage, factor: float, language: Language
) -> list[str]:
    """Everything a person needs at the start: what, where, how fast, and what will happen when."""
    name, station = scenario.name.in_language(language), spec.station.name.in_language(language)
    lines = [render("sim.head", language, name=name, station=f"{spec.station.id} {station}")]
    if scenario.about is not None:
        lines.append(scenario.about.in_language(language))
    lines.extend(served.lines(language))
    lines.append(render("sim.factor", language, factor=factor))
    lines.append(render("sim.story", language))
    lines.extend(_line(event, language, factor) for event in sorted(scenario.events, key=lambda e: e.at_s))
    lines.append(render("sim.keys", language))
    return lines


def _line(event: Event, language: Language, factor: float | None = None) -> str:
    """One line of the story; with a factor, also when that is on the wall."""
    text = f"  {story_time(event.at_s):>12}  {words_of(event, language)}"
    if factor is not None and factor != 1.0:
        text += render("sim.on_the_wall", language, wall=story_time(event.at_s / factor))
    if factor is not None and event.every_s is not None:
        text += render("sim.every", language, every=story_time(event.every_s))
    return text


SIM: Final = _Sim()
