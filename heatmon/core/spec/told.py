"""What a validator of the settings finds wrong, as a key of the catalogue and its fields.

A validator raises ``told("settings.curve.order", value=…)`` and pydantic collects it like any other
fault; the settings' reader renders it in the reader's language. Drivers do the same with keys of
their own.
"""

from __future__ import annotations

from pydantic_core import PydanticCustomError


def told(code: str, **params: str | int | float) -> PydanticCustomError:
    """The fault with this catalogue key, ready to be raised inside a validator."""
    return PydanticCustomError(code, code, dict(params))
