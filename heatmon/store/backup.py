"""A backup of the store and the settings as one file, made while the daemon runs, and the way back.

A tar archive with a manifest: each file's size and SHA-256, each journal's head and number of entries,
each day's last position. Databases are copied by SQLite's own backup, journals before the history, so
that the history knows at least what a checkpoint knows. Each copy is opened and checked before it goes
into the archive, and the finished archive is read through once more.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import sqlite3
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any, Final

from heatmon import __version__
from heatmon.catalogue import language_of, render
from heatmon.store.errors import StoreError
from heatmon.store.lock import StateLock
from heatmon.store.verify import verify

MANIFEST: Final = "manifest.json"
FORM: Final = 1
STATE: Final = "state"
SETTINGS: Final = "settings"
CHUNK: Final = 1 << 20
_DATABASES: Final = ("cursors.db", "forward.db")
"""Beside journals and history; what a state directory lacks is left out."""


_LAST: Final = {
    ".db": "select coalesce(max(position), 0) from scan",
    ".packed": "select coalesce(max(last), 0) from chunk",
}


class BackupError(StoreError):
    """A backup that cannot be made, is not whole, or may not be restored here."""


def _error(key: str, **params: object) -> BackupError:
    return BackupError(render(key, language_of(), **params))


@dataclass(slots=True)
class Manifest:
    """What an archive holds. journals: path -> head and entries. days: path -> last position."""

    version: str = __version__
    made_at: str = ""
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    journals: dict[str, dict[str, Any]] = field(default_factory=dict)
    days: dict[str, int] = field(default_factory=dict)

    def as_json(self) -> bytes:
        """As it stands in the archive."""
        data = {
            "form": FORM, "version": self.version, "made_at": self.made_at, "files": self.files,
            "journals": self.journals, "days": self.days,
        }  # fmt: skip
        return json.dumps(data, indent=1, sort_keys=True).encode()


def back_up(state: Path, settings: Sequence[Path], archive: Path) -> Manifest:
    """Make an archive and check it. It appears under its name when it is whole and on disk.

    Raises BackupError, StoreError for a journal whose chain is broken, OSError.
    """
    if not (state / "stations").is_dir():
        raise _error("backup.no_state", path=state)
    if archive.exists():
        raise _error("backup.exists", path=archive)
    part = archive.with_name(archive.name + ".part")
    manifest = Manifest(made_at=datetime.now(UTC).isoformat(timespec="seconds"))
    try:
        with (
            TemporaryDirectory(dir=archive.parent, prefix=".heatmon-backup-") as scratch,
            tarfile.open(part, "w") as tar,
        ):
            _collect(_Archiving(tar, Path(scratch), manifest), state, settings)
            _add(tar, MANIFEST, manifest.as_json())
        check(part)
        _sync(part)
        part.replace(archive)
        _sync(archive.parent)
    except sqlite3.Error as error:
        raise BackupError(f"{state}: {error}") from None
    finally:
        part.unlink(missing_ok=True)
    return manifest


def _collect(work: _Archiving, state: Path, settings: Sequence[Path]) -> None:
    """Journals first, then the history: it knows at least what their checkpoints know."""
    for journal in sorted((state / "stations").glob("*/journal.db")):
        work.journal(journal, state)
    for name in _DATABASES:
        if (state / name).exists():
            work.database(state / name, f"{STATE}/{name}")
    work.history(state)
    for folder in settings:
        work.settings(folder)


class _Archiving:
    """Copies, checks and adds one file after the other; the scratch folder never holds more than one."""

    def __init__(self, tar: tarfile.TarFile, scratch: Path, manifest: Manifest) -> None:
        self._tar, self._copy, self._manifest = tar, scratch / "copy.db", manifest

    def journal(self, path: Path, state: Path) -> None:
        """A journal: its copy's chain must be whole."""
        name = f"{STATE}/{path.relative_to(state).as_posix()}"
        with self._copied(path):
            found = verify(self._copy)
            if found.broken is not None:
                why = render(found.broken.code, language_of(), **found.broken.params)
                raise _error("backup.broken", path=path, why=why)
            self._manifest.journals[name] = {"head": str(found.head), "entries": found.entries}
            self._add(self._copy, name)

    def database(self, path: Path, name: str) -> None:
        """Any other database."""
        with self._copied(path):
            self._add(self._copy, name)

    def history(self, state: Path) -> None:
        """Every day; one that is packed or deleted meanwhile is looked for again."""
        done: set[str] = set()
        for _ in range(3):
            for path in sorted((state / "history").glob("????-??-??.*")):
                if path.suffix in (".db", ".packed") and path.stem not in done:
                    try:
                        self._day(path)
                    except (FileNotFoundError, sqlite3.OperationalError):
                        continue
                    done.add(path.stem)

    def _day(self, path: Path) -> None:
        name = f"{STATE}/history/{path.name}"
        with self._copied(path):
            with closing(sqlite3.connect(self._copy)) as db:
                self._manifest.days[name] = int(db.execute(_LAST[path.suffix]).fetchone()[0])
            self._add(self._copy, name)

    def settings(self, folder: Path) -> None:
        """YAML files of a folder and those below it."""
        for path in sorted(folder.rglob("*")):
            if path.suffix in (".yaml", ".yml") and path.is_file():
                self._add(path, f"{SETTINGS}/{folder.name}/{path.relative_to(folder).as_posix()}")

    @contextmanager
    def _copied(self, path: Path) -> Iterator[None]:
        # A packed day never changes; opening it must not leave files beside it.
        mode = "immutable=1" if path.suffix == ".packed" else "mode=ro"
        uri = f"{path.absolute().as_uri()}?{mode}"
        try:
            with (
                closing(sqlite3.connect(uri, uri=True)) as source,
                closing(sqlite3.connect(self._copy)) as copy,
            ):
                source.execute("pragma busy_timeout = 5000")
                source.backup(copy, pages=1024, sleep=0.005)
                copy.execute("pragma journal_mode = delete")
                found = copy.execute("pragma quick_check(1)").fetchone()[0]
            if found != "ok":
                raise _error("backup.damaged", path=path, why=found)
            yield
        finally:
            self._copy.unlink(missing_ok=True)

    def _add(self, path: Path, name: str) -> None:
        self._manifest.files[name] = {"bytes": path.stat().st_size, "sha256": _digest(path)}
        self._tar.add(path, name, filter=_plain)


