"""Canonical JSON (RFC 8785, JCS) for what the journal holds: the same bytes on every machine.

Floats are refused: decimals stand as strings (`heatmon.core.quantity.decimal`). Integers which an
IEEE double cannot hold exactly become strings, as RFC 8785 appendix D advises.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from heatmon.store.errors import CanonicalError

EXACT_MAX: Final = 2**53 - 1
"""The largest integer that every JSON reader takes in unchanged (RFC 7493 §2.2)."""


def canonical(value: object) -> bytes:
    """The one UTF-8 form of a value of str, int, bool, None, and lists and mappings of them.

    Raises CanonicalError for anything else.
    """
    text = json.dumps(_ordered(value), ensure_ascii=False, separators=(",", ":"))
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise CanonicalError(f"half a surrogate pair at character {error.start} of {text[:80]!r}") from None


def _ordered(value: object) -> Any:
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        return int(value) if -EXACT_MAX <= value <= EXACT_MAX else str(int(value))
    if isinstance(value, Mapping):
        return {key: _ordered(value[key]) for key in sorted(value, key=_utf16)}
    if isinstance(value, list | tuple):
        return [_ordered(item) for item in value]
    raise CanonicalError(f"{value!r} is a {type(value).__name__}: write decimals as strings")


def _utf16(key: object) -> bytes:
    """RFC 8785 §3.2.3: keys are sorted by their UTF-16 code units, not by code points."""
    if not isinstance(key, str):
        raise CanonicalError(f"the key {key!r} is no text")
    return key.encode("utf-16-be", "surrogatepass")
