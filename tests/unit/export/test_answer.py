"""What each answer of a server leads to: one table."""

from __future__ import annotations

from typing import Any

import pytest

from heatmon.catalogue import texts
from heatmon.export.answer import FAILURES, Answer, Verdict, clock_offset_s, judge, retry_after_s

NOW = 1_764_061_200.0
HTML = {"content-type": "text/html; charset=utf-8"}

CASES: list[tuple[Answer, Verdict, str]] = [
    (Answer(204), Verdict.ACCEPTED, "forward.accepted"),
    (Answer(200), Verdict.ACCEPTED, "forward.accepted"),
    (Answer(200, HTML, "<html>log in"), Verdict.HOLD, "forward.page"),
    (Answer(200, {}, "  <!DOCTYPE html><html>"), Verdict.HOLD, "forward.page"),
    (Answer(400, HTML, "<html>bad request"), Verdict.HOLD, "forward.page"),
    (Answer(502, HTML, "<html>bad gateway"), Verdict.LATER, "forward.page"),
    (Answer(301, {"location": "https://x/"}), Verdict.HOLD, "forward.redirect"),
    (Answer(308), Verdict.HOLD, "forward.redirect"),
    (Answer(400, {}, "unable to parse"), Verdict.SIEVE, "forward.bad_line"),
    (Answer(422), Verdict.SIEVE, "forward.bad_line"),
    (Answer(401), Verdict.HOLD, "forward.unauthorized"),
    (Answer(403), Verdict.HOLD, "forward.forbidden"),
    (Answer(404), Verdict.HOLD, "forward.not_found"),
    (Answer(405), Verdict.HOLD, "forward.status"),
    (Answer(407), Verdict.HOLD, "forward.proxy_login"),
    (Answer(413), Verdict.HALVE, "forward.too_large"),
    (Answer(429), Verdict.LATER, "forward.busy"),
    (Answer(500), Verdict.LATER, "forward.server"),
    (Answer(503), Verdict.LATER, "forward.busy"),
    (Answer(504), Verdict.LATER, "forward.server"),
    *[(Answer(failure=kind, detail="x"), verdict, code) for kind, (verdict, code) in FAILURES.items()],
]


@pytest.mark.parametrize(("answer", "verdict", "code"), CASES, ids=lambda case: str(case)[:40])
def test_each_answer_has_one_meaning_and_a_text_with_a_remedy(
    answer: Answer, verdict: Verdict, code: str
) -> None:
    judgement = judge(answer, NOW)
    assert (judgement.verdict, judgement.code) == (verdict, code)
    if verdict is not Verdict.ACCEPTED:
        for text in texts()[code]:
            assert text.format(destination="dispatch", **judgement.params)


def test_no_status_is_without_a_meaning() -> None:
    for status in range(100, 600):
        judgement = judge(Answer(status), NOW)
        assert (judgement.verdict is Verdict.ACCEPTED) == (200 <= status < 300)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"retry-after": "17"}, 17.0),
        ({"retry-after": "999999"}, 3600.0),
        ({"retry-after": "Tue, 25 Nov 2025 09:01:00 GMT"}, 60.0),
        ({"retry-after": "Tue, 25 Nov 2025 09:01:00 GMT", "date": "Tue, 25 Nov 2025 09:00:50 GMT"}, 10.0),
        ({"retry-after": "Tue, 25 Nov 2025 08:00:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
    ],
)
def test_retry_after_is_a_number_or_a_date_by_the_servers_own_clock(
    headers: dict[str, Any], expected: float | None
) -> None:
    assert retry_after_s(Answer(503, headers), NOW) == expected


def test_the_servers_clock_is_compared_with_ours() -> None:
    assert clock_offset_s(Answer(204, {"date": "Tue, 25 Nov 2025 10:00:00 GMT"}), NOW) == 3600.0
    assert clock_offset_s(Answer(204), NOW) is None
    assert clock_offset_s(Answer(204, {"date": "yesterday"}), NOW) is None
