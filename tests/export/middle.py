"""A server between forwarder and database: passes on, or answers by itself, or loses answers."""

from __future__ import annotations

import contextlib
import gzip
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web


@dataclass
class Said:
    """What the middle answers by itself. lose: pass on, then break the connection instead of answering."""

    status: int = 204
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    lose: bool = False


Decide = Callable[[list[str]], Said | None]
"""From the lines of a request; None: pass it on and hand the answer back."""


class Middle:
    """Listens on a port of its own; `requests` are the lines of each write, in order."""

    def __init__(self, behind: str | None, decide: Decide) -> None:
        self._behind, self.decide = behind, decide
        self.requests: list[list[str]] = []
        self.tokens: list[str] = []
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def handle(self, request: web.Request) -> web.StreamResponse:
        # aiohttp has undone the gzip; a body that is none would be refused by it.
        body = await request.read()
        text = (gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body).decode()
        lines = text.splitlines()
        self.requests.append(lines)
        self.tokens.append(request.headers.get("Authorization", ""))
        said = self.decide(lines)
        if said is not None and not said.lose:
            return web.Response(status=said.status, headers=dict(said.headers), text=said.body)
        status, answer = await self._pass_on(request, text)
        if said is not None:
            assert request.transport is not None
            request.transport.abort()
        return web.Response(status=status, body=answer)

    async def _pass_on(self, request: web.Request, text: str) -> tuple[int, bytes]:
        if self._behind is None:
            return 204, b""
        async with (
            aiohttp.ClientSession() as session,
            session.request(request.method, f"{self._behind}{request.path_qs}", data=text.encode()) as reply,
        ):
            return reply.status, await reply.read()


@contextlib.asynccontextmanager
async def middle(behind: str | None, decide: Decide = lambda _lines: None) -> AsyncIterator[Middle]:
    between = Middle(behind, decide)
    app = web.Application(client_max_size=1 << 26)
    app.router.add_route("*", "/{path:.*}", between.handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    between.port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]  # of a TCP server
    try:
        yield between
    finally:
        await runner.cleanup()
