"""HTTP to a database: influxdb-client's async transport, and nothing of its retries, batches or buffers.

Foreign exceptions become an `Answer` here, by a table. Redirects are not followed: a POST that was
redirected may come back as somebody's login page. influxdb-client is imported by the first request.
"""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Protocol

from heatmon import __version__
from heatmon.core.spec.destination import Destination
from heatmon.export.answer import Answer
from heatmon.secret import SecretError, reveal

if TYPE_CHECKING:
    from influxdb_client.client.influxdb_client_async import InfluxDBClientAsync

BODY_KEPT: Final = 2000
QUERY_BODY_KEPT: Final = 4_000_000


class Transport(Protocol):
    """A way to one database. Never raises but CancelledError; what goes wrong is an `Answer`."""

    async def write(self, gzipped: bytes) -> Answer:
        """Send lines, compressed by gzip, times in milliseconds."""

    async def query(self, method: str, url: str, params: Mapping[str, str], body: str | None) -> Answer:
        """Ask for something; the answer holds the whole body."""

    async def close(self) -> None:
        """End all connections."""


class InfluxTransport:
    """The transport of a destination; opened when first used, reopened after `close`."""

    def __init__(self, destination: Destination) -> None:
        self._to = destination
        self._client: InfluxDBClientAsync | None = None

    def _open(self) -> InfluxDBClientAsync:
        """Raises SecretError, OSError or ssl.SSLError for a certificate file, ValueError."""
        from influxdb_client.client.influxdb_client_async import InfluxDBClientAsync

        if self._client is None:
            to = self._to
            shown = authorisation(to)
            client = InfluxDBClientAsync(
                to.url,
                org=to.org,
                timeout=int(to.timeout_s * 1000),
                ssl_ca_cert=to.ca_file,
                proxy=to.proxy,
                allow_redirects=False,
            )
            client.api_client.user_agent = f"heatmon/{__version__}"
            if shown is not None:
                client.api_client.set_default_header("Authorization", shown)
            self._client = client
        return self._client

    async def write(self, gzipped: bytes) -> Answer:
        """As in `Transport`."""
        from influxdb_client.rest import ApiException
        from influxdb_client.service.write_service import WriteService

        try:
            api = self._open().api_client
            _, status, headers = await WriteService(api).post_write_async(
                self._to.org,
                self._to.bucket,
                gzipped,
                precision="ms",
                content_encoding="gzip",
                content_type="text/plain; charset=utf-8",
                async_req=False,
                _return_http_data_only=False,
            )
            body = api.last_response.data[:BODY_KEPT].decode("utf-8", "replace")
            return Answer(status, _lower(headers), body)
        except ApiException as error:
            raw = error.body if isinstance(error.body, bytes) else str(error.body or "").encode()
            body = raw[:BODY_KEPT].decode("utf-8", "replace")
            return Answer(int(error.status or 0), _lower(error.headers or {}), body)
        except Exception as error:  # noqa: BLE001  a table decides; what it does not know is raised again
            return await self._failed(error)

    async def query(self, method: str, url: str, params: Mapping[str, str], body: str | None) -> Answer:
        """As in `Transport`."""
        try:
            api = self._open().api_client
            headers = {**api.default_headers, "Accept": "application/json, application/csv"}
            if body is not None:
                headers["Content-Type"] = "application/vnd.flux"
            session = api.rest_client.pool_manager
            async with session.request(
                method, url, params=dict(params), data=body, headers=headers, allow_redirects=False,
                proxy=self._to.proxy,
            ) as reply:  # fmt: skip
                raw = await reply.content.read(QUERY_BODY_KEPT)
                return Answer(reply.status, _lower(reply.headers), raw.decode("utf-8", "replace"))
        except Exception as error:  # noqa: BLE001  a table decides; what it does not know is raised again
            return await self._failed(error)

    async def _failed(self, error: Exception) -> Answer:
        """What an exception stands for; connections are made anew after it."""
        await self.close()
        kind, detail = failure_of(error)
        return Answer(failure=kind, detail=detail)

    async def close(self) -> None:
        """As in `Transport`."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()


def authorisation(to: Destination) -> str | None:
    """The Authorization header; None without a token. Raises SecretError."""
    if to.token is None:
        return None
    secret = reveal(to.token)
    if to.auth == "basic":
        return "Basic " + base64.b64encode(secret.encode()).decode()
    return f"{'Bearer' if to.auth == 'bearer' else 'Token'} {secret}"


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def failure_of(error: Exception) -> tuple[str, str]:
    """One of `heatmon.export.answer.FAILURES`, with words for engineers. Programming errors are raised."""
    import aiohttp

    table: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str], ...] = (
        (SecretError, "secret"),
        ((aiohttp.ClientConnectorCertificateError, ssl.SSLCertVerificationError), "certificate"),
        ((aiohttp.ClientSSLError, ssl.SSLError), "tls"),
        (aiohttp.ClientConnectorDNSError, "name"),
        ((aiohttp.InvalidURL, UnicodeError), "address"),
        (aiohttp.ClientConnectorError, "refused"),
        ((asyncio.TimeoutError, TimeoutError), "timeout"),
        (aiohttp.ClientError, "broken"),
        # The certificate file of the settings cannot be read.
        (FileNotFoundError, "certificate"),
        (PermissionError, "certificate"),
        (OSError, "broken"),
    )
    for kinds, failure in table:
        if isinstance(error, kinds):
            return failure, _words(error)
    raise error


def _words(error: Any) -> str:
    inner = getattr(error, "certificate_error", None) or getattr(error, "os_error", None)
    text = str(inner or error) or type(error).__name__
    return " ".join(text.split())
