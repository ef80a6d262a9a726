"""A small page that takes acknowledgements from outside: off unless configured, on loopback by default.

GET shows a form and changes nothing: chat robots and mail scanners open every link. Only a POST with
the code acknowledges. The page tells nothing about the alarm: the message did, to those it was sent to.
"""

from __future__ import annotations

import ssl
from collections import deque
from collections.abc import Awaitable, Callable
from html import escape
from typing import Final

from aiohttp import web

from heatmon.catalogue import Language, render
from heatmon.core.spec.notify import Listener
from heatmon.notify.answer import Verdict

BODY_MOST: Final = 4096
WRONG_MOST: Final = 20
WRONG_WITHIN_NS: Final = 600_000_000_000
"""After twenty wrong codes within ten minutes, from wherever, nobody is heard for the rest of them."""
TEXTS: Final = {
    "done": "ack.done",
    "onsite": "ack.onsite",
    "gone": "ack.gone",
    "no": "ack.no",
    "none": "ack.no",
}
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_PAGE: Final = (
    '<!doctype html><html lang="{lang}"><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">'
    "<title>{title}</title><style>body{{font:1.3em sans-serif;margin:2em}}"
    "input,button{{font:inherit;padding:.5em;margin:.5em 0}}</style><h1>{title}</h1>{body}"
)
Answer = Callable[[int, str], Awaitable[Verdict]]


class AnswerPage:
    """Serves the page of one listener. answer(message, code): what came of it."""

    def __init__(self, settings: Listener, answer: Answer, now_ns: Callable[[], int]) -> None:
        self._settings, self._answer, self._now_ns = settings, answer, now_ns
        self._wrong: deque[int] = deque(maxlen=WRONG_MOST)
        self._runner: web.AppRunner | None = None
        self.port = settings.port

    async def start(self) -> None:
        """Listen. Raises OSError where the address is taken or the certificate cannot be read."""
        settings = self._settings
        app = web.Application(client_max_size=BODY_MOST)
        app.router.add_get(r"/a/{message:\d{1,18}}", self._get)
        app.router.add_post(r"/a/{message:\d{1,18}}", self._post)
        tls = None
        if settings.certificate is not None and settings.key is not None:
            tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            tls.load_cert_chain(settings.certificate, settings.key)
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, settings.bind, self.port, ssl_context=tls)
        await site.start()
        self.port = int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Listen no more."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _get(self, request: web.Request) -> web.Response:
        language = _language(request)
        form = (
            '<form method="post"><label>{code} <input name="code" maxlength="16" required '
            'autocomplete="one-time-code" autocapitalize="characters"></label><br>'
            "<button>{button}</button></form>"
        )
        words = {name: escape(render(f"ack.{name}", language)) for name in ("code", "button")}
        return _page(language, form.format(**words), 200)

    async def _post(self, request: web.Request) -> web.Response:
        language, now = _language(request), self._now_ns()
        if len(self._wrong) == WRONG_MOST and now - self._wrong[0] < WRONG_WITHIN_NS:
            return _said(language, "ack.busy", 429)
        form = await request.post()
        code = form.get("code", "")
        verdict = await self._answer(
            int(request.match_info["message"]), code if isinstance(code, str) else ""
        )
        if verdict in ("no", "none"):
            self._wrong.append(now)
        return _said(language, TEXTS[verdict], 200 if verdict in ("done", "onsite") else 403)


def _said(language: Language, key: str, status: int) -> web.Response:
    return _page(language, f"<p>{escape(render(key, language))}</p>", status)


def _page(language: Language, body: str, status: int) -> web.Response:
    title = escape(render("ack.title", language))
    text = _PAGE.format(lang="zh-CN" if language == "zh" else "en", title=title, body=body)
    return web.Response(text=text, content_type="text/html", status=status, headers=HEADERS)


def _language(request: web.Request) -> Language:
    """English only where the reader's browser puts it first."""
    wanted = request.headers.get("Accept-Language", "zh").strip().lower()
    return "en" if wanted.startswith("en") else "zh"
