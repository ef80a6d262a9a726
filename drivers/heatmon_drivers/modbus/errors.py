"""What goes wrong on a wire, translated once: foreign exceptions become a `DriverError` in words.

A table by type, by certificate fault and by the system's error number; what stands in none of them
keeps its own words as the detail.
"""

from __future__ import annotations

import errno
import socket
import ssl
from typing import Final

from heatmon.driver import DriverError, Kind, Message
from heatmon.secret import SecretError
from heatmon_drivers.modbus.options import DialIn, LinkOptions, Rtu, Tls


class FileFaultError(Exception):
    """A file of the TLS settings cannot be used."""

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(f"{file}: {reason}")
        self.file, self.reason = file, reason


# verify_code of OpenSSL -> text
CERTIFICATE: Final = {
    9: "modbus.tls.not_yet_valid",
    10: "modbus.tls.expired",
    18: "modbus.tls.untrusted",
    19: "modbus.tls.untrusted",
    20: "modbus.tls.untrusted",
    21: "modbus.tls.untrusted",
    62: "modbus.tls.wrong_name",
    64: "modbus.tls.wrong_name",
}
NO_TLS: Final = (
    "WRONG_VERSION_NUMBER",
    "UNEXPECTED_EOF_WHILE_READING",
    "HTTP_REQUEST",
    "RECORD_LAYER_FAILURE",
)
# The system's error number -> kind, text
NETWORK: Final[dict[int, tuple[Kind, str]]] = {
    errno.ECONNREFUSED: ("refused", "modbus.connect.refused"),
    errno.EHOSTUNREACH: ("unreachable", "modbus.connect.unreachable"),
    errno.ENETUNREACH: ("unreachable", "modbus.connect.unreachable"),
    errno.EHOSTDOWN: ("unreachable", "modbus.connect.unreachable"),
    errno.ETIMEDOUT: ("timeout", "modbus.connect.timeout"),
}
LISTENING: Final[dict[int, tuple[Kind, str]]] = {
    errno.EADDRINUSE: ("busy", "modbus.dial_in.port_taken"),
    errno.EADDRNOTAVAIL: ("settings", "modbus.dial_in.not_our_address"),
    errno.EACCES: ("authentication", "modbus.dial_in.forbidden"),
    errno.EALREADY: ("settings", "modbus.dial_in.registration_taken"),
}
SERIAL: Final[dict[int, tuple[Kind, str]]] = {
    errno.ENOENT: ("unreachable", "modbus.serial.missing"),
    errno.ENXIO: ("unreachable", "modbus.serial.missing"),
    errno.ENODEV: ("unreachable", "modbus.serial.missing"),
    errno.EACCES: ("authentication", "modbus.serial.forbidden"),
    errno.EPERM: ("authentication", "modbus.serial.forbidden"),
    errno.EBUSY: ("busy", "modbus.serial.taken"),
    errno.EAGAIN: ("busy", "modbus.serial.taken"),
}


def connect_error(error: Exception, options: LinkOptions) -> DriverError:
    """Why a link could not be opened."""
    wire = options.transport
    where: dict[str, str | int]
    if isinstance(wire, Rtu):
        where, table = {"device": wire.device}, SERIAL
    else:
        where, table = {"host": wire.host, "port": wire.port}, NETWORK
    if isinstance(wire, DialIn):
        table = LISTENING
    kind, code = _kind(error, table)
    if isinstance(error, FileFaultError):
        where = {"file": error.file}
    detail = _detail(error)
    if not code:
        code, where = f"driver.{kind}", {"detail": detail}
    elif isinstance(wire, DialIn) and kind == "timeout":
        code = "modbus.dial_in.not_yet"
    elif isinstance(wire, Tls):
        refused = "modbus.tls.refused_ours" if wire.certificate else "modbus.tls.wants_ours"
        code = {"modbus.tls.refused": refused, "modbus.connect.cut": "modbus.tls.cut"}.get(code, code)
    return DriverError("connect", kind, detail, message=Message(code, where))


def _kind(error: Exception, table: dict[int, tuple[Kind, str]]) -> tuple[Kind, str]:
    """Kind and catalogue key; no key where only the error's own words are left."""
    match error:
        case FileFaultError():
            return "settings", "modbus.tls.file"
        case SecretError():
            return "settings", ""
        case ssl.SSLCertVerificationError():
            return "encryption", CERTIFICATE.get(error.verify_code, "")
        case ssl.SSLError():
            reason = error.reason or ""
            if "ALERT" in reason:
                return "encryption", "modbus.tls.refused"
            return "encryption", "modbus.tls.none" if reason in NO_TLS else ""
        case socket.gaierror():
            return "unreachable", "modbus.connect.unknown_host"
        case TimeoutError():
            return "timeout", "modbus.connect.timeout"
        case ConnectionResetError() | ConnectionAbortedError() | BrokenPipeError():
            return "closed", "modbus.connect.cut"
        case OSError():
            return table.get(_number(error), ("unreachable", ""))
        case _:
            return "unreachable", ""


def _number(error: OSError) -> int:
    # pyserial wraps the system's error and keeps its number, but for the lock, where only a cause is left.
    if error.errno is not None:
        return error.errno
    context = error.__context__
    return context.errno or 0 if isinstance(context, OSError) else 0


def _detail(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    if isinstance(error, ssl.SSLError):
        return error.reason or str(error)
    return str(error) or type(error).__name__


def no_answer(unit: int, timeout_s: float) -> DriverError:
    """A unit has stayed silent."""
    message = Message("modbus.no_answer", {"unit": unit, "timeout_s": f"{timeout_s:g}"})
    return DriverError("read", "timeout", f"unit {unit} did not answer", "device", message=message)


def foreign(unit: int, what: str) -> DriverError:
    """What came was no answer to what was asked."""
    message = Message("modbus.foreign", {"unit": unit})
    return DriverError(
        "read", "protocol", f"unit {unit}: not an answer to this request: {what}", "device", message=message
    )


def lost() -> DriverError:
    """The connection went away, was made again, and went away again in the same read."""
    message = Message("modbus.lost_twice")
    return DriverError("read", "closed", "the connection was lost twice in a row", message=message)


def not_connected() -> DriverError:
    """Nobody has connected the link yet, or somebody has closed it."""
    return DriverError("read", "closed", "the link is not connected", message=Message("modbus.not_connected"))
