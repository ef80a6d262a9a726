"""`heatmon run`: the daemon, in the foreground; systemd starts the same."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
import threading
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from heatmon.catalogue import language_of, render
from heatmon.cli.ask import default_runtime, default_state
from heatmon.export.scrape import Address, MetricsTaken

WORKER: Final = "heatmon-worker"
LEFT_BEHIND_S: Final = 0.5
"""How long tasks and threads may take to end after everything is on disk."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Station folders, and where to keep things."""
    language = language_of()
    parser.add_argument("dirs", nargs="+", type=Path, metavar="DIR", help=render("cli.arg.dir", language))
    parser.add_argument("--state", type=Path, default=default_state(), help=render("cli.arg.state", language))
    parser.add_argument(
        "--runtime", type=Path, default=default_runtime(), help=render("cli.arg.runtime", language)
    )
    parser.add_argument(
        "--metrics", type=_address, metavar="[ADDRESS:]PORT", help=render("cli.arg.metrics", language)
    )
    parser.add_argument("--history-cap-mb", type=_megabytes, help=render("cli.arg.history_cap", language))


def _address(text: str) -> Address:
    try:
        return Address.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _megabytes(text: str) -> int:
    """Whole megabytes, at least one."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}: a whole number of megabytes, at least 1")
    return int(text)


def run(args: argparse.Namespace) -> int:
    """Run until SIGTERM or Ctrl-C; 1 when nothing could be started."""
    from heatmon.app import Daemon
    from heatmon.control import SocketTaken
    from heatmon.runtime.clock import Clock
    from heatmon.settings import find_stations
    from heatmon.store.errors import StoreError

    language = language_of()
    log_to_stderr()
    if not find_stations(args.dirs):
        paths = ", ".join(str(path) for path in args.dirs)
        print(render("cli.no_station", language, path=paths), file=sys.stderr)
        return 1
    cap_bytes = None if args.history_cap_mb is None else args.history_cap_mb << 20
    try:
        daemon = Daemon(
            args.dirs,
            state=args.state,
            runtime=args.runtime,
            clock=Clock(),
            language=language,
            history_cap_bytes=cap_bytes,
        )
    except OSError as error:
        where = error.filename or args.state
        print(render("cli.no_state", language, path=where, reason=error.strerror or error), file=sys.stderr)
        return 1
    try:
        run_loop(daemon.run(args.metrics))
    except (StoreError, SocketTaken) as error:
        print(error, file=sys.stderr)
        return 1
    except MetricsTaken as error:
        print(render("cli.no_metrics", language, address=error.address, reason=error), file=sys.stderr)
        return 1
    except OSError as error:
        # The runtime folder, or the socket in it.
        where = error.filename or args.runtime
        print(render("cli.no_socket", language, path=where, reason=error.strerror or error), file=sys.stderr)
        return 1
    if not daemon.stations:
        print(render("cli.faults", language, count=len(daemon.faults)), file=sys.stderr)
        return 1
    return 0


def log_to_stderr(level: int = logging.INFO) -> None:
    """Lines for journald: priority prefix, room, words. journald adds the time."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Prefixed())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # It dumps whole frames on every error; our own line says what happened.
    logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL)


class _Prefixed(logging.Formatter):
    """sd-daemon's levels, so that `journalctl -p warning` works."""

    LEVELS = ((logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6), (0, 7))

    def __init__(self) -> None:
        super().__init__("%(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """One line, or a line and its traceback."""
        level = next(number for bound, number in self.LEVELS if record.levelno >= bound)
        return f"<{level}>{super().format(record)}"


def run_loop(main: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine on uvloop where it is installed, else on asyncio's own loop.

    Whatever `main` left behind is cancelled; what swallows that (a foreign driver, a thread that
    hangs in the kernel) does not keep the process: everything is on disk when `main` has returned.
    """
    try:
        import uvloop
    except ImportError:
        runner = asyncio.Runner()
    else:
        runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
    workers = ThreadPoolExecutor(thread_name_prefix=WORKER)
    try:
        runner.run(_with(workers, main))
    except BaseException:
        workers.shutdown(wait=False, cancel_futures=True)
        runner.close()
        raise
    workers.shutdown(wait=False, cancel_futures=True)
    left = runner.get_loop().run_until_complete(_left_behind())
    if left:
        logging.getLogger("heatmon").error("left behind at the end: %s", ", ".join(left))
        logging.shutdown()
        os._exit(0)
    runner.close()


async def _with(workers: ThreadPoolExecutor, main: Coroutine[Any, Any, None]) -> None:
    asyncio.get_running_loop().set_default_executor(workers)
    await main


async def _left_behind() -> list[str]:
    """Names of tasks and worker threads that do not end when they are asked to."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    left = (await asyncio.wait(tasks, timeout=LEFT_BEHIND_S))[1] if tasks else set()
    until = asyncio.get_running_loop().time() + LEFT_BEHIND_S
    while (threads := _workers()) and asyncio.get_running_loop().time() < until:  # noqa: ASYNC110  threads tell nobody
        await asyncio.sleep(0.01)
    return [*(task.get_name() for task in left), *threads]


def _workers() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith(WORKER)]
