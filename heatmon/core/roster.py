"""Who is on duty, and when nobody is. Pure; times are wall-clock times at the station."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from heatmon.core.spec.notify import WEEKDAYS, Notify, Post, Quiet, Turn

DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Gap:
    """Nobody holds the post from `start` to `end` (local time)."""

    start: datetime
    end: datetime


def holders(post: Post, at: datetime) -> tuple[str, ...]:
    """The persons who hold a post at a local time, each once, in the order of the settings."""
    on_duty = (turn.person for turn in post.turns if any(s <= at < e for s, e in _near(turn, at)))
    return tuple(dict.fromkeys((*post.always, *on_duty)))


def persons_of(notify: Notify, names: tuple[str, ...], at: datetime) -> tuple[str, ...]:
    """Posts and persons resolved to persons, each once; a post that nobody holds gives nobody."""
    posts = {post.id: post for post in notify.posts}
    found: dict[str, None] = {}
    for name in names:
        found.update(dict.fromkeys(holders(posts[name], at) if name in posts else (name,)))
    return tuple(found)


def is_quiet(quiet: Quiet | None, at: datetime) -> bool:
    """Whether a local time lies in the quiet hours."""
    if quiet is None or quiet.start == quiet.end:
        return False
    now = at.time()
    if quiet.start < quiet.end:
        return quiet.start <= now < quiet.end
    return now >= quiet.start or now < quiet.end


def quiet_ends(quiet: Quiet, at: datetime) -> datetime:
    """The first end of the quiet hours after a local time in them."""
    end = datetime.combine(at.date(), quiet.end, at.tzinfo)
    return end if end > at else end + DAY


def gaps(post: Post, first: date, last: date) -> list[Gap]:
    """When nobody holds the post between the start of `first` and the end of `last`."""
    begin, end = datetime.combine(first, time()), datetime.combine(last + DAY, time())
    if post.always:
        return []
    covered = sorted(span for turn in post.turns for span in _spans(turn, first - DAY, last))
    found, until = [], begin
    for start, stop in covered:
        if start > until:
            found.append(Gap(until, min(start, end)))
        until = max(until, stop)
        if until >= end:
            return found
    return [*found, Gap(until, end)]


def _near(turn: Turn, at: datetime) -> Iterator[tuple[datetime, datetime]]:
    local = at.date()
    for start, end in _spans(turn, local - DAY, local):
        yield start.replace(tzinfo=at.tzinfo), end.replace(tzinfo=at.tzinfo)


def _spans(turn: Turn, first: date, last: date) -> Iterator[tuple[datetime, datetime]]:
    """The turns that begin on the days from `first` to `last`."""
    day = max(first, turn.since or first)
    last = min(last, turn.until or last)
    while day <= last:
        if WEEKDAYS[day.weekday()] in turn.days:
            start, end = datetime.combine(day, turn.start), datetime.combine(day, turn.end)
            yield start, end if end > start else end + DAY
        day += DAY
