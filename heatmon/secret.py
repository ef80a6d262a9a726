"""Reading a secret where it is used: a systemd credential, a file, or an environment variable.

``${credential:NAME}`` is looked for in ``$CREDENTIALS_DIRECTORY`` (systemd: as ``NAME``, or as
``heatmon_NAME`` when the unit loads the whole folder), and without systemd in
``$HEATMON_CREDENTIALS`` or ``/etc/heatmon/credentials``. ``${env:NAME}`` is a variable of the
process. How to catch: `SecretError` says in words which reference, where it was looked for, and
what to do; it never holds any part of the secret.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from heatmon.catalogue import Language, render
from heatmon.core.spec.secret import SecretReference

FOLDER: Final = Path("/etc/heatmon/credentials")
LOADED_AS: Final = "heatmon_"
"""How systemd names the files of a folder that the unit loads as ``heatmon``."""
MOST_BYTES: Final = 65_536


class SecretError(Exception):
    """A secret cannot be had. code: catalogue key; params fill it."""

    def __init__(self, code: str, **params: str) -> None:
        super().__init__(render(code, "en", **params))
        self.code, self.params = code, params

    def in_language(self, language: Language) -> str:
        """What is wrong and what to do, in the reader's language."""
        return render(self.code, language, **self.params)


def reveal(secret: SecretReference, environment: Mapping[str, str] = os.environ) -> str:
    """The secret itself. Use it at once and keep no copy. Raises SecretError."""
    if secret.source == "env":
        value = environment.get(secret.name)
        if not value:
            raise SecretError("secret.no_variable", secret=str(secret), name=secret.name)
        return value
    return _read(secret, _places(secret.name, environment))


def _places(name: str, environment: Mapping[str, str]) -> list[Path]:
    if folder := environment.get("CREDENTIALS_DIRECTORY"):
        return [Path(folder) / name, Path(folder) / f"{LOADED_AS}{name}"]
    return [Path(environment.get("HEATMON_CREDENTIALS") or FOLDER) / name]


def _read(secret: SecretReference, places: list[Path]) -> str:
    shown = " / ".join(map(str, places))
    for place in places:
        try:
            with place.open("rb") as opened:
                raw = opened.read(MOST_BYTES + 1)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise SecretError(
                "secret.unreadable", secret=str(secret), place=str(place), reason=reason
            ) from None
        return _text(secret, place, raw)
    raise SecretError("secret.no_file", secret=str(secret), place=shown)


def _text(secret: SecretReference, place: Path, raw: bytes) -> str:
    if len(raw) > MOST_BYTES:
        raise SecretError("secret.too_large", secret=str(secret), place=str(place), most=str(MOST_BYTES))
    try:
        # Editors and `echo` end a file with a line feed; no token ends with one.
        text = raw.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        # The decoder's own message would repeat bytes of the secret.
        raise SecretError("secret.encoding", secret=str(secret), place=str(place)) from None
    if not text:
        raise SecretError("secret.empty", secret=str(secret), place=str(place))
    return text
