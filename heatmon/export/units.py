"""What the numbers meant when they were read: the units of a station's signals, by input number.

A unit may change with the settings; the journal says from which input on. It is read only when its
file has changed.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from heatmon.core.checks import build
from heatmon.core.compile import signal_infos
from heatmon.core.quantity import QuantityError, canonical_unit
from heatmon.core.spec import StationSpec
from heatmon.settings import spec_from_bundle
from heatmon.store.errors import StoreError
from heatmon.store.journal_reader import JournalReader
from heatmon.store.open import reading

_CHANGES: Final = (
    "select event_seq, input_seq, payload from entry where code = 'config.changed' and event_seq > ?"
)


def signature(journal: Path) -> tuple[int, ...]:
    """Changes whenever the journal's file may have changed."""
    marks: list[int] = []
    for path in (journal, journal.with_name(journal.name + "-wal")):
        try:
            found = path.stat()
            marks += (found.st_mtime_ns, found.st_size)
        except FileNotFoundError:
            marks += (0, 0)
    return tuple(marks)


class StationUnits:
    """One station's journal as the source of its settings. Raises StoreError where it cannot be read."""

    def __init__(self, journal: Path) -> None:
        self._journal = journal
        self._seen: tuple[int, ...] = ()
        self._event_seq = 0
        self._starts: list[int] = []
        self._bundles: list[str] = [""]
        self._units: dict[str, Mapping[str, str]] = {}

    def bundle_at(self, input_seq: int) -> str:
        """The settings in force at an input, as of the last `refresh`; 0: now."""
        if not input_seq:
            return self._bundles[-1]
        return self._bundles[bisect_right(self._starts, input_seq)]

    def of(self, bundle: str) -> Mapping[str, str]:
        """Signal -> unit under these settings; empty for settings that cannot be read any more."""
        if bundle not in self._units:
            self._units[bundle] = _units(self._content(bundle))
        return self._units[bundle]

    def spec(self) -> StationSpec | None:
        """The settings in force now; None before the first start. Raises ValidationError."""
        self.refresh()
        bundle = self.bundle_at(0)
        return spec_from_bundle(self._content(bundle)) if bundle else None

    def _content(self, bundle: str) -> bytes:
        try:
            return JournalReader(self._journal).bundle(bundle)
        except KeyError:
            return b"{}"

    def refresh(self) -> None:
        """Look at the journal again, if its file has changed."""
        seen = signature(self._journal)
        if seen == self._seen:
            return
        with reading(self._journal) as db:
            rows = db.execute(_CHANGES, (self._event_seq,)).fetchall()
            row = db.execute("select json_extract(body, '$.bundle') from checkpoint").fetchone()
        for event_seq, input_seq, payload in rows:
            fields: Mapping[str, Any] = json.loads(payload or "{}")
            if not self._event_seq:
                self._bundles = [str(fields.get("from", ""))]
            self._event_seq = event_seq
            self._starts.append(input_seq)
            self._bundles.append(str(fields.get("bundle", "")))
        if not self._event_seq and row is not None:
            self._bundles = [str(row[0])]
        self._seen = seen


def _units(content: bytes) -> Mapping[str, str]:
    try:
        spec = spec_from_bundle(content)
        return {info.id: info.unit for info in signal_infos(spec, build(spec))}
    except (ValidationError, ValueError, StoreError):
        # Settings of an older version: what the tags themselves say is still true.
        return dict(_written_units(json.loads(content or b"{}")))


def _written_units(data: Mapping[str, Any]) -> Mapping[str, str]:
    units = {}
    for tag in data.get("tags", ()):
        try:
            units[str(tag["id"])] = canonical_unit(str(tag.get("unit", "1")))
        except (QuantityError, KeyError, TypeError):
            continue
    return units
