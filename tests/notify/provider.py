"""A provider on loopback that answers as the real ones document it, and misbehaves when told to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

# (what is asked) -> (status, headers, body); body None hangs, bytes are sent as they are
Reply = tuple[int, dict[str, str], bytes | None]


@dataclass
class Asked:
    """One request as it came in."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        """The text that a robot was given."""
        body = self.json
        found = body.get("text") or body.get("content")
        return str(found.get("content") or found.get("text"))


@dataclass
class Provider:
    """Answers each request by `answer`; `asked` keeps them all."""

    answer: Callable[[Asked], Reply]
    asked: list[Asked] = field(default_factory=list)
    port: int = 0
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def count(self, number: int) -> None:
        """Wait until so many requests have come."""
        async with asyncio.timeout(20):
            while len(self.asked) < number:
                self.arrived.clear()
                await self.arrived.wait()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        from urllib.parse import parse_qsl, urlsplit

        head = await reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = {k.lower(): v.strip() for k, v in (line.split(":", 1) for line in lines if line)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        parts = urlsplit(first.split(" ")[1])
        asked = Asked(parts.path, dict(parse_qsl(parts.query)), headers, body)
        self.asked.append(asked)
        self.arrived.set()
        status, more, answer = self.answer(asked)
        if answer is None:
            await asyncio.Event().wait()
        assert answer is not None
        length = more.pop("Content-Length", str(len(answer)))
        extra = "".join(f"{name}: {value}\r\n" for name, value in more.items())
        writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {length}\r\n{extra}\r\n".encode() + answer)
        await writer.drain()
        return length == str(len(answer))


def says(status: int = 200, /, headers: dict[str, str] | None = None, **body: Any) -> Reply:
    """An answer with a JSON body."""
    return status, dict(headers or {}), json.dumps(body, ensure_ascii=False).encode()


HANGS: Reply = (200, {}, None)


def half(**body: Any) -> Reply:
    """An answer that breaks off in the middle."""
    whole = json.dumps(body).encode()
    return 200, {"Content-Length": str(len(whole) + 20)}, whole[: len(whole) // 2]


@asynccontextmanager
async def provider(answer: Callable[[Asked], Reply] | Reply) -> AsyncIterator[Provider]:
    """A running provider; one answer for all, or a function of what is asked."""
    made = Provider(answer if callable(answer) else lambda _asked: answer)
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await made.serve(reader, writer)
        except asyncio.CancelledError:
            writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
