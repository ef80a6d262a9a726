"""`heatmon rehearse FILE`: what a station's settings make of a scenario, in seconds instead of hours."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

from heatmon.catalogue import Language, language_of, render
from heatmon.core.effect import Event
from heatmon.core.quantity import QuantityError, parse_quantity
from heatmon.store.errors import StoreError
from heatmon.view import entry_text
from heatmon_simulators.rehearse import RehearsalError, rehearse
from heatmon_simulators.verbs.common import scenario_or_faults, station_of, story_time


class _Rehearse:
    """The verb."""

    name = "rehearse"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """The scenario, the station, how long, and whether to keep the journal."""
        language = language_of()
        parser.add_argument("scenario", type=Path, metavar="FILE", help=render("sim.arg.scenario", language))
        parser.add_argument("--station", type=Path, metavar="DIR", help=render("sim.arg.rehearsed", language))
        parser.add_argument("--length", help=render("sim.arg.length", language))
        parser.add_argument("--journal", type=Path, help=render("sim.arg.journal", language))

    def run(self, args: argparse.Namespace) -> int:
        """Rehearse and print the journal; 1 when something has faults."""
        language = language_of()
        scenario = scenario_or_faults(args.scenario, language)
        if scenario is None:
            return 1
        try:
            length_s = None if args.length is None else parse_quantity(args.length).to("s")
            done = rehearse(
                scenario,
                station_of(scenario, args.station),
                length_s=length_s,
                language=language,
                told=lambda event: print(_text(event, language)),
                journal=args.journal,
            )
        except (RehearsalError, StoreError, OSError, QuantityError) as error:
            print(error, file=sys.stderr)
            return 1
        for notice in done.notices:
            print(render(notice.code, language, **notice.params))
        length = story_time(done.virtual_s)
        print(
            render(
                "sim.rehearsed",
                language,
                length=length,
                wall=done.wall_s,
                scans=done.scans,
                entries=len(done.entries),
            )
        )
        return 0


def _text(event: Event, language: Language) -> str:
    return entry_text(
        {
            "event_seq": event.event_seq,
            "time_ns": event.time_ns,
            "code": event.code,
            "actor": event.actor,
            "payload": event.payload,
        },
        language,
    )


REHEARSE: Final = _Rehearse()
