"""docs/station-yaml.md knows every key, what it means, and its default; it cannot go stale."""

from __future__ import annotations

from pathlib import Path

from heatmon.driver import installed
from heatmon.settings import schema
from heatmon.settings.reference import BEGIN, meaning, reference

PAGE = Path(__file__).parents[3] / "docs" / "station-yaml.md"


def test_the_page_is_what_the_models_say() -> None:
    _, made = PAGE.read_text("utf-8").split(BEGIN)
    assert made.strip() == reference(installed()).strip(), "run `make docs`"


def test_every_key_has_a_meaning_in_both_languages() -> None:
    for name, part in schema(installed())["$defs"].items():
        for key in part.get("properties", {}):
            for language in ("en", "zh"):
                words = meaning(name, key, part, "zh" if language == "zh" else "en")
                assert words, f"{name}.{key}: explain it in the docstring or in heatmon/catalogue/keys.py"
