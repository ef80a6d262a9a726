"""What check says about the section notify: every fault at its line, nothing silently taken."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from heatmon.driver import installed
from heatmon.settings import Loaded, load

EXAMPLE = Path(__file__).resolve().parents[3] / "config" / "stations" / "hx-example"
NOTIFY = """\
notify:
  channels:
    - {kind: dingtalk, id: group, token: "${env:HM_A}", secret: "${env:HM_B}"}
    - {kind: mail, id: mail, host: mail.example.org, sender: heatmon@example.org}
    - {kind: sms_modem, id: sms, port: /dev/ttyUSB2}
    - {kind: sounder, id: horn, argv: [/bin/true, "--loud"]}
    - {kind: webhook, id: watcher, url: "https://watch.example", body: {text: "{text}", who: "{person}"}}
  contacts:
    - person: operator
      ways: [{channel: group, to: "+8613800138000"}, {channel: sms, to: "+8613800138000"}]
      quiet: {start: "22:00", end: "06:00"}
    - person: engineer
      ways: [{channel: mail, to: chief@example.org}, {channel: sms, to: "+8613800138001"}]
  posts:
    - id: lead
      name: {en: shift leader, zh: 值班长}
      turns:
        - {person: operator, start: "08:00", end: "20:00"}
        - {person: engineer, start: "20:00", end: "08:00"}
  escalation:
    - {priority: P1, steps: [{after: 0 s, to: [lead]}, {after: 2 min, to: [lead, engineer]}]}
    - {priority: P2, steps: [{after: 0 s, to: [lead]}]}
    - {priority: P3, steps: [{after: 0 s, to: [lead]}]}
  dispatch: lead
  local: horn
  heartbeats: [{every: 5 min, channel: watcher}, {every: 24 h, to: [lead]}]
  drill: {day: wed, at: "10:00", to: [lead]}
  listener: {public_url: "https://heat.example.org"}
  wordings:
    - {kind: raised, text: {en: "{station}: {name}", zh: "{station}：{name}"}}
"""


def loaded(tmp_path: Path, old: str = "", new: str = "") -> Loaded:
    shutil.copytree(EXAMPLE, tmp_path / "station")
    assert old in NOTIFY
    (tmp_path / "station" / "notify.yaml").write_text(NOTIFY.replace(old, new, 1), encoding="utf-8")
    return load(tmp_path / "station", installed())


def test_a_whole_section_is_valid(tmp_path: Path) -> None:
    found = loaded(tmp_path)
    assert not found.faults, [str(fault) for fault in found.faults]
    assert found.spec is not None
    assert found.spec.notify is not None


@pytest.mark.parametrize(
    ("old", "new", "below", "words"),
    [
        ("person: operator, start", "person: operatr, start", 0, ["did you mean operator"]),
        ('start: "08:00", end: "20:00"', 'start: "08:00", end: "19:00"', 0, ["lead", "19:00", "20:00"]),
        ("engineer, start", "engineer, days: [mon], start", -1, ["nobody holds"]),
        ('start: "08:00", end', 'start: "8 o", end', 0, ["20:00"]),
        ("channel: sms, to: \"+8613800138000\"", "channel: smz, to: \"+86\"", 0, ["did you mean sms"]),
        ('to: "+8613800138001"', 'to: "138"', 0, ["no telephone number", "+8613800138000"]),
        ("to: chief@example.org", "to: chief", 0, ["no mail address"]),
        ("{station}: {name}", "{station}: {nmae}", 0, ["nmae", "reading"]),
        ("{station}: {name}", "{station.x}: {name}", 0, ["station.x"]),
        ("{station}: {name}", "{station}: {name", 0, ["cannot be read"]),
        ("text: \"{text}\"", "text: \"{txt}\"", 0, ["txt"]),
        ("[/bin/true", "[/bin/no-such-horn", 0, ["whole path"]),
        ("[/bin/true", "[horn", 0, ["whole path"]),
        ("local: horn", "local: sms", 0, ["no sounder"]),
        ("dispatch: lead", "dispatch: leed", 0, ["did you mean lead"]),
        ("{public_url", "{bind: 0.0.0.0, public_url", 0, ["reached from outside"]),
        ("https://heat", "http://heat", 0, ["https"]),
        ("every: 5 min, channel: watcher", "every: 5 min", 0, ["`to` or `channel`"]),
        ("priority: P2, steps", "priority: P1, steps", 0, ["twice"]),
        ("to: [lead, engineer]", "to: [lead, nobody]", 0, ["no post or person nobody"]),
        ('"${env:HM_B}"', "SECabc", 0, ["secret"]),
        ("kind: dingtalk", "kind: dingtlk", 0, ["dingtalk"]),
        ("host: mail.example.org", "hst: mail.example.org", 0, ["hst"]),
        ("ways: [{channel: mail", "ways: [{priorities: [P3], channel: mail", 0, []),
    ],
)  # fmt: skip
def test_every_fault_has_its_line(tmp_path: Path, old: str, new: str, below: int, words: list[str]) -> None:
    found = loaded(tmp_path, old, new)
    texts = [str(fault) for fault in found.faults]
    line = NOTIFY[: NOTIFY.index(old)].count("\n") + 1 + below
    if not words:
        assert not texts
        return
    assert any(f"notify.yaml:{line}:" in text and all(word in text for word in words) for text in texts), (
        texts
    )


def test_warnings_say_what_will_not_be_told(tmp_path: Path) -> None:
    found = loaded(tmp_path, "    - {priority: P3, steps: [{after: 0 s, to: [lead]}]}\n", "")
    assert any("P3 alarms reach nobody" in str(warning) for warning in found.warnings)


def test_one_way_only_is_a_warning(tmp_path: Path) -> None:
    found = loaded(tmp_path, ', {channel: sms, to: "+8613800138001"}', "")
    assert any("one way only" in str(warning) for warning in found.warnings)
    assert not found.faults
