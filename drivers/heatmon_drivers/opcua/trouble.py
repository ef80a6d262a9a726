"""What can go wrong between us and a server, in the words of `heatmon.driver.DriverError`."""

from __future__ import annotations

import socket
from typing import Final

from asyncua import ua

from heatmon.catalogue import render
from heatmon.driver import DriverError, Kind, Phase
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


def translated(error: BaseException, phase: Phase, step: str, timeout_s: float) -> DriverError:
    """A foreign exception in our words. `step`: what was being done, an end of catalogue key opcua.step."""
    what = render(f"opcua.step.{step}", "en")
    if isinstance(error, DriverError):
        return error
    if isinstance(error, TimeoutError):
        return DriverError(
            phase, "timeout", render("opcua.trouble.timeout", "en", step=what, seconds=timeout_s)
        )
    if isinstance(error, ua.UaStatusCodeError):
        return _refused(error.code, phase, what)
    if isinstance(error, CertificateFault):
        return DriverError(phase, "encryption", render(error.key, "en", **error.params))
    if isinstance(error, SecretError):
        return DriverError(phase, "settings", str(error))
    return _lost(error, phase, step, what)


def _refused(status: int, phase: Phase, what: str) -> DriverError:
    kind = kind_of(status)
    name = name_of(status)
    key = {"authentication": "opcua.trouble.user", "closed": "opcua.trouble.gone"}.get(
        kind, f"opcua.trouble.{kind}"
    )
    return DriverError(phase, kind, render(key, "en", step=what, status=name))


def _lost(error: BaseException, phase: Phase, step: str, what: str) -> DriverError:
    if isinstance(error, ConnectionRefusedError):
        return DriverError(phase, "refused", render("opcua.trouble.refused", "en"))
    if isinstance(error, socket.gaierror):
        return DriverError(
            phase, "unreachable", render("opcua.trouble.no_host", "en", reason=error.strerror or "")
        )
    if isinstance(error, ConnectionError) and step == "channel_secured":
        # Servers that do not trust us say so by closing the connection.
        return DriverError(phase, "encryption", render("opcua.trouble.not_trusted_there", "en", step=what))
    if isinstance(error, ConnectionError):
        return DriverError(phase, "closed", render("opcua.trouble.closed", "en", step=what))
    if isinstance(error, OSError):
        return DriverError(phase, "unreachable", str(error))
    if isinstance(error, DecodeError):
        return DriverError(
            phase, "protocol", render("opcua.trouble.garbled", "en", step=what, reason=str(error))
        )
    return DriverError(
        phase, "protocol", render("opcua.trouble.garbled", "en", step=what, reason=repr(error))
    )
