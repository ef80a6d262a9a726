from __future__ import annotations

import json
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heatmon.store.canonical import EXACT_MAX, canonical
from heatmon.store.errors import CanonicalError

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
SCALAR = st.none() | st.booleans() | st.integers(-EXACT_MAX, EXACT_MAX) | TEXT
VALUE = st.recursive(SCALAR, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner), max_leaves=12)


@given(VALUE)
def test_reads_back_as_what_it_was(value: object) -> None:
    assert json.loads(canonical(value)) == value


@given(st.dictionaries(TEXT, SCALAR), st.randoms())
def test_the_order_of_keys_changes_nothing(value: dict[str, object], random: Random) -> None:
    items = list(value.items())
    random.shuffle(items)
    assert canonical(dict(items)) == canonical(value)


@given(st.dictionaries(TEXT, SCALAR))
def test_keys_stand_in_order_of_their_utf16_units(value: dict[str, object]) -> None:
    keys = list(json.loads(canonical(value)))
    assert keys == sorted(keys, key=lambda key: key.encode("utf-16-be"))


def test_the_sorting_example_of_rfc_8785() -> None:
    # RFC 8785 §3.2.3
    value = {"€": 1, "\r": 2, "\ufb33": 3, "1": 4, "😀": 5, "\x80": 6, "ö": 7}
    assert canonical(value).decode() == '{"\\r":2,"1":4,"\x80":6,"ö":7,"€":1,"😀":5,"דּ":3}'


def test_the_escaping_example_of_rfc_8785() -> None:
    # RFC 8785 §3.2.2.2: short escapes where there are any, lower-case hex else, nothing else escaped
    assert canonical('€$\x0f\nA\'B"\\\\"/').decode() == '"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'


def test_integers_beyond_a_double_are_text() -> None:
    assert canonical([EXACT_MAX, EXACT_MAX + 1]) == b'[9007199254740991,"9007199254740992"]'


@pytest.mark.parametrize("value", [1.0, float("nan"), {"a": 0.1}, {1: "a"}, b"x", "\ud800", {"\udfff": 1}])
def test_refuses_what_has_no_canonical_form(value: object) -> None:
    with pytest.raises(CanonicalError):
        canonical(value)
