"""The control socket: one JSON object a line, asked by the command line, answered after the commit.

``{"v": 1, "id": …, "station": …, "verb": …, "args": {…}}`` →
``{"id": …, "ok": bool, "code": …, "params": {…}, "event_seqs": […], "data": …}``.
Who asks is told by the kernel (peer credentials), never by the asker. The same id again gets the
first answer, while the first is still in work too; verbs that only read are answered anew.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import pwd
import socket
import struct
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any, Final

from heatmon.core.input import Actor
from heatmon.core.spec import Person

log = logging.getLogger("heatmon.control")

VERSION: Final = 1
LINE_MAX: Final = 64 * 1024
ANSWER_MAX: Final = 16 * 1024 * 1024
ANSWERS_KEPT: Final = 1024
LAST_ANSWERS_S: Final = 1.0
ACCEPTING_S: Final = 0.02
READING: Final = frozenset({"status", "journal"})
"""Verbs that change nothing: their answers are large, and fresh ones are better."""

Answer = dict[str, Any]
Handler = Callable[[str | None, str, str, dict[str, Any], int], Awaitable[Answer]]


def actor_of(uid: int, persons: Iterable[Person]) -> Actor:
    """The person behind a user id of the machine; a stranger is a viewer."""
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:
        name = f"uid-{uid}"
    for person in persons:
        if person.os_user == name:
            return Actor(person.id, person.role, "socket", "uid")
    return Actor(name, "viewer", "socket", "uid")


def refusal(command_id: str, code: str, **params: str | int) -> Answer:
    """An answer that says no, and why."""
    return {"id": command_id, "ok": False, "code": code, "params": params, "event_seqs": []}


def accepted(command_id: str, data: object = None) -> Answer:
    """An answer that says yes, with what was asked for."""
    return {
        "id": command_id,
        "ok": True,
        "code": "control.ok",
        "params": {},
        "event_seqs": [],
        "data": data,
    }


class SocketTaken(Exception):  # noqa: N818  a state, named as people say it
    """Another daemon answers on the socket."""


class ControlServer:
    """Listens on a Unix socket. `handle(station, verb, id, args, uid)` gives the answer.

    Bound: one request in work per connection; lines above 64 kB end the connection. The answers of
    the last 1024 commands are kept for those who ask again; older ones are forgotten.
    """

    def __init__(self, path: Path, handle: Handler) -> None:
        self.path, self._handle = path, handle
        self._server: asyncio.Server | None = None
        self._answers: OrderedDict[tuple[int, str], asyncio.Future[Answer]] = OrderedDict()
        self._connections: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen; the socket is for its owner and group (0660). Raises SocketTaken, OSError."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if await self._somebody_answers():
            raise SocketTaken(
                f"{self.path}: another heatmon answers here; stop it, or give this one another "
                "--runtime folder"
            )
        self.path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._serve, str(self.path), limit=LINE_MAX)
        self.path.chmod(0o660)

    async def _somebody_answers(self) -> bool:
        """Whether the socket is alive; one that a crash left behind is not."""
        try:
            _, writer = await asyncio.open_unix_connection(str(self.path))
        except OSError:
            return False
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        return True

    async def stop(self) -> None:
        """Stop listening; let commands in work end, for at most a second; end every connection."""
        if self._server is None:
            return
        self._server.close()
        # Whoever was accepted in this very moment is served first, and then ended like the others.
        await asyncio.sleep(ACCEPTING_S)
        if working := [answer for answer in self._answers.values() if not answer.done()]:
            await asyncio.wait(working, timeout=LAST_ANSWERS_S)
        ending: list[asyncio.Future[Any]] = [*self._connections, *working]
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)
        self.path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        uid = _peer_uid(writer)
        try:
            while line := await reader.readline():
                writer.write(json.dumps(await self._answer(line, uid), ensure_ascii=False).encode() + b"\n")
                await writer.drain()
        except (ConnectionError, ValueError, asyncio.CancelledError):
            # The asker went away, sent an endless line, or we are stopping: the connection is over.
            pass
        finally:
            self._connections.discard(task)
            writer.close()

    async def _answer(self, line: bytes, uid: int) -> Answer:
        try:
            request = json.loads(line)
            command_id, verb = request["id"], request["verb"]
            station, args = request.get("station"), request.get("args", {})
            well_formed = (
                request.get("v") == VERSION
                and isinstance(command_id, str)
                and isinstance(verb, str)
                and isinstance(args, dict)
                and isinstance(station, str | None)
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            return refusal("", "control.malformed")
        if not well_formed:
            return refusal(str(command_id), "control.malformed")
        if verb in READING:
            return await self._handled(station, verb, command_id, args, uid)
        known = self._answers.get((uid, command_id))
        if known is None:
            known = self._answers[uid, command_id] = asyncio.ensure_future(
                self._handled(station, verb, command_id, args, uid)
            )
            while len(self._answers) > ANSWERS_KEPT:
                self._answers.popitem(last=False)
        # Whoever goes away while waiting does not undo what was asked; the answer waits for its id.
        return await asyncio.shield(known)

    async def _handled(
        self, station: str | None, verb: str, command_id: str, args: dict[str, Any], uid: int
    ) -> Answer:
        try:
            return await self._handle(station, verb, command_id, args, uid)
        except Exception:
            log.exception("the request %s could not be answered", verb)
            return refusal(command_id, "control.internal")


def _peer_uid(writer: asyncio.StreamWriter) -> int:
    sock = writer.get_extra_info("socket")
    credentials = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _pid, uid, _gid = struct.unpack("3i", credentials)
    return int(uid)


class ControlClient:
    """Asks a daemon, one request after the other. Raises OSError where none listens."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(self, verb: str, command_id: str, station: str | None = None, **args: object) -> Answer:
        """One request and its answer."""
        if self._reader is None or self._writer is None:
            self._reader, self._writer = await asyncio.open_unix_connection(str(self._path), limit=ANSWER_MAX)
        request = {"v": VERSION, "id": command_id, "station": station, "verb": verb, "args": args}
        self._writer.write(json.dumps(request, ensure_ascii=False).encode() + b"\n")
        await self._writer.drain()
        line = await self._reader.readline()
        if not line:
            raise ConnectionResetError("the daemon closed the connection")
        answer = json.loads(line)
        assert isinstance(answer, dict)
        return answer

    async def close(self) -> None:
        """Close; asking again connects again."""
        if self._writer is not None:
            self._writer.close()
            self._reader = self._writer = None
