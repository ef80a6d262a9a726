"""Mail over SMTP, with STARTTLS unless told otherwise."""

from __future__ import annotations

import ssl
from email.message import EmailMessage
from email.utils import formatdate
from typing import Final

import aiosmtplib

from heatmon.core.spec.channel import Mail
from heatmon.notify.channel import Message, Outcome, shortened
from heatmon.secret import SecretError, reveal

BYTES: Final = 100_000


class MailChannel:
    """A server's 250 means that it has the mail: sent, not delivered. Message-Id is the key: no doubles."""

    def __init__(self, settings: Mail) -> None:
        self.kind, self.per_minute, self.per_second = "mail", settings.per_minute, None
        self.limit_bytes = BYTES
        self._settings = settings

    async def send(self, message: Message) -> Outcome:
        """Try once."""
        settings = self._settings
        try:
            password = None if settings.password is None else reveal(settings.password)
            _, answer = await aiosmtplib.send(
                letter(message, settings.sender),
                hostname=settings.host,
                port=settings.port,
                username=settings.user,
                password=password,
                use_tls=settings.security == "tls",
                # A server that does not offer it is no server to give a password to.
                start_tls=settings.security == "starttls",
                tls_context=self._context(),
                timeout=settings.timeout_s,
            )
        except SecretError as error:
            return Outcome("refused", shortened(error), channel=True)
        except aiosmtplib.SMTPException as error:
            return refused(error)
        except OSError as error:
            # What certificates and name servers say, too.
            return Outcome("broken", shortened(f"{type(error).__name__}: {error}"))
        return Outcome("taken", shortened(answer))

    def _context(self) -> ssl.SSLContext | None:
        settings = self._settings
        return None if settings.security == "none" else ssl.create_default_context(cafile=settings.ca)

    async def close(self) -> None:
        """Nothing to let go of: each mail has its own connection."""


def refused(error: aiosmtplib.SMTPException) -> Outcome:
    """What a server's refusal means: 4xx is later, 5xx never for this mail."""
    said = shortened(f"{type(error).__name__}: {error}")
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        later = all(400 <= refusal.code < 500 for refusal in error.recipients)
        return Outcome("broken" if later else "refused", said)
    if isinstance(error, aiosmtplib.SMTPAuthenticationError | aiosmtplib.SMTPSenderRefused):
        return Outcome("refused", said, channel=True)
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return Outcome("broken" if 400 <= error.code < 500 else "refused", said)
    return Outcome("broken", said)


def letter(message: Message, sender: str) -> EmailMessage:
    """The mail: what belongs to one occurrence stands in one thread."""
    mail = EmailMessage()
    domain = sender.rpartition("@")[2].rstrip(">") or "heatmon"
    mail["From"], mail["To"] = sender, message.to
    mail["Subject"] = message.subject
    mail["Date"] = formatdate(localtime=False)
    mail["Message-ID"] = f"<{message.key}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    if message.thread:
        root = f"<{''.join(c if c.isalnum() else '-' for c in message.thread)}.thread@{domain}>"
        mail["References"] = root
        if not message.first:
            mail["In-Reply-To"] = root
    if message.priority == "P1":
        mail["X-Priority"], mail["Importance"] = "1", "high"
    mail.set_content(message.text)
    return mail
