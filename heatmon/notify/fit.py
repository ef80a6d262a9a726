"""Making a text fit where a provider counts bytes or characters."""

from __future__ import annotations

ELLIPSIS = "…"


def fit_bytes(text: str, most: int) -> str:
    """At most `most` bytes of UTF-8. What goes is the middle: first line and last lines stay.

    The first line says what and where; the last ones carry the code, the console and the journal's
    head. Lines are taken out whole, from the one before the last three upwards; then the first line
    is cut between characters.
    """
    if len(text.encode()) <= most:
        return text
    lines = text.split("\n")
    while len(lines) > 2 and len("\n".join(lines).encode()) > most - len(f"\n{ELLIPSIS}".encode()):
        del lines[max(1, len(lines) - 4) if len(lines) > 4 else len(lines) - 2]
    lines.insert(1, ELLIPSIS)
    whole = "\n".join(lines)
    return whole if len(whole.encode()) <= most else cut_bytes(whole, most)


def cut_bytes(text: str, most: int) -> str:
    """The beginning of a text, cut between characters, with an ellipsis where something is missing."""
    raw = text.encode()
    if len(raw) <= most:
        return text
    room = most - len(ELLIPSIS.encode())
    return raw[:room].decode(errors="ignore") + ELLIPSIS if room >= 0 else raw[:most].decode(errors="ignore")


def cut_characters(text: str, most: int) -> str:
    """At most `most` characters; the last word (a code) stays."""
    if len(text) <= most:
        return text
    head, space, last = text.rpartition(" ")
    if space and len(last) + 2 < most:
        return head[: most - len(last) - 2].rstrip() + ELLIPSIS + " " + last
    return text[: most - 1] + ELLIPSIS
