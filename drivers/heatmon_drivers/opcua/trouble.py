"""What can go wrong between us and a server, in the words of `heatmon.driver.DriverError`."""

from __future__ import annotations

import socket
from typing import Final

from asyncua import ua

from heatmon.catalogue import render
from heatmon.driver import DriverError, Kind, Message, Phase
from heatmon.secret import SecretError
from heatmon_drivers.opcua.binary import DecodeError
from heatmon_drivers.opcua.certificates import CertificateFault

_CODES: Final = ua.StatusCodes
AUTHENTICATION: Final = frozenset(
    {
        _CODES.BadUserAccessDenied,
        _CODES.BadIdentityTokenInvalid,
        _CODES.BadIdentityTokenRejected,
        _CODES.BadUserSignatureInvalid,
    }
)
BUSY: Final = frozenset(
    {
        _CODES.BadTooManySessions,
        _CODES.BadMaxConnectionsReached,
        _CODES.BadTcpNotEnoughResources,
        _CODES.BadTcpServerTooBusy,
        _CODES.BadServerHalted,
        _CODES.BadShutdown,
        _CODES.BadTooManySubscriptions,
    }
)
SESSION_GONE: Final = frozenset(
    {
        _CODES.BadSessionIdInvalid,
        _CODES.BadSessionClosed,
        _CODES.BadSessionNotActivated,
        _CODES.BadSecureChannelIdInvalid,
        _CODES.BadSecureChannelClosed,
        _CODES.BadSecureChannelTokenUnknown,
        _CODES.BadTcpSecureChannelUnknown,
        _CODES.BadConnectionClosed,
    }
)
"""The server has forgotten us: a new session, not an error of the request."""
TOO_LARGE: Final = frozenset(
    {
        _CODES.BadTooManyOperations,
        _CODES.BadResponseTooLarge,
        _CODES.BadRequestTooLarge,
        _CODES.BadEncodingLimitsExceeded,
        _CODES.BadTooManyMonitoredItems,
        _CODES.BadTcpMessageTooLarge,
    }
)
SILENCE: Final = (TimeoutError, ConnectionError)


def name_of(status: int) -> str:
    """The name of a status code, ``BadNodeIdUnknown``."""
    return str(ua.StatusCode(status).name)


def kind_of(status: int) -> Kind:
    """The kind of a refusal by its status code."""
    if status in AUTHENTICATION:
        return "authentication"
    if status in BUSY:
        return "busy"
    if status in SESSION_GONE:
        return "closed"
    name = name_of(status)
    if name.startswith(("BadCertificate", "BadSecurity")) or status == _CODES.BadNonceInvalid:
        return "encryption"
    return "timeout" if status in (_CODES.BadTimeout, _CODES.BadRequestTimeout) else "protocol"


def trouble(phase: Phase, kind: Kind, code: str, **params: str | int) -> DriverError:
    """A DriverError with the text of this catalogue key, in English for logs and as a message for people."""
    return DriverError(phase, kind, render(code, "en", **params), message=Message(code, params))


def translated(error: BaseException, phase: Phase, step: str, timeout_s: float) -> DriverError:
    """A foreign exception in our words. `step`: what was being done, one of the catalogue's steps."""
    if isinstance(error, DriverError):
        return error
    if isinstance(error, TimeoutError):
        return trouble(phase, "timeout", f"opcua.timeout.{step}", seconds=f"{timeout_s:g}")
    if isinstance(error, ua.UaStatusCodeError):
        return refused(error.code, phase, step)
    if isinstance(error, CertificateFault):
        return trouble(phase, "encryption", error.key, **error.params)
    if isinstance(error, SecretError):
        return trouble(phase, "settings", error.code, **error.params)
    return _lost(error, phase, step)


def refused(status: int, phase: Phase, step: str) -> DriverError:
    """The server's refusal by its status code."""
    kind = kind_of(status)
    code = {
        "authentication": "opcua.trouble.user",
        "busy": "opcua.trouble.busy",
        "closed": "opcua.trouble.gone",
        "encryption": f"opcua.encryption.{step}",
    }.get(kind, f"opcua.protocol.{step}")
    return trouble(phase, kind, code, status=name_of(status))


def _lost(error: BaseException, phase: Phase, step: str) -> DriverError:
    if isinstance(error, ConnectionRefusedError):
        return trouble(phase, "refused", "opcua.trouble.refused")
    if isinstance(error, socket.gaierror):
        return trouble(phase, "unreachable", "opcua.trouble.no_host", reason=error.strerror or "")
    if isinstance(error, ConnectionError) and step == "channel_secured":
        # Servers that do not trust us say so by closing the connection.
        return trouble(phase, "encryption", f"opcua.not_trusted_there.{step}")
    if isinstance(error, ConnectionError):
        return trouble(phase, "closed", f"opcua.closed.{step}")
    if isinstance(error, OSError):
        return DriverError(phase, "unreachable", str(error))
    reason = str(error) if isinstance(error, DecodeError) else repr(error)
    return trouble(phase, "protocol", f"opcua.garbled.{step}", reason=reason)
