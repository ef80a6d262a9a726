"""The engine's checkpoint in a journal: one row, replaced, with the hash of its text."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Mapping
from typing import Any


def put_checkpoint(db: sqlite3.Connection, checkpoint: Mapping[str, Any]) -> None:
    """Replace the checkpoint, within the caller's transaction; a clean stop is marked at the end only."""
    body = json.dumps(checkpoint, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    db.execute(
        "insert or replace into checkpoint"
        "(only, version, input_seq, event_seq, now, clean_stop, sha256, body) "
        "values (1, ?, ?, ?, ?, 0, ?, ?)",
        (
            checkpoint["version"],
            checkpoint["input_seq"],
            checkpoint["event_seq"],
            checkpoint["now_ns"],
            hashlib.sha256(body.encode()).digest(),
            body,
        ),
    )


def body_of(text: str, sha256: bytes) -> Mapping[str, Any] | None:
    """The checkpoint as it was put; None when it is damaged."""
    if hashlib.sha256(text.encode()).digest() != sha256:
        return None
    found: Mapping[str, Any] = json.loads(text)
    return found
