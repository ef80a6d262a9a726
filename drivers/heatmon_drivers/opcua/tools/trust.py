"""Trusting a server: its certificate is shown, and a person says yes."""

from __future__ import annotations

import sys
from pathlib import Path

from asyncua import ua
from cryptography import x509

from heatmon.catalogue import Language, render
from heatmon_drivers.opcua.certificates import Store, days_left, hosts_of, thumbprint, uris_of
from heatmon_drivers.opcua.client import ReadOnlyClient
from heatmon_drivers.opcua.options import LinkOptions
from heatmon_drivers.opcua.security import offers, peer_certificate
from heatmon_drivers.opcua.trouble import translated, trouble


async def endpoints_of(options: LinkOptions) -> list[ua.EndpointDescription]:
    """What a server offers, asked over an open channel. Raises DriverError."""
    client = ReadOnlyClient(options.endpoint, options.timeout_s)
    step = "socket"
    try:
        await client.connect_socket()
        step = "hello"
        await client.send_hello()
        step = "channel"
        await client.open_secure_channel()
        step = "endpoints"
        found: list[ua.EndpointDescription] = await client.get_endpoints()
        await client.close_secure_channel()
        return found
    except Exception as error:  # noqa: BLE001  nothing foreign escapes, whatever the library may raise
        raise translated(error, "connect", step, options.timeout_s) from None
    finally:
        client.transport.abort()


def certificate_of(endpoints: list[ua.EndpointDescription]) -> x509.Certificate | None:
    """The server's certificate, if it shows one. Raises ValueError when it cannot be read."""
    shown = next((data for _, _, data in offers(endpoints) if data), b"")
    return peer_certificate(shown) if shown else None


def described(certificate: x509.Certificate, language: Language) -> str:
    """A certificate as people compare it with what stands at the server."""
    return render(
        "opcua.tool.shown",
        language,
        thumbprint=thumbprint(certificate),
        subject=certificate.subject.rfc4514_string(),
        uri=", ".join(uris_of(certificate)) or "–",
        hosts=", ".join(hosts_of(certificate)) or "–",
        ends=f"{certificate.not_valid_after_utc:%Y-%m-%d}",
        days=int(days_left(certificate)),
    )


async def trust(options: LinkOptions, folder: Path, expected: str | None, language: Language) -> int:
    """Show the server's certificate; trust it if the thumbprint is the expected one or a person agrees."""
    try:
        certificate = certificate_of(await endpoints_of(options))
    except ValueError as error:
        raise trouble("connect", "encryption", "opcua.tool.unreadable", reason=str(error)) from None
    if certificate is None:
        raise trouble("connect", "encryption", "opcua.tool.no_certificate")
    print(described(certificate, language))
    store = Store(folder)
    if store.is_trusted(certificate):
        print(render("opcua.tool.trusted_already", language))
        return 0
    if expected is None:
        if not sys.stdin.isatty():
            print(render("opcua.tool.nobody_asked", language), file=sys.stderr)
            return 1
        expected = thumbprint(certificate) if _agreed(language) else ""
    if expected.replace(":", "").replace(" ", "").upper() != thumbprint(certificate):
        print(render("opcua.tool.not_trusted", language), file=sys.stderr)
        return 1
    print(render("opcua.tool.trusted_now", language, file=store.trust(certificate)))
    return 0


def _agreed(language: Language) -> bool:
    return input(render("opcua.tool.question", language)).strip().lower() in ("yes", "是")


def show_own(folder: Path, renew: bool, language: Language) -> int:
    """Our own certificate; renew: make another one first, the old one is kept beside it."""
    store = Store(folder)
    try:
        if renew:
            store.retire()
        own = store.own()
    except (OSError, ValueError) as error:
        print(render("opcua.tool.own_damaged", language, reason=str(error)), file=sys.stderr)
        return 1
    print(described(own.certificate, language))
    print(render("opcua.tool.own_file", language, file=own.file))
    return 0
