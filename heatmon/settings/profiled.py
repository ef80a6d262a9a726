"""`profile:` of a device and `point:` of a tag become what the profile says; what is written wins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from heatmon.profiles import Profile, installed_profiles
from heatmon.settings.faults import nearest
from heatmon.settings.marks import Path_, Problem
from heatmon.settings.merge import Merged

FROM_POINT = ("name", "unit", "range", "digits", "states")


def expand(merged: Merged) -> list[Problem]:
    """Fill devices and tags in place; what refers to nothing is a problem at its own place."""
    if not any("profile" in device for _, device in _items(merged.data, "devices")) and not any(
        "point" in tag for _, tag in _items(merged.data, "tags")
    ):
        # Most stations use none: nothing is looked for.
        return []
    problems: list[Problem] = []
    profiles: dict[str, Profile] = {}
    for n, device in _items(merged.data, "devices"):
        if "profile" not in device:
            continue
        name = device.pop("profile")
        profile = installed_profiles().get(name) if isinstance(name, str) else None
        if profile is None:
            path: Path_ = ("devices", n, "profile")
            problems.append(_unknown(merged, path, name, list(installed_profiles())))
            continue
        profiles[str(device.get("id"))] = profile
        written = device.get("options")
        device["options"] = {**profile.options, **(written if isinstance(written, dict) else {})}
    for n, tag in _items(merged.data, "tags"):
        if "point" in tag:
            problems.extend(_tag(merged, n, tag, profiles))
    return problems


def _tag(merged: Merged, n: int, tag: dict[str, Any], profiles: Mapping[str, Profile]) -> Iterator[Problem]:
    path: Path_ = ("tags", n, "point")
    name, profile = tag.pop("point"), profiles.get(str(tag.get("device")))
    if profile is None:
        params = (("device", str(tag.get("device"))),)
        yield Problem(merged.mark(path), path, "settings.profile.none", params)
        return
    point = profile.by_id.get(name) if isinstance(name, str) else None
    if point is None:
        yield _unknown(merged, path, name, list(profile.by_id))
        return
    given = point.model_dump(by_alias=True, exclude_unset=True, mode="json")
    for key in FROM_POINT:
        if key in given:
            tag.setdefault(key, given[key])
    written = tag.get("address")
    tag["address"] = {**point.address, **(written if isinstance(written, dict) else {})}


def _unknown(merged: Merged, path: Path_, name: object, known: list[str]) -> Problem:
    near = nearest(str(name), known)
    params = (("name", str(name)), ("near", near or "–"), ("known", ", ".join(known)))
    return Problem(merged.mark(path), path, "settings.profile.unknown", params)


def _items(data: Mapping[str, Any], section: str) -> Iterator[tuple[int, dict[str, Any]]]:
    found = data.get(section)
    if isinstance(found, list):
        for n, item in enumerate(found):
            if isinstance(item, dict):
                yield n, item
