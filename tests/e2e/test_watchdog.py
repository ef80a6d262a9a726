"""The service manager's watchdog is fed by progress only: by no blocked loop, past no blocked writer."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from heatmon.runtime.clock import Clock
from heatmon.runtime.sd_notify import sd_notify
from heatmon.store import writer as writer_room
from tests.e2e.house import House, house, until

FOOD = "WATCHDOG=1"


class Manager:
    """systemd's end of the notify socket."""

    def __init__(self, path: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self.socket.bind(str(path))

    def told(self) -> list[str]:
        """What has come since the last look."""
        lines: list[str] = []
        while True:
            try:
                lines += self.socket.recv(4096).decode().split("\n")
            except BlockingIOError:
                return lines


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Manager]:
    made = Manager(tmp_path / "notify")
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    monkeypatch.setenv("WATCHDOG_USEC", "30000")
    monkeypatch.delenv("WATCHDOG_PID", raising=False)
    yield made
    made.socket.close()


def fed(manager: Manager) -> bool:
    return FOOD in manager.told()


async def beats(at: House, count: int) -> None:
    """So many more beats of the daemon."""
    supervisor, seen = at.daemon.shared.supervisor, 0
    check = supervisor.check

    def counted() -> None:
        nonlocal seen
        seen += 1
        check()

    supervisor.check = counted  # type: ignore[method-assign]  # beats are counted here, and nowhere else
    try:
        await until(lambda: seen >= count)
    finally:
        supervisor.check = check  # type: ignore[method-assign]  # as it was


def test_a_manager_that_reads_nothing_does_not_stop_the_daemon(manager: Manager) -> None:
    answers = [sd_notify(FOOD) for _ in range(10_000)]
    assert answers[0]
    assert not answers[-1]
    assert fed(manager)


async def test_a_blocked_loop_feeds_nothing(tmp_path: Path, manager: Manager) -> None:
    async with house(tmp_path, clock=Clock(20.0)):
        await until(lambda: fed(manager))
        await asyncio.sleep(0)
        manager.told()
        time.sleep(0.5)  # noqa: ASYNC251  that is the fault
        assert not fed(manager)
        await until(lambda: fed(manager))


async def test_a_blocked_writer_is_not_fed_over(
    tmp_path: Path, manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_room, "PROGRESS_S", 0.5)
    monkeypatch.setattr(writer_room, "COMMIT_S", 0.05)
    async with house(tmp_path, clock=Clock(20.0)) as at:
        await until(lambda: fed(manager))
        stuck, go_on = threading.Event(), threading.Event()
        commit = at.daemon.shared.history.commit

        def hangs() -> None:
            stuck.set()
            go_on.wait()
            commit()

        monkeypatch.setattr(at.daemon.shared.history, "commit", hangs)
        try:
            await until(stuck.is_set)
            await until(lambda: not at.daemon.shared.writer.progressing())
            manager.told()
            await beats(at, 10)
            assert not fed(manager)
        finally:
            go_on.set()
        # Polling and judging have gone on meanwhile, and when the disk answers everything goes on.
        await until(lambda: fed(manager))


async def test_one_station_whose_poller_hangs_for_good_starves_the_watchdog_and_many_do_not(
    tmp_path: Path, manager: Manager
) -> None:
    for stations, starves in ((1, True), (2, False)):
        async with house(tmp_path / str(stations), stations, clock=Clock(20.0)) as at:
            await until(lambda: fed(manager))
            watched = at.daemon.shared.supervisor.watched[0]
            # As after a replacement that has not helped for two minutes.
            watched.poller.abandon()
            assert watched.task is not None
            await until(watched.task.done)
            watched.replaced_at = asyncio.get_running_loop().time() - 120.0
            watched.again_at = float("inf")
            await beats(at, 2)
            manager.told()
            await beats(at, 5)
            assert fed(manager) is not starves
