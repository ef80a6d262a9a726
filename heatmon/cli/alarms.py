"""`heatmon alarms`: figures of alarm management from a journal, the rationalisation table of a station."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

from heatmon.catalogue import language_of, render


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which figures or which table."""
    language = language_of()
    parser.add_argument("what", choices=("kpi", "sheet"))
    parser.add_argument("path", type=Path, help=render("cli.alarms.path", language))
    parser.add_argument("--from", dest="begin", metavar="TIME", help=render("cli.alarms.from", language))
    parser.add_argument("--to", dest="end", metavar="TIME", help=render("cli.alarms.to", language))
    parser.add_argument("--out", type=Path, help=render("cli.alarms.out", language))
    parser.add_argument("--json", action="store_true", help=render("cli.arg.json", language))


def run(args: argparse.Namespace) -> int:
    """0 done, 1 the journal or the settings have faults, 2 wrong usage."""
    return _kpi(args) if args.what == "kpi" else _sheet(args)


def _kpi(args: argparse.Namespace) -> int:
    from heatmon.core.kpi import TARGETS, Told, kpi
    from heatmon.store.errors import StoreError
    from heatmon.store.journal import read_only

    language = language_of()
    try:
        end = _time(args.end) if args.end else datetime.now(UTC)
        begin = _time(args.begin) if args.begin else end - timedelta(days=30)
    except ValueError as error:
        print(render("cli.alarms.time", language, why=error), file=sys.stderr)
        return 2
    if end <= begin:
        print(render("cli.alarms.period", language), file=sys.stderr)
        return 2
    if not args.path.is_file():
        print(render("cli.alarms.no_journal", language, path=args.path), file=sys.stderr)
        return 1

    def told() -> Iterator[Told]:
        with read_only(args.path) as journal:
            for entry in journal.entries():
                yield Told(entry.header.time_ns, entry.header.code, entry.fields)

    try:
        found = kpi(told(), *(int(moment.timestamp() * 1e9) for moment in (begin, end)))
    except StoreError as error:
        print(error, file=sys.stderr)
        return 1
    if args.json:
        print(json.dumps(asdict(found), ensure_ascii=False))
        return 0
    print(render("cli.alarms.head", language, begin=begin, end=end, count=found.announced))
    for name, value in found.figures.items():
        target, most = TARGETS[name]
        key = "cli.alarms.met" if found.met(name) else "cli.alarms.missed"
        limit = f"{target:g}" if most is None else f"{target:g} / {most:g}"
        name_text = render(f"kpi.{name}", language)
        print(render(key, language, name=name_text, value=f"{value:.2f}", target=limit))
    shares = ", ".join(f"{name} {share:.0f} %" for name, share in found.shares_pct.items())
    print(render("cli.alarms.shares", language, shares=shares))
    for alarm, count, share in found.bad_actors:
        print(f"  {alarm:24} {count:6}  {share:5.1f} %")
    return 0


def _time(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo is not None else moment.astimezone()


def _sheet(args: argparse.Namespace) -> int:
    from heatmon.driver import installed
    from heatmon.settings import load

    language = language_of()
    loaded = load(args.path, installed(), language)
    if loaded.spec is None:
        for fault in loaded.faults:
            print(fault, file=sys.stderr)
        return 1
    from heatmon.report import sheet

    out = args.out or Path(f"{loaded.spec.station.id}-alarms.xlsx")
    rows = sheet.rows(loaded.spec, language)
    try:
        if out.suffix == ".html":
            out.write_text(sheet.as_html(loaded.spec, rows, language), encoding="utf-8")
        elif out.suffix == ".xlsx":
            sheet.write_xlsx(out, loaded.spec, rows, language)
        else:
            print(render("cli.alarms.suffix", language, path=out), file=sys.stderr)
            return 2
    except (OSError, ImportError) as error:
        print(f"{out}: {error}", file=sys.stderr)
        return 1
    print(render("cli.alarms.written", language, path=out, count=len(rows)))
    return 0
