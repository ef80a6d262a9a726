"""Settings: YAML becomes checked, frozen specs, or a list of everything that is wrong."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from heatmon.settings.difference import difference
from heatmon.settings.load import Loaded, load, spec_from_bundle
from heatmon.settings.schema import schema


def find_stations(roots: Iterable[Path]) -> list[Path]:
    """Station folders: the roots that hold a station.yaml, else those directly inside them."""
    found: list[Path] = []
    for root in roots:
        if (root / "station.yaml").exists():
            found.append(root)
        elif root.is_dir():
            found.extend(sorted(child for child in root.iterdir() if (child / "station.yaml").exists()))
    return found


__all__ = ["Loaded", "difference", "find_stations", "load", "schema", "spec_from_bundle"]
