"""Device profiles: each example of words means what the profile says, read over a real connection."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from heatmon.cli.profiles import markdown
from heatmon.core.quality import Quality
from heatmon.core.spec import Device, Link, Tag
from heatmon.driver import installed
from heatmon.profiles import Example, Point, Profile, installed_profiles
from heatmon.settings import load
from heatmon_drivers.modbus.options import Address
from heatmon_simulators.modbus.bank import Area, RegisterBank
from heatmon_simulators.modbus.tcp import ModbusServer

PROFILES = installed_profiles()
AREAS = {"holding": Area.HOLDING, "input": Area.INPUT}
DOCS = Path(__file__).resolve().parents[3] / "docs"


def device_of(profile: Profile) -> Device:
    groups = [{"id": "g", "period": "1 s"}]
    return Device.model_validate({"id": "d", "link": "l", "options": profile.options, "groups": groups})


def tag_of(point: Point) -> Tag:
    name = {"en": point.name.en, "zh": point.name.zh}
    return Tag.model_validate(
        {"id": point.id, "device": "d", "group": "g", "name": name, "address": point.address}
    )


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES.keys())
async def test_the_examples_of_a_profile_are_true(profile: Profile) -> None:
    device, bank = device_of(profile), RegisterBank()
    driver = installed()[profile.driver]
    unit = int(profile.options.get("unit", 1))
    async with ModbusServer({unit: bank}) as server:
        options = {"transport": {"kind": "tcp", "host": "127.0.0.1", "port": server.port}}
        link = Link.model_validate({"id": "l", "driver": profile.driver, "options": options})
        session = driver.open(link)
        await session.connect()
        for example in profile.words:
            await _check(profile, example, session, driver.plan, link, device, bank)
        await session.close()


async def _check(
    profile: Profile,
    example: Example,
    session: Any,
    plan: Any,
    link: Link,
    device: Device,
    bank: RegisterBank,
) -> None:
    point = profile.by_id[example.point]
    address = Address.model_validate(point.address)
    base = int(profile.options.get("address_base", 0)) if address.base is None else address.base
    bank.set_registers(AREAS[address.area], address.register_ - base, list(example.words))
    block = await session.read(plan(link, device, device.groups[0], [tag_of(point)]))
    if example.value is None:
        assert block.qualities[0] == Quality[(example.quality or "").upper()]
        assert math.isnan(block.values[0])
    else:
        assert block.qualities[0] == Quality.GOOD
        assert block.values[0] == pytest.approx(example.value, rel=1e-12)


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES.keys())
def test_every_point_of_a_profile_can_be_read(profile: Profile) -> None:
    link = Link.model_validate(
        {"id": "l", "driver": profile.driver, "options": {"transport": {"kind": "tcp", "host": "x"}}}
    )
    device = device_of(profile)
    plan = installed()[profile.driver].plan(
        link, device, device.groups[0], [tag_of(one) for one in profile.points]
    )
    assert len(plan.tags) == len(profile.points) == len(profile.by_id)
    assert {example.point for example in profile.words} <= profile.by_id.keys()


def test_eight_devices_each_with_its_source() -> None:
    assert len(PROFILES) >= 8
    assert all(profile.sources and profile.words for profile in PROFILES.values())


def test_the_page_of_devices_is_the_one_the_profiles_make() -> None:
    assert (DOCS / "devices.md").read_text(encoding="utf-8") == markdown(), (
        "run `heatmon profiles --markdown`"
    )


STATION = """
station: {id: S1, name: {en: a, zh: 甲}, timezone: Asia/Shanghai}
links: [{id: bus, driver: modbus, options: {transport: {kind: tcp, host: plc}}}]
devices:
  - {id: ecl, link: bus, profile: danfoss-ecl-110, options: {unit: 5}, groups: [{id: n, period: 10 s}]}
tags:
  - {id: t2s, device: ecl, group: n, point: s3_supply}
  - {id: t2r, device: ecl, group: n, point: s4_return, name: {en: ours, zh: 我们的}, address: {scale: 0.2}}
"""


def loaded(folder: Path, text: str) -> Any:
    (folder / "station.yaml").write_text(text, encoding="utf-8")
    return load(folder, installed())


def test_a_tag_comes_from_a_profile_in_one_line_and_what_is_written_wins(tmp_path: Path) -> None:
    found = loaded(tmp_path, STATION)
    assert not found.faults, [str(fault) for fault in found.faults]
    supply, back = found.spec.tags
    assert supply.name.zh == "供水温度 S3"
    assert supply.unit == "°C"
    assert dict(supply.address) == {"register": 11202, "type": "int16", "scale": 0.1, "sentinels": [1920]}
    assert back.name.en == "ours"
    assert back.address["scale"] == 0.2
    assert found.spec.devices[0].options == {"address_base": 1, "unit": 5}


@pytest.mark.parametrize(
    ("wrong", "right", "line"),
    [
        ("profile: danfoss-ecl-110", "profile: danfos-ecl-110", 5),
        ("point: s3_supply", "point: s3_suply", 7),
        ("profile: danfoss-ecl-110, ", "", 7),
    ],
)
def test_a_name_that_is_not_there_is_told_at_its_place_with_the_nearest(
    wrong: str, right: str, line: int, tmp_path: Path
) -> None:
    found = loaded(tmp_path, STATION.replace(wrong, right))
    assert found.spec is None
    assert any(f"station.yaml:{line}:" in str(fault) for fault in found.faults), [
        str(f) for f in found.faults
    ]
