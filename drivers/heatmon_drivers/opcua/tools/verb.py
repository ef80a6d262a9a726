"""`heatmon opcua`: browse, doctor, trust, certificate."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import Any, Final, get_args

from pydantic import ValidationError

from heatmon.catalogue import Language, language_of, render
from heatmon.driver import DriverError
from heatmon_drivers.opcua import default_folder
from heatmon_drivers.opcua.options import LinkOptions, Mode, Policy


class OpcUaVerb:
    """The verb; its work is in the modules beside it, which import the library only when they are used."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """One sub-verb, the endpoint, and how to connect."""
        language = language_of()
        subs = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
        browse = subs.add_parser("browse", help=render("opcua.tool.browse", language))
        _connecting(browse, language)
        browse.add_argument("--from", dest="start", metavar="NODE", help=render("opcua.tool.start", language))
        browse.add_argument("--depth", type=int, default=4, help=render("opcua.tool.depth", language))
        browse.add_argument("--search", metavar="TEXT", help=render("opcua.tool.search", language))
        browse.add_argument("--all", action="store_true", help=render("opcua.tool.all", language))
        browse.add_argument("--yaml", metavar="DEVICE/GROUP", help=render("opcua.tool.yaml", language))
        doctor = subs.add_parser("doctor", help=render("opcua.tool.doctor", language))
        _connecting(doctor, language)
        trust = subs.add_parser("trust", help=render("opcua.tool.trust", language))
        _connecting(trust, language)
        trust.add_argument("--thumbprint", help=render("opcua.tool.thumbprint", language))
        certificate = subs.add_parser("certificate", help=render("opcua.tool.certificate", language))
        certificate.add_argument("--state", type=Path, help=render("cli.arg.state", language))
        certificate.add_argument("--renew", action="store_true", help=render("opcua.tool.renew", language))

    def run(self, args: argparse.Namespace) -> int:
        """Carry it out; 1 when something is wrong."""
        language = language_of()
        folder = args.state / "drivers" / "opcua" if args.state else default_folder()
        if args.what == "certificate":
            from heatmon_drivers.opcua.tools.trust import show_own

            return show_own(folder, args.renew, language)
        try:
            options = LinkOptions.model_validate(_options(args))
        except ValidationError as error:
            for fault in error.errors():
                print(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}", file=sys.stderr)
            return 1
        try:
            return asyncio.run(_carry_out(args, options, folder, language))
        except DriverError as error:
            text = render(error.message.code, language, **error.message.params)
            print(render("opcua.tool.failed", language, endpoint=options.endpoint, why=text), file=sys.stderr)
            return 1


async def _carry_out(args: argparse.Namespace, options: LinkOptions, folder: Path, language: Language) -> int:
    if args.what == "doctor":
        from heatmon_drivers.opcua.tools.doctor import examine

        return await examine(options, folder, language)
    if args.what == "trust":
        from heatmon_drivers.opcua.tools.trust import trust

        return await trust(options, folder, args.thumbprint, language)
    from heatmon_drivers.opcua.tools.browse import Wanted, browse

    wanted = Wanted(args.start, args.depth, args.search, args.all, args.yaml)
    return await browse(options, folder, wanted, language)


def _connecting(parser: argparse.ArgumentParser, language: Language) -> None:
    parser.add_argument("endpoint", metavar="opc.tcp://HOST:PORT")
    parser.add_argument("--policy", choices=get_args(Policy), default="best")
    parser.add_argument("--mode", choices=get_args(Mode), default="sign_and_encrypt")
    parser.add_argument("--user", help=render("opcua.tool.user", language))
    parser.add_argument("--password", metavar="${env:NAME}", help=render("opcua.tool.password", language))
    parser.add_argument("--timeout", default="4 s")
    parser.add_argument("--state", type=Path, help=render("cli.arg.state", language))


def _options(args: argparse.Namespace) -> dict[str, Any]:
    made: dict[str, Any] = {
        "endpoint": args.endpoint,
        "security": {"policy": args.policy, "mode": args.mode},
        "timeout": args.timeout,
    }
    if args.user is not None or args.password is not None:
        made["user"] = {"name": args.user, "password": args.password}
    return made


OPCUA: Final = OpcUaVerb()
