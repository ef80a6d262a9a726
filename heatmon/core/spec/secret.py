"""Secrets in the settings: only ever a reference, ``${credential:NAME}`` or ``${env:NAME}``.

The reference is what is validated, compared, stored with the bundle and shown; the secret itself
is read by `heatmon.secret.reveal` at the moment it is used and kept nowhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from heatmon.core.spec.told import told

Source = Literal["credential", "env"]
PATTERN: Final = r"\$\{(credential|env):([A-Za-z0-9_][A-Za-z0-9_.-]{0,63})\}"
_REFERENCE: Final = re.compile(PATTERN + r"\Z")


@dataclass(frozen=True, slots=True)
class SecretReference:
    """Where a secret is found: a credential (a file) or an environment variable, by name."""

    source: Source
    name: str

    def __str__(self) -> str:
        return f"${{{self.source}:{self.name}}}"


def parse_reference(text: object) -> SecretReference:
    """Read ``${credential:NAME}``. Raises ValueError, whose text never repeats what was written."""
    if isinstance(text, SecretReference):
        return text
    found = _REFERENCE.match(text) if isinstance(text, str) else None
    if found is None:
        raise told("settings.secret.reference")
    return SecretReference("env" if found[1] == "env" else "credential", found[2])


Secret = Annotated[
    SecretReference,
    BeforeValidator(parse_reference),
    PlainSerializer(str, return_type=str),
    WithJsonSchema(
        {"type": "string", "pattern": f"^{PATTERN}$", "examples": ["${credential:smtp-password}"]}
    ),
]
"""The type of a field that holds a token, password or private key."""
