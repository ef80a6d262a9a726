"""Short messages as modems take and give them: PDUs of 3GPP TS 23.040. Pure.

Outgoing ones are SMS-SUBMIT in UCS2 with a status report asked for; a longer text goes in parts of 67
characters that the phone joins. Incoming ones are SMS-DELIVER (a reply) and SMS-STATUS-REPORT.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SINGLE: Final = 70
PART: Final = 67
"""UCS2 characters of a message alone, and of one with the six bytes that say which part it is."""
# 3GPP TS 23.038, the default alphabet; ESC (0x1B) leads to the extension table.
GSM7: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM7_EXTENSION: Final = {
    0x0A: "\f", 0x14: "^", 0x28: "{", 0x29: "}", 0x2F: "\\", 0x3C: "[", 0x3D: "~", 0x3E: "]",
    0x40: "|", 0x65: "€",
}  # fmt: skip


class PduError(ValueError):
    """The bytes are no PDU that is known here."""


@dataclass(frozen=True, slots=True)
class Received:
    """A message that came in: from whom, what."""

    sender: str
    text: str


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a message that was sent: its reference; None while the network still tries."""

    reference: int
    delivered: bool | None


def submits(number: str, text: str, most_parts: int, reference: int) -> list[str]:
    """The PDUs of a message, in hexadecimal. Text beyond `most_parts` is cut with an ellipsis.

    number: ``+8613…``. reference: 0 to 255, the same for all parts and another for the next message.
    Raises PduError for a number that is none.
    """
    units = text.encode("utf-16-be", "replace")
    if len(units) // 2 <= SINGLE:
        return [_submit(number, units, b"")]
    most = PART * 2 * most_parts
    if len(units) > most:
        units = _cut(units, most - 2) + "…".encode("utf-16-be")
    parts = _split(units, PART * 2)
    return [
        _submit(number, part, bytes([5, 0, 3, reference & 0xFF, len(parts), n]))
        for n, part in enumerate(parts, start=1)
    ]


def _split(units: bytes, size: int) -> list[bytes]:
    """In parts of at most `size` bytes, never within a surrogate pair."""
    parts = []
    while units:
        part = _cut(units, size)
        parts.append(part)
        units = units[len(part) :]
    return parts


def _cut(units: bytes, size: int) -> bytes:
    part = units[:size]
    if len(part) >= 2 and 0xD8 <= part[-2] <= 0xDB:
        part = part[:-2]
    return part


def _submit(number: str, units: bytes, header: bytes) -> str:
    digits = number.removeprefix("+")
    if not digits.isascii() or not digits.isdigit() or not 3 <= len(digits) <= 20:
        raise PduError(f"{number!r} is no telephone number")
    kind = 0x91 if number.startswith("+") else 0x81
    # SUBMIT, relative validity, status report; with a header where it is one of several parts.
    first = 0x31 | (0x40 if header else 0)
    padded = digits + "F" * (len(digits) % 2)
    address = bytes([len(digits), kind]) + bytes.fromhex(
        "".join(padded[i + 1] + padded[i] for i in range(0, len(padded), 2))
    )
    body = header + units
    # Service centre of the card; validity 0xAA: four days.
    pdu = bytes([0, first, 0]) + address + bytes([0, 0x08, 0xAA, len(body)]) + body
    return pdu.hex().upper()


def submit_length(pdu: str) -> int:
    """What AT+CMGS wants to know: bytes without the service centre."""
    raw = bytes.fromhex(pdu)
    return len(raw) - 1 - raw[0]


def parse(pdu: str) -> Received | Report:
    """What a modem has received. Raises PduError."""
    try:
        raw = bytes.fromhex(pdu)
        raw = raw[1 + raw[0] :]
        kind = raw[0] & 3
        if kind == 0:
            return _deliver(raw)
        if kind == 2:
            return _report(raw)
    except (ValueError, IndexError, UnicodeDecodeError) as error:
        raise PduError(f"{pdu[:40]}…: {error}") from None
    raise PduError(f"{pdu[:40]}…: a PDU of kind {kind}")


def _report(raw: bytes) -> Report:
    _, used = _address(raw[2:])
    status = raw[2 + used + 14]
    # 23.040 §9.2.3.15: below 32 done, 32 to 63 still trying, above given up.
    return Report(raw[1], True if status < 0x20 else None if status < 0x40 else False)


def _deliver(raw: bytes) -> Received:
    sender, used = _address(raw[1:])
    rest = raw[1 + used :]
    coding, length, data = rest[1], rest[9], rest[10:]
    header = data[0] + 1 if raw[0] & 0x40 else 0
    alphabet = (coding >> 2) & 3 if coding < 0x40 else (2 if coding & 0xF0 == 0xE0 else 0)
    if alphabet == 2:
        return Received(sender, data[header:length].decode("utf-16-be", "replace"))
    if alphabet == 1:
        return Received(sender, data[header:length].decode("latin-1"))
    skipped = (header * 8 + 6) // 7
    return Received(sender, gsm7(data, length)[skipped:] if header else gsm7(data, length))


def _address(raw: bytes) -> tuple[str, int]:
    """(number, bytes used)."""
    digits, kind = raw[0], raw[1]
    size = (digits + 1) // 2
    body = raw[2 : 2 + size]
    if len(body) < size:
        raise IndexError("the address breaks off")
    if kind & 0x70 == 0x50:
        # A name instead of a number, in seven bits.
        return gsm7(body, digits * 4 // 7), 2 + size
    text = "".join(f"{byte & 0x0F:X}{byte >> 4:X}" for byte in body)[:digits]
    return ("+" if kind & 0x70 == 0x10 else "") + text, 2 + size


def gsm7(packed: bytes, septets: int) -> str:
    """Text from packed seven-bit characters."""
    bits = int.from_bytes(packed, "little")
    text, escaped = [], False
    for _ in range(septets):
        code, bits = bits & 0x7F, bits >> 7
        if escaped:
            text.append(GSM7_EXTENSION.get(code, " "))
            escaped = False
        elif code == 0x1B:
            escaped = True
        else:
            text.append(GSM7[code])
    return "".join(text)
