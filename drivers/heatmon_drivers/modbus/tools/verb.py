"""`heatmon probe modbus`: what an unknown device holds, politely."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import ValidationError

from heatmon.catalogue import Language, language_of, render
from heatmon.driver import DriverError
from heatmon_drivers.modbus.options import LinkOptions, Rtu
from heatmon_drivers.modbus.tools.candidates import Candidate, candidates
from heatmon_drivers.modbus.tools.scan import Area, Notebook, Scan, heard_on, windows_of

LISTEN_S: Final = 10.0
FASTEST: Final = 2.0
"""Requests a second unless told otherwise."""


class ProbeVerb:
    """The verb."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """The wire, what to scan, and how gently."""
        language = language_of()
        protocols = parser.add_subparsers(dest="protocol", required=True, metavar="PROTOCOL")
        modbus = protocols.add_parser("modbus", help=render("probe.modbus", language))
        where = modbus.add_mutually_exclusive_group(required=True)
        where.add_argument("--tcp", metavar="HOST:PORT", help="Modbus TCP")
        where.add_argument("--rtu-over-tcp", metavar="HOST:PORT", help=render("probe.arg.gateway", language))
        where.add_argument("--serial", metavar="DEVICE", help=render("probe.arg.serial", language))
        modbus.add_argument("--baudrate", type=int, default=9600)
        modbus.add_argument("--parity", choices=("none", "even", "odd"), default="none")
        modbus.add_argument("--units", default="1", help=render("probe.arg.units", language))
        modbus.add_argument("--registers", default="0-99", help=render("probe.arg.registers", language))
        modbus.add_argument("--area", choices=("holding", "input", "both"), default="both")
        modbus.add_argument("--skip", default="", help=render("probe.arg.skip", language))
        modbus.add_argument("--window", type=int, default=10, help=render("probe.arg.window", language))
        modbus.add_argument("--rate", type=float, default=FASTEST, help=render("probe.arg.rate", language))
        modbus.add_argument("--between", type=float, default=10.0, help=render("probe.arg.between", language))
        modbus.add_argument("--timeout", default="2 s")
        modbus.add_argument(
            "--notebook",
            type=Path,
            default=Path("heatmon-probe.json"),
            help=render("probe.arg.notebook", language),
        )
        modbus.add_argument("--i-own-this-line", action="store_true", help=render("probe.arg.own", language))
        modbus.add_argument("--yaml", metavar="DEVICE/GROUP", help=render("probe.arg.yaml", language))
        modbus.add_argument("--pick", help=render("probe.arg.pick", language))

    def run(self, args: argparse.Namespace) -> int:
        """Scan and show; 1 when the line is not ours, or nothing answers."""
        language = language_of()
        try:
            options = LinkOptions.model_validate({"transport": _transport(args), "timeout": args.timeout})
            units, registers = numbers(args.units), numbers(args.registers)
            skipped = [
                range(span[0], span[-1] + 1) for span in map(numbers, filter(None, args.skip.split(",")))
            ]
            notebook = Notebook.open(args.notebook)
        except ValidationError as error:
            for fault in error.errors():
                print(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}", file=sys.stderr)
            return 1
        except (OSError, ValueError) as error:
            print(error, file=sys.stderr)
            return 1
        areas: list[Area] = ["holding", "input"] if args.area == "both" else [args.area]
        span = range(registers[0], registers[-1] + 1)
        windows = windows_of(units, areas, span, max(1, min(args.window, 125)), skipped)
        scan = Scan(options, notebook, 1.0 / min(max(args.rate, 0.01), 20.0), _bar)
        try:
            return asyncio.run(_probe(args, options, scan, windows, notebook, language))
        except DriverError as error:
            print(render(error.message.code, language, **error.message.params), file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            print("\n" + render("probe.resumable", language, file=args.notebook), file=sys.stderr)
            return 130


async def _probe(
    args: argparse.Namespace,
    options: LinkOptions,
    scan: Scan,
    windows: Sequence[Any],
    notebook: Notebook,
    language: Language,
) -> int:
    if isinstance(options.transport, Rtu) and not args.i_own_this_line:
        print(render("probe.listening", language, seconds=int(LISTEN_S)), file=sys.stderr)
        try:
            heard = await heard_on(options.transport.device, options.transport.baudrate, LISTEN_S)
        except OSError as error:
            print(render("probe.no_line", language, reason=str(error)), file=sys.stderr)
            return 1
        if heard:
            print(render("probe.master", language), file=sys.stderr)
            return 1
    await scan.run(windows, args.between)
    print(file=sys.stderr)
    found = [
        (place, one)
        for place in sorted(notebook.words[0])
        for one in candidates(notebook.words[0][place], notebook.words[1].get(place, {}))
    ]
    if not any(notebook.words[0].values()):
        print(render("probe.nothing", language), file=sys.stderr)
        return 1
    if args.yaml is None:
        _show(found, language)
    else:
        picked = set(numbers(args.pick)) if args.pick else None
        chosen = [one for n, one in enumerate(found, 1) if picked is None or n in picked]
        print(tags_yaml(chosen, args.yaml, language), end="")
    return 0


def _show(found: Sequence[tuple[str, Candidate]], language: Language) -> None:
    print(render("probe.head", language))
    for n, (place, one) in enumerate(found, 1):
        order = f" {one.order}" if one.order else ""
        kind = f"{one.type}{order}" + (f" × {one.scale:g}" if one.scale != 1.0 else "")
        meaning = render(f"probe.meaning.{one.meaning.split()[0]}", language)
        shown = f"{one.first:14.6g} {one.second:14.6g} {one.score:5.2f}  {meaning}"
        print(f"{n:4} {place:>14} {one.register:6} {kind:18} {shown}")


def tags_yaml(found: Sequence[tuple[str, Candidate]], where: str, language: Language) -> str:
    """Tags of the candidates, to be named, given units and compared with the display."""
    device, _, group = where.partition("/")
    tags = []
    for place, one in found:
        unit, area = place.split("/")
        address: dict[str, object] = {"area": area, "register": one.register, "base": 0, "type": one.type}
        if one.order is not None:
            address["order"] = one.order
        if one.scale != 1.0:
            address["scale"] = one.scale
        name = f"{one.meaning} at {area} {one.register}"
        chinese = f"{render(f'probe.meaning.{one.meaning.split()[0]}', 'zh')} {area} {one.register}"
        tags.append({"id": f"u{unit}_{area[0]}{one.register}", "device": device, "group": group or "normal",
                     "name": {"en": name, "zh": chinese}, "address": address})  # fmt: skip
    head = f"# {render('probe.yaml_head', language, count=len(tags))}\n"
    return head + yaml.safe_dump({"tags": tags}, allow_unicode=True, sort_keys=False, width=110)


def numbers(text: str) -> list[int]:
    """``1-3,7`` as numbers. Raises ValueError."""
    found: list[int] = []
    for part in text.split(","):
        begin, _, end = part.strip().partition("-")
        first, last = int(begin, 0), int(end or begin, 0)
        if last < first:
            raise ValueError(f"{part}: the last is before the first")
        found.extend(range(first, last + 1))
    return found


def _transport(args: argparse.Namespace) -> dict[str, Any]:
    if args.serial is not None:
        return {"kind": "rtu", "device": args.serial, "baudrate": args.baudrate, "parity": args.parity}
    kind = "tcp" if args.tcp is not None else "rtu_over_tcp"
    host, _, port = (args.tcp or args.rtu_over_tcp).rpartition(":")
    if not host or not port.isdigit():
        raise ValueError("write HOST:PORT")
    return {"kind": kind, "host": host, "port": int(port)}


def _bar(done: int, all_: int) -> None:
    filled = 30 * done // max(all_, 1)
    print(f"\r[{'#' * filled}{'.' * (30 - filled)}] {done}/{all_}", end="", file=sys.stderr, flush=True)


PROBE: Final = ProbeVerb()
