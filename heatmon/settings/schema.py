"""JSON Schema of station files, for editors: ``# yaml-language-server: $schema=heatmon.schema.json``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from heatmon.core.spec import StationSpec
from heatmon.driver import Driver


def schema(drivers: Mapping[str, Driver]) -> dict[str, Any]:
    """One schema for every file of a folder: any sections, and each driver's options by name."""
    whole = StationSpec.model_json_schema(by_alias=True)
    # Sections are spread over files, so no single file needs all of them.
    whole.pop("required", None)
    definitions = whole.setdefault("$defs", {})
    for name, driver in drivers.items():
        for what, model in (
            ("link", driver.link_options),
            ("device", driver.device_options),
            ("address", driver.address),
        ):
            part = model.model_json_schema(by_alias=True, ref_template="#/$defs/{model}")
            definitions.update(part.pop("$defs", {}))
            definitions[f"{name}.{what}"] = part
    for owner, key, what in (
        ("Link", "options", "link"),
        ("Device", "options", "device"),
        ("Tag", "address", "address"),
    ):
        choices = [{"$ref": f"#/$defs/{name}.{what}"} for name in drivers]
        definitions[owner]["properties"][key] = {"anyOf": [*choices, {"type": "object"}]}
    return {**whole, "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "heatmon station"}
