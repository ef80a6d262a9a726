"""What changed between two settings of a station, by identity, in lines that people read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from heatmon.core.spec import StationSpec


def difference(old: StationSpec, new: StationSpec) -> list[str]:
    """Lines such as ``alarms.P2R_HH.levels.HH.limit: 0.6 MPa -> 0.58 MPa``; + is new, - is gone."""
    before, after = old.model_dump(by_alias=True), new.model_dump(by_alias=True)
    return list(_between("", before, after))


def _between(path: str, old: Any, new: Any) -> Iterator[str]:
    old, new = _by_identity(old), _by_identity(new)
    if isinstance(old, dict) and isinstance(new, dict) and not (_is_quantity(old) and _is_quantity(new)):
        renamed = {
            item["renamed_from"]: key
            for key, item in new.items()
            if isinstance(item, dict) and item.get("renamed_from") in old and key not in old
        }
        for key in [*old, *(key for key in new if key not in old)]:
            here = f"{path}.{key}" if path else str(key)
            if key in renamed:
                yield f"{here} -> {renamed[key]} (renamed)"
                yield from _between(here, old[key], new[renamed[key]])
            elif key not in new:
                yield f"- {here}"
            elif key not in old:
                if key not in renamed.values():
                    yield f"+ {here}"
            else:
                yield from _between(here, old[key], new[key])
    elif old != new:
        yield f"{path}: {_shown(old)} -> {_shown(new)}"


def _by_identity(value: Any) -> Any:
    """Lists of things with an id (or a name) compare by it, never by position."""
    if isinstance(value, list | tuple) and value and all(isinstance(item, dict) for item in value):
        for key in ("id", "name"):
            if all(isinstance(item.get(key), str) for item in value):
                return {item[key]: item for item in value}
    return value


def _is_quantity(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == {"value", "unit"}


def _shown(value: Any) -> str:
    if _is_quantity(value):
        return f"{value['value']:g} {value['unit']}"
    return "none" if value is None else str(value)
