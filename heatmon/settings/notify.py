"""What is wrong with a roster: nobody on duty, nobody to reach, ways that do not fit, unknown words."""

from __future__ import annotations

import importlib.util
import ipaddress
import os
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from heatmon.core.roster import gaps
from heatmon.core.spec import Notify, StationSpec
from heatmon.core.spec.notify import Contact, Post, Way
from heatmon.core.wording import FIELDS, unknown_fields
from heatmon.settings.faults import nearest
from heatmon.settings.marks import Mark, Path_, Problem

NOWHERE: Final = Mark("", 0, 0)
GAPS_SHOWN: Final = 5
_PHONE: Final = re.compile(r"\+\d{6,15}")
_MAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_ROOT: Final = ("notify",)


def check_notify(spec: StationSpec) -> tuple[list[Problem], list[Problem]]:
    """Faults and warnings of the section; none without it. Marks are put by the caller."""
    notify = spec.notify
    if notify is None:
        return [], []
    faults = [*_identities(notify), *_references(spec, notify)]
    if faults:
        return faults, []
    faults = [
        *_reached(notify),
        *_addresses(notify),
        *_duty(spec, notify),
        *_words(notify),
        *_programs(notify),
        *_listener(notify),
        *_rest(notify),
    ]
    return faults, list(_warnings(spec, notify))


def _problem(path: Path_, key: str, **params: object) -> Problem:
    return Problem(NOWHERE, (*_ROOT, *path), key, tuple(params.items()))


def _identities(notify: Notify) -> Iterator[Problem]:
    taken: set[str] = set()
    for i, channel in enumerate(notify.channels):
        if channel.id in taken:
            yield _problem(("channels", i, "id"), "settings.id_twice", id=channel.id)
        taken.add(channel.id)
    seen: set[str] = set()
    for i, contact in enumerate(notify.contacts):
        if contact.person in seen:
            yield _problem(("contacts", i, "person"), "settings.id_twice", id=contact.person)
        seen.add(contact.person)
    posts: set[str] = set()
    for i, post in enumerate(notify.posts):
        if post.id in posts or post.id in seen:
            yield _problem(("posts", i, "id"), "settings.id_twice", id=post.id)
        posts.add(post.id)
    ups: set[str] = set()
    for i, up in enumerate(notify.escalation):
        if up.priority in ups:
            yield _problem(("escalation", i, "priority"), "settings.id_twice", id=up.priority)
        ups.add(up.priority)


def _unknown(path: Path_, what: str, wanted: str, known: list[str]) -> Iterator[Problem]:
    if wanted in known:
        return
    params = {"what": what, "id": wanted, "known": ", ".join(known) or "–"}
    near = nearest(wanted, known)
    if near is not None:
        yield _problem(path, "settings.unknown_id_near", near=near, **params)
    else:
        yield _problem(path, "settings.unknown_id", **params)


def _references(spec: StationSpec, notify: Notify) -> Iterator[Problem]:
    persons = [person.id for person in spec.persons]
    channels = [channel.id for channel in notify.channels]
    posts = [post.id for post in notify.posts]
    for i, contact in enumerate(notify.contacts):
        yield from _unknown(("contacts", i, "person"), "person", contact.person, persons)
        for k, way in enumerate(contact.ways):
            yield from _unknown(("contacts", i, "ways", k, "channel"), "channel", way.channel, channels)
    for path, person in _persons(notify):
        yield from _unknown(path, "person", person, persons)
    for path, name in _told(notify):
        yield from _unknown(path, "post or person", name, [*posts, *persons])
    if notify.dispatch is not None:
        yield from _unknown(("dispatch",), "post", notify.dispatch, posts)
    for path, channel in _channels(notify):
        yield from _unknown(path, "channel", channel, channels)


def _persons(notify: Notify) -> Iterator[tuple[Path_, str]]:
    for i, post in enumerate(notify.posts):
        for k, person in enumerate(post.always):
            yield ("posts", i, "always", k), person
        for k, turn in enumerate(post.turns):
            yield ("posts", i, "turns", k, "person"), turn.person


def _told(notify: Notify) -> Iterator[tuple[Path_, str]]:
    for i, up in enumerate(notify.escalation):
        for k, step in enumerate(up.steps):
            for n, name in enumerate(step.to):
                yield ("escalation", i, "steps", k, "to", n), name
    for i, beat in enumerate(notify.heartbeats):
        for k, name in enumerate(beat.to):
            yield ("heartbeats", i, "to", k), name
    if notify.drill is not None:
        for k, name in enumerate(notify.drill.to):
            yield ("drill", "to", k), name


def _channels(notify: Notify) -> Iterator[tuple[Path_, str]]:
    if notify.local is not None:
        yield ("local",), notify.local
    for i, beat in enumerate(notify.heartbeats):
        if beat.channel is not None:
            yield ("heartbeats", i, "channel"), beat.channel


def _reached(notify: Notify) -> Iterator[Problem]:
    """Everybody who is to be told of a priority has a way for it."""
    contacts = {contact.person: contact for contact in notify.contacts}
    posts = {post.id: post for post in notify.posts}
    for i, up in enumerate(notify.escalation):
        for k, step in enumerate(up.steps):
            for n, name in enumerate(step.to):
                path: Path_ = ("escalation", i, "steps", k, "to", n)
                for person in _everybody(posts.get(name), name):
                    yield from _way(path, contacts.get(person), person, up.priority)


def _everybody(post: Post | None, name: str) -> list[str]:
    if post is None:
        return [name]
    return list(dict.fromkeys((*post.always, *(turn.person for turn in post.turns))))


