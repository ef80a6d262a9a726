"""What is wrong with a server, its certificate, its user or its clock, each with what to do about it."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlparse

from asyncua import ua
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from heatmon.catalogue import Language, render
from heatmon.driver import DriverError, Message
from heatmon_drivers.opcua.certificates import (
    CertificateFault,
    Store,
    days_left,
    hosts_of,
    thumbprint,
    uris_of,
)
from heatmon_drivers.opcua.connection import SKEW_NS, Connection, Orphan
from heatmon_drivers.opcua.options import RETIRED, LinkOptions
from heatmon_drivers.opcua.security import NONE, STRONGEST_FIRST, offers
from heatmon_drivers.opcua.tools.trust import certificate_of, endpoints_of

Grade = Literal["ok", "warning", "fault"]
MARK: Final = {"ok": "✓", "warning": "!", "fault": "✗"}
SOON_DAYS: Final = 60
LEAST_BITS: Final = 2048
_IDS: Final = ua.ObjectIds
SESSIONS: Final = (
    _IDS.Server_ServerDiagnostics_ServerDiagnosticsSummary_CurrentSessionCount,
    _IDS.Server_ServerCapabilities_MaxSessions,
)
RUNNING: Final = 0
STATES: Final = (
    "Running",
    "Failed",
    "NoConfiguration",
    "Suspended",
    "Shutdown",
    "Test",
    "CommunicationFault",
    "Unknown",
)


@dataclass(slots=True)
class Report:
    """The findings in the order in which they were made."""

    findings: list[tuple[Grade, Message]] = field(default_factory=list)

    def add(self, grade: Grade, code: str, **params: str | int) -> None:
        """One more."""
        self.findings.append((grade, Message(code, params)))

    @property
    def faulty(self) -> bool:
        """Whether anything keeps heatmon from reading."""
        return any(grade == "fault" for grade, _ in self.findings)


async def examine(options: LinkOptions, folder: Path, language: Language) -> int:
    """Examine a server and print what was found; 1 when heatmon cannot read it as things are."""
    report = await findings(options, folder)
    for grade, message in report.findings:
        print(f"{MARK[grade]} {render(message.code, language, **message.params)}")
    return 1 if report.faulty else 0


async def findings(options: LinkOptions, folder: Path) -> Report:
    """Everything that can be said without anything being changed at either side."""
    report, store = Report(), Store(folder)
    if not await _reachable(options, report):
        return report
    try:
        endpoints = await endpoints_of(options)
    except DriverError as error:
        report.findings.append(("fault", error.message))
        return report
    _endpoints(endpoints, options, report)
    _certificate(endpoints, options, store, report)
    await asyncio.to_thread(_own, store, report)
    await _session(options, store, report)
    return report


async def _reachable(options: LinkOptions, report: Report) -> bool:
    place = urlparse(options.endpoint)
    host, port = place.hostname or "", place.port or 4840
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        report.add("fault", "opcua.trouble.no_host", reason=error.strerror or str(error))
        return False
    try:
        async with asyncio.timeout(options.timeout_s):
            _, writer = await asyncio.open_connection(host, port)
        writer.close()
    except ConnectionRefusedError:
        report.add("fault", "opcua.trouble.refused")
        return False
    except (TimeoutError, OSError) as error:
        report.add("fault", "opcua.doctor.unreachable", host=host, port=port, reason=str(error) or "timeout")
        return False
    report.add("ok", "opcua.doctor.reachable", host=host, port=port, address=str(found[0][4][0]))
    return True


def _endpoints(endpoints: list[ua.EndpointDescription], options: LinkOptions, report: Report) -> None:
    offered = offers(endpoints)
    shown = ", ".join(sorted({f"{policy}/{mode.name.rstrip('_')}" for policy, mode, _ in offered}))
    report.add("ok", "opcua.doctor.offers", offered=shown)
    policies = {policy for policy, _, _ in offered}
    if not policies & set(STRONGEST_FIRST):
        report.add(
            "fault" if options.security.policy == "best" else "warning",
            "opcua.trouble.only_weak",
            offered=shown,
        )
    elif policies & RETIRED:
        report.add("warning", "opcua.doctor.retired", retired=", ".join(sorted(policies & RETIRED)))
    if NONE in policies and options.security.policy != NONE:
        report.add("warning", "opcua.doctor.open_too")
    asked = urlparse(options.endpoint).hostname or ""
    names = {urlparse(str(one.EndpointUrl)).hostname or "" for one in endpoints}
    if asked not in names:
        report.add("warning", "opcua.doctor.other_host", names=", ".join(sorted(names)), asked=asked)
    tokens = {token.TokenType.name for one in endpoints for token in one.UserIdentityTokens or []}
    report.add("ok", "opcua.doctor.tokens", tokens=", ".join(sorted(tokens)) or "–")
    if options.user is None and "Anonymous" not in tokens:
        report.add("fault", "opcua.doctor.user_wanted", tokens=", ".join(sorted(tokens)) or "–")


def _certificate(
    endpoints: list[ua.EndpointDescription], options: LinkOptions, store: Store, report: Report
) -> None:
    try:
        certificate = certificate_of(endpoints)
    except ValueError as error:
        report.add("fault", "opcua.tool.unreadable", reason=str(error))
        return
    if certificate is None:
        if options.security.policy != NONE:
            report.add("fault", "opcua.tool.no_certificate")
        return
    wanted: Grade = "warning" if options.security.policy == NONE and options.user is None else "fault"
    try:
        store.check(certificate, accept_expired=options.security.accept_expired)
    except CertificateFault as error:
        report.add(wanted, error.key, **error.params)
    else:
        report.add("ok", "opcua.doctor.trusted", thumbprint=thumbprint(certificate))
    _details(certificate, endpoints, options, report)


def _details(
    certificate: x509.Certificate,
    endpoints: list[ua.EndpointDescription],
    options: LinkOptions,
    report: Report,
) -> None:
    days = days_left(certificate)
    if 0 <= days <= SOON_DAYS:
        report.add("warning", "opcua.expires.server", days=int(days))
    uri, in_it = str(endpoints[0].Server.ApplicationUri), uris_of(certificate)
    if uri not in in_it:
        report.add("warning", "opcua.doctor.uri", uri=uri, certificate=", ".join(in_it) or "–")
    host, hosts = urlparse(options.endpoint).hostname or "", hosts_of(certificate)
    if host.lower() not in {name.lower() for name in hosts}:
        report.add("warning", "opcua.doctor.host", host=host, hosts=", ".join(hosts) or "–")
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < LEAST_BITS:
        report.add("warning", "opcua.doctor.short_key", bits=key.key_size)
    algorithm = certificate.signature_hash_algorithm
    if algorithm is not None and algorithm.name in ("sha1", "md5"):
        report.add("warning", "opcua.doctor.weak_signature", algorithm=algorithm.name.upper())


def _own(store: Store, report: Report) -> None:
    try:
        own = store.own()
    except (OSError, ValueError) as error:
        report.add("fault", "opcua.tool.own_damaged", reason=str(error))
        return
    days = days_left(own.certificate)
    if days <= SOON_DAYS:
        report.add("warning", "opcua.expires.own", days=int(days))
    report.add("ok", "opcua.doctor.own", thumbprint=thumbprint(own.certificate), uri=own.uri)


async def _session(options: LinkOptions, store: Store, report: Report) -> None:
    connection, orphans = Connection(options, store), list[Orphan]()
    try:
        await connection.open(None, orphans)
    except DriverError as error:
        if error.message not in [message for _, message in report.findings]:
            report.findings.append(("fault", error.message))
        return
    try:
        assert connection.choice is not None
        report.add("ok", "opcua.doctor.session", policy=connection.choice.policy, user=_who(options))
        await _look(connection, report)
    except (DriverError, ua.UaStatusCodeError) as error:
        report.add("warning", "opcua.doctor.looked", reason=str(error))
    finally:
        await connection.close(orphans)


def _who(options: LinkOptions) -> str:
    if options.user is None:
        return "anonymous"
    return options.user.name or "certificate"


async def _look(connection: Connection, report: Report) -> None:
    found = await connection.read_ids((_IDS.Server_ServerStatus_State, *SESSIONS))
    state = found.values[0]
    if isinstance(state, int) and state != RUNNING:
        report.add("warning", "opcua.doctor.state", state=STATES[min(state, len(STATES) - 1)])
    off_s = round(connection.skew_ns / 1e9, 1)
    grade: Grade = "warning" if abs(connection.skew_ns) > SKEW_NS else "ok"
    report.add(grade, "opcua.clock" if grade == "warning" else "opcua.doctor.clock", seconds=str(off_s))
    now, most = found.values[1], found.values[2]
    if isinstance(now, int) and isinstance(most, int) and most:
        code = "opcua.doctor.few_sessions" if most - now < 1 else "opcua.doctor.sessions"
        report.add("warning" if most - now < 1 else "ok", code, now=now, most=most)
    limits = connection.limits
    report.add(
        "ok",
        "opcua.doctor.limits",
        read=limits.read,
        items=limits.items,
        timeout=int(connection.client.session_timeout / 1000),
    )
    report.add("ok", "opcua.doctor.namespaces", namespaces=", ".join(connection.namespaces[1:]) or "–")
