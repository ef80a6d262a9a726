"""What a disk may hold after the power has gone, rebuilt from a recorded log (`recorder.c`).

What an fsync that returned has covered is there. Of what came later, any part of a file's writes may be
there, in sectors of 512 B or pages of 4 KiB, in any order; changes of names are there up to some point,
in their order, as journalling file systems keep them; a name is safe once its directory is synced, or
made safe by nothing else. Without links, and without files opened before the recording.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

HEAD: Final = struct.Struct("<BIIqQ")
CREATE, WRITE, TRUNCATE, SYNC, RENAME, UNLINK, SYNC_DIRECTORY = range(1, 8)
SAID: Final = "said"
"""What is written to a file of this name was said to the outside: it is known, whatever the disk does."""


@dataclass(frozen=True, slots=True)
class Record:
    """One call that returned."""

    what: int
    name: str
    data: bytes
    number: int
    inode: int


def read_log(path: Path) -> list[Record]:
    """All records of a log."""
    raw, at, found = path.read_bytes(), 0, []
    while at < len(raw):
        what, name_size, size, number, inode = HEAD.unpack_from(raw, at)
        at += HEAD.size
        name = raw[at : at + name_size].decode()
        found.append(Record(what, name, raw[at + name_size : at + name_size + size], number, inode))
        at += name_size + size
    return found


@dataclass(slots=True)
class _File:
    """What is safe of a file, and what was done to it since."""

    safe: bytearray = field(default_factory=bytearray)
    since: list[Record] = field(default_factory=list)

    def sync(self) -> None:
        for one in self.since:
            _apply(self.safe, one)
        self.since.clear()

    def left(self, chance: random.Random, kept: float, grain: int) -> bytes:
        content = bytearray(self.safe)
        for one in self.since:
            for part in _torn(one, grain) if one.what == WRITE else (one,):
                if chance.random() < kept:
                    _apply(content, part)
        return bytes(content)


def _apply(content: bytearray, one: Record) -> None:
    if one.what == TRUNCATE:
        del content[one.number :]
        content.extend(bytes(one.number - len(content)))
    else:
        content.extend(bytes(max(0, one.number - len(content))))
        content[one.number : one.number + len(one.data)] = one.data


def _torn(one: Record, grain: int) -> Iterator[Record]:
    start, end = one.number, one.number + len(one.data)
    while start < end:
        stop = min(end, (start // grain + 1) * grain)
        yield Record(WRITE, "", one.data[start - one.number : stop - one.number], start, one.inode)
        start = stop


class Disk:
    """A disk that follows a log, record by record; `crash` writes down what may be left of it."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._files: dict[int, _File] = {}
        self._safe: dict[str, _File] = {}
        self._names: dict[str, _File] = {}
        self._renamings: dict[str, list[tuple[str, str, _File | None]]] = {}
        self.said = b""

    def follow(self, one: Record) -> None:
        """The next record."""
        if one.what == CREATE:
            file = self._files[one.inode] = _File()
            self._rename(one.name, "", file)
        elif one.what == RENAME:
            file = self._names[one.name]
            self._rename(one.data.decode(), one.name, file)
        elif one.what == UNLINK:
            self._rename("", one.name, None)
        elif one.what == SYNC_DIRECTORY:
            for change in self._renamings.pop(one.name, []):
                _change(self._safe, change)
        elif one.what == SYNC:
            self._files[one.inode].sync()
        else:
            self._files[one.inode].since.append(one)
            if self._files[one.inode] is self._names.get(str(self._root / SAID)):
                self.said += one.data

    def _rename(self, to: str, away: str, file: _File | None) -> None:
        change = (to, away, file)
        _change(self._names, change)
        folder = str(Path(to or away).parent)
        self._renamings.setdefault(folder, []).append(change)

    def crash(self, into: Path, chance: random.Random) -> None:
        """Write what may be left below `into`."""
        names = dict(self._safe)
        for changes in self._renamings.values():
            for change in changes[: chance.choice([0, len(changes), chance.randrange(len(changes) + 1)])]:
                _change(names, change)
        kept, grain = chance.choice([0.0, 1.0, 0.5, chance.random()]), chance.choice([512, 4096])
        for name, file in names.items():
            path = into / Path(name).relative_to(self._root)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.left(chance, kept, grain))


def _change(names: dict[str, _File], change: tuple[str, str, _File | None]) -> None:
    to, away, file = change
    names.pop(away, None)
    if to and file is not None:
        names[to] = file


def lines(said: bytes) -> Sequence[str]:
    """What was said, whole lines."""
    return said.decode().splitlines()