def _way(path: Path_, contact: Contact | None, person: str, priority: str) -> Iterator[Problem]:
    if contact is None:
        yield _problem(path, "settings.notify.no_contact", person=person)
    elif not any(priority in way.priorities for way in contact.ways):
        yield _problem(path, "settings.notify.no_way", person=person, priority=priority)


def _addresses(notify: Notify) -> Iterator[Problem]:
    kinds = {channel.id: channel.kind for channel in notify.channels}
    for i, contact in enumerate(notify.contacts):
        for k, way in enumerate(contact.ways):
            yield from _address(("contacts", i, "ways", k, "to"), way, kinds[way.channel])


def _address(path: Path_, way: Way, kind: str) -> Iterator[Problem]:
    if kind in ("sms_modem", "sms_gateway") and not _PHONE.fullmatch(way.to):
        yield _problem(path, "settings.notify.phone", address=way.to)
    if kind == "mail" and not _MAIL.fullmatch(way.to):
        yield _problem(path, "settings.notify.mail", address=way.to)


def _duty(spec: StationSpec, notify: Notify) -> Iterator[Problem]:
    """Gaps over the season; without one over two weeks, in which every weekly turn comes twice."""
    season = spec.station.season
    if season is None:
        first = min((turn.since for post in notify.posts for turn in post.turns if turn.since), default=None)
        first = first or date(2024, 1, 1)
        last = first + timedelta(days=13)
    else:
        zone = ZoneInfo(spec.station.timezone)
        first, last = season.start.astimezone(zone).date(), season.end.astimezone(zone).date()
        last -= timedelta(days=1)
    for i, post in enumerate(notify.posts):
        if not post.always and not post.turns:
            yield _problem(("posts", i), "settings.notify.empty_post", post=post.id)
        elif post.round_the_clock:
            for gap in gaps(post, first, last)[:GAPS_SHOWN]:
                yield _problem(
                    ("posts", i, "turns"),
                    "settings.notify.gap",
                    post=post.id,
                    start=f"{gap.start:%Y-%m-%d %H:%M}",
                    end=f"{gap.end:%Y-%m-%d %H:%M}",
                )


def _words(notify: Notify) -> Iterator[Problem]:
    for i, wording in enumerate(notify.wordings):
        for name, words in (("text", wording.text), ("short", wording.short)):
            if words is not None:
                yield from _template(("wordings", i, name, "en"), words.en)
                yield from _template(("wordings", i, name, "zh"), words.zh)
    for i, channel in enumerate(notify.channels):
        if channel.kind == "webhook" and channel.body is not None:
            for key, text in channel.body.items():
                yield from _template(("channels", i, "body", key), text, *BODY)
        elif channel.kind == "sms_gateway":
            for key, text in channel.values.items():
                yield from _template(("channels", i, "values", key), text, *BODY)


BODY: Final = ("text", "short", "to", "key", "kind", "recipient", "pollers")
"""Fields that the bodies of webhooks and gateways have besides those of every template."""


def _template(path: Path_, text: str, *more: str) -> Iterator[Problem]:
    try:
        unknown = [field for field in unknown_fields(text) if field not in more]
    except ValueError as error:
        yield _problem(path, "settings.notify.template", why=str(error))
        return
    for field in unknown:
        yield _problem(path, "settings.notify.field", field=field, known=", ".join((*FIELDS, *more)))


def _programs(notify: Notify) -> Iterator[Problem]:
    kinds = {channel.id: channel.kind for channel in notify.channels}
    if notify.local is not None and kinds[notify.local] != "sounder":
        yield _problem(("local",), "settings.notify.not_sounder", channel=notify.local)
    for i, channel in enumerate(notify.channels):
        if channel.kind == "sounder":
            program = Path(channel.argv[0])
            if not program.is_absolute() or not program.is_file() or not os.access(program, os.X_OK):
                yield _problem(("channels", i, "argv", 0), "settings.notify.program", program=program)
        elif channel.kind == "apprise" and importlib.util.find_spec("apprise") is None:
            yield _problem(("channels", i, "kind"), "settings.notify.extra")


def _listener(notify: Notify) -> Iterator[Problem]:
    listener = notify.listener
    if listener is None:
        return
    try:
        loopback = ipaddress.ip_address(listener.bind).is_loopback
    except ValueError:
        loopback = listener.bind == "localhost"
    own_tls = listener.certificate is not None and listener.key is not None
    if not loopback and not own_tls:
        yield _problem(("listener", "bind"), "settings.notify.open_listener", bind=listener.bind)
    if not listener.public_url.startswith("https://"):
        yield _problem(("listener", "public_url"), "settings.notify.https")


def _rest(notify: Notify) -> Iterator[Problem]:
    for i, beat in enumerate(notify.heartbeats):
        if bool(beat.to) == (beat.channel is not None):
            yield _problem(("heartbeats", i), "settings.notify.heartbeat")


def _warnings(spec: StationSpec, notify: Notify) -> Iterator[Problem]:
    told = {up.priority for up in notify.escalation}
    used = {level.priority for alarm in spec.alarms for level in alarm.levels} & {"P1", "P2", "P3"}
    for priority in sorted(used - told):
        yield _problem(("escalation",), "settings.notify.priority", priority=priority)
    for i, contact in enumerate(notify.contacts):
        if sum("P1" in way.priorities for way in contact.ways) == 1:
            yield _problem(("contacts", i, "ways"), "settings.notify.one_way", person=contact.person)
    for i, channel in enumerate(notify.channels):
        if _unsafe(channel):
            key = "settings.notify.plain" if channel.kind == "mail" else "settings.notify.unsigned"
            yield _problem(("channels", i), key)


def _unsafe(channel: Any) -> bool:
    if channel.kind == "mail":
        return bool(channel.security == "none")
    return channel.kind in ("dingtalk", "feishu") and channel.secret is None
