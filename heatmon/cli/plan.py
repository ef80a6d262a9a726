"""`heatmon plan`: which requests the settings lead to, and what they cost."""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from pathlib import Path

from heatmon.catalogue import language_of, render
from heatmon.core.spec import StationSpec
from heatmon.driver import ReadPlan, installed
from heatmon.settings import find_stations, load


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Station folders and the number of units to assume dead."""
    language = language_of()
    parser.add_argument("dirs", nargs="+", type=Path, metavar="DIR", help=render("cli.arg.dir", language))
    parser.add_argument("--dead", type=int, default=1, help=render("cli.arg.dead", language))


def run(args: argparse.Namespace) -> int:
    """Print each group's requests and the worst cycle of each link; 1 when settings have faults."""
    language = language_of()
    faulty = False
    for directory in find_stations(args.dirs):
        loaded = load(directory, installed(), language)
        for fault in loaded.faults:
            print(fault, file=sys.stderr)
        if loaded.spec is None:
            faulty = True
            continue
        _print_station(loaded.spec, loaded.plans, args.dead)
    return 1 if faulty else 0


def _print_station(spec: StationSpec, plans: dict[tuple[str, str], ReadPlan], dead: int) -> None:
    language = language_of()
    print(f"# {spec.station.id}")
    period = {(device.id, group.id): group.period_s for device in spec.devices for group in device.groups}
    link_of = {device.id: device.link for device in spec.devices}
    by_link: dict[str, list[ReadPlan]] = defaultdict(list)
    for (device, group), plan in plans.items():
        by_link[link_of[device]].append(plan)
        requests = plan.requests
        print(
            render(
                "cli.plan.group",
                language,
                device=device,
                group=group,
                period=period[device, group],
                requests=len(requests),
                sent=sum(request.sent_bytes for request in requests),
                received=sum(request.received_bytes for request in requests),
            )
        )
        for request in requests:
            message = request.message
            text = request.text if message is None else render(message.code, language, **message.params)
            print(f"    {text}: {', '.join(request.tags)}")
    for link, members in by_link.items():
        seconds = worst_cycle_s(members, dead)
        print(render("cli.plan.cycle", language, link=link, dead=min(dead, _units(members)), seconds=seconds))


def worst_cycle_s(plans: list[ReadPlan], dead: int) -> float:
    """Time on the line when all groups are due at once and `dead` units stay silent, in seconds.

    A silent unit costs one timeout, once: it is asked by one short request and then given a rest.
    """
    slowest = sorted({plan.device: plan.timeout_s for plan in plans}.values(), reverse=True)
    return sum(request.seconds for plan in plans for request in plan.requests) + sum(slowest[:dead])


def _units(plans: list[ReadPlan]) -> int:
    return len({plan.device for plan in plans})
