"""Mail to a real SMTP server on loopback."""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from heatmon.core.spec.channel import Mail
from heatmon.notify.channel import Message, Outcome
from heatmon.notify.channels.mail import MailChannel

MESSAGE = Message(
    "hx1-7-0", "li@example.org", "【P1】17号站：超压", "【P1】超压\n处置：开阀", "s", "P2R_HH#3", False, "P1"
)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Certificate and key of localhost in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    encoding = serialization.Encoding.PEM
    private = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(made.public_bytes(encoding) + private)
    return path


@dataclass
class Postbox:
    """Keeps mails; refuses recipients by the table."""

    refusals: dict[str, str] = field(default_factory=dict)
    mails: list[EmailMessage] = field(default_factory=list)
    secure: list[bool] = field(default_factory=list)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.secure.append(session.ssl is not None)
        return "250 queued as 4711"


@dataclass
class Box:
    """A server in this loop, and its postbox."""

    postbox: Postbox
    options: dict[str, Any] = field(default_factory=dict)
    port: int = 0
    server: asyncio.Server | None = None

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        made = lambda: SMTP(self.postbox, loop=loop, **self.options)  # noqa: E731  a factory of protocols
        self.server = await loop.create_server(made, "127.0.0.1", self.port)
        self.port = self.server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self.server is not None:
            self.server.close()
            await self.server.wait_closed()


def authenticated(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
) -> AuthResult:
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (b"heatmon", b"s3cret")
    return AuthResult(success=right, handled=False)


@pytest.fixture
async def box(certificate: Path) -> AsyncIterator[Box]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    made = Box(
        Postbox({"gone@example.org": "550 no such user", "full@example.org": "452 mailbox full"}),
        {
            "tls_context": context,
            "require_starttls": True,
            "authenticator": authenticated,
            "auth_required": True,
        },
    )
    await made.start()
    yield made
    await made.stop()


async def sent(box: Box, certificate: Path | None, to: str = "li@example.org", **changes: Any) -> Outcome:
    settings = {
        "kind": "mail", "id": "m", "host": "localhost", "port": box.port, "user": "heatmon",
        "password": "${env:HM_MAIL}", "sender": "heatmon@example.org", "timeout": "5 s",
    } | ({"ca": str(certificate)} if certificate else {}) | changes  # fmt: skip
    message = Message(
        MESSAGE.key, to, MESSAGE.subject, MESSAGE.text, "s", MESSAGE.thread, MESSAGE.first, MESSAGE.priority
    )
    return await MailChannel(Mail.model_validate(settings)).send(message)


@pytest.fixture(autouse=True)
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HM_MAIL", "s3cret")


async def test_a_mail_arrives_over_starttls_as_it_was_written(box: Box, certificate: Path) -> None:
    outcome = await sent(box, certificate)
    assert (outcome.verdict, "4711" in outcome.answer) == ("taken", True)
    (mail,) = box.postbox.mails
    assert box.postbox.secure == [True]
    assert mail["Subject"] == MESSAGE.subject
    assert mail.get_content().splitlines() == MESSAGE.text.split("\n")
    assert mail["Message-ID"] == "<hx1-7-0@example.org>"
    assert mail["In-Reply-To"] == mail["References"] == "<P2R-HH-3.thread@example.org>"
    assert mail["Importance"] == "high"


async def test_the_same_message_twice_has_the_same_id(box: Box, certificate: Path) -> None:
    await sent(box, certificate)
    await sent(box, certificate)
    first, second = box.postbox.mails
    assert first["Message-ID"] == second["Message-ID"]


async def test_a_stranger_with_a_certificate_gets_nothing(box: Box) -> None:
    outcome = await sent(box, None)
    assert outcome.verdict == "broken"
    assert not box.postbox.mails


async def test_a_wrong_password_is_the_channels_fault(
    box: Box, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HM_MAIL", "wrong")
    outcome = await sent(box, certificate)
    assert (outcome.verdict, outcome.channel) == ("refused", True)
    assert "wrong" not in outcome.answer


async def test_no_such_user_is_a_refusal_and_a_full_mailbox_is_not(box: Box, certificate: Path) -> None:
    gone = await sent(box, certificate, "gone@example.org")
    assert (gone.verdict, gone.channel) == ("refused", False)
    full = await sent(box, certificate, "full@example.org")
    assert full.verdict == "broken"


async def test_a_server_without_starttls_gets_no_password() -> None:
    plain = Box(Postbox())
    await plain.start()
    try:
        outcome = await sent(plain, None)
        assert outcome.verdict in ("broken", "refused")
        assert not plain.postbox.mails
        open_ = await sent(plain, None, security="none", user=None, password=None)
        assert open_.verdict == "taken"
    finally:
        await plain.stop()


async def test_nobody_there(box: Box, certificate: Path) -> None:
    await box.stop()
    outcome = await sent(box, certificate, timeout="1 s")
    assert outcome.verdict == "broken"
