"""Both languages of every text have the same fields."""

from __future__ import annotations

import string

from heatmon.catalogue import texts


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_both_languages_say_the_same_things() -> None:
    for key, (english, chinese) in texts().items():
        assert fields(english) == fields(chinese), key
        assert english
        assert chinese