def _plain(info: tarfile.TarInfo) -> tarfile.TarInfo:
    info.uid = info.gid = 0
    info.uname = info.gname = ""
    info.mode = 0o640
    return info


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    tar.addfile(_plain(info), io.BytesIO(data))


def check(archive: Path) -> Manifest:
    """Read an archive through: every file as the manifest names it, and nothing else. Raises BackupError."""
    seen: dict[str, dict[str, Any]] = {}
    data: dict[str, Any] | None = None
    try:
        with tarfile.open(archive) as tar:
            for member in tar:
                opened = tar.extractfile(member)
                if opened is None or not _is_inside(member.name):
                    raise _error("backup.strange", path=archive, name=member.name)
                if member.name == MANIFEST:
                    data = json.loads(opened.read())
                    continue
                digest = hashlib.sha256()
                while block := opened.read(CHUNK):
                    digest.update(block)
                seen[member.name] = {"bytes": member.size, "sha256": digest.hexdigest()}
    except (tarfile.TarError, EOFError, ValueError) as error:
        raise _error("backup.unreadable", path=archive, why=error) from None
    if data is None or data.get("form") != FORM:
        raise _error("backup.no_manifest", path=archive)
    if seen != data["files"]:
        wrong = sorted(
            name for name in seen.keys() | data["files"].keys() if seen.get(name) != data["files"].get(name)
        )
        raise _error("backup.differs", path=archive, name=wrong[0])
    return Manifest(data["version"], data["made_at"], data["files"], data["journals"], data["days"])


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and path.parts[0] in (STATE, SETTINGS, MANIFEST)


def restore(
    archive: Path, state: Path, settings: Path | None = None, *, replace: bool = False
) -> tuple[Manifest, Path | None]:
    """Put an archive's store into `state`, and its settings below `settings` when that is given.

    A state directory in use is refused; one that holds journals too, unless `replace`: then it is moved
    aside, and where it went is returned. Every journal's chain and every day's count are checked before
    anything is put in place. Raises BackupError, StoreError (Locked), OSError.
    """
    manifest = check(archive)
    holds = (state / "stations").exists()
    if holds and not replace:
        raise _error("backup.in_the_way", path=state)
    new = state.with_name(state.name + ".restoring")
    aside = None
    lock = StateLock(state)
    lock.acquire()
    try:
        with TemporaryDirectory(dir=state.parent, prefix=".heatmon-restore-") as scratch:
            _unpack(archive, Path(scratch))
            _check_state(Path(scratch), manifest)
            if holds:
                aside = state.with_name(f"{state.name}.before-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
                state.rename(aside)
            (Path(scratch) / STATE).rename(new)
            _fill(new, state)
            if settings is not None and (Path(scratch) / SETTINGS).is_dir():
                _put_settings(Path(scratch) / SETTINGS, settings)
    finally:
        lock.release()
    return manifest, aside


def _unpack(archive: Path, into: Path) -> None:
    """Every file of a checked archive. Debian's Python 3.11.2 has no filters yet: names are ours to check."""
    with tarfile.open(archive) as tar:
        for member in tar:
            opened = tar.extractfile(member)
            if opened is None or not _is_inside(member.name):
                raise _error("backup.strange", path=archive, name=member.name)
            target = into / member.name
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("wb") as file:
                shutil.copyfileobj(opened, file, CHUNK)
            target.chmod(0o640)


def _fill(new: Path, state: Path) -> None:
    """The restored folder takes the state's place; an empty one with a lock file is there already."""
    if state.exists():
        for path in new.iterdir():
            path.rename(state / path.name)
        new.rmdir()
    else:
        new.rename(state)
    _sync(state)


def _check_state(scratch: Path, manifest: Manifest) -> None:
    for name, found in manifest.journals.items():
        verdict = verify(scratch / name)
        if not verdict.ok or str(verdict.head) != found["head"] or verdict.entries != found["entries"]:
            raise _error("backup.differs", path=scratch.name, name=name)
    for name in manifest.days:
        with closing(sqlite3.connect(scratch / name)) as db:
            sound = db.execute("pragma quick_check(1)").fetchone()[0] == "ok"
            if not sound or db.execute(_LAST[Path(name).suffix]).fetchone()[0] != manifest.days[name]:
                raise _error("backup.differs", path=scratch.name, name=name)


def _put_settings(source: Path, target: Path) -> None:
    for path in sorted(source.rglob("*")):
        if path.is_file():
            to = target / path.relative_to(source)
            to.parent.mkdir(parents=True, exist_ok=True)
            if to.exists() and to.read_bytes() != path.read_bytes():
                to.rename(to.with_name(f"{to.name}.before-restore"))
            path.rename(to)


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(CHUNK):
            digest.update(block)
    return digest.hexdigest()


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
