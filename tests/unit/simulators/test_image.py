"""The registers of a simulated PLC, read back by the driver's own plan and codec."""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heatmon.core.quality import Quality
from heatmon.core.spec import StationSpec
from heatmon_drivers.modbus import DRIVER
from heatmon_drivers.modbus.codec import decode_bits
from heatmon_simulators.modbus.bank import Area, RefusalError
from heatmon_simulators.modbus.image import Image

ORDERS = ("ABCD", "CDAB", "BADC", "DCBA")


def spec_of(*tags: Mapping[str, Any], order: str = "ABCD", base: int = 0) -> StationSpec:
    name = {"en": "x", "zh": "x"}
    return StationSpec.model_validate(
        {
            "station": {"id": "S", "name": name},
            "links": [
                {"id": "l", "driver": "modbus", "options": {"transport": {"kind": "tcp", "host": "h"}}}
            ],
            "devices": [
                {
                    "id": "d",
                    "link": "l",
                    "options": {"unit": 3, "order": order, "address_base": base},
                    "groups": [{"id": "g", "period": "1 s"}],
                }
            ],
            "tags": [{"device": "d", "group": "g", "name": name, **tag} for tag in tags],
        }
    )


def shown(
    spec: StationSpec, values: Mapping[str, float], units: Mapping[str, str], **signals: str | float
) -> tuple[list[float], list[int]]:
    """What the driver decodes of the memory: values and qualities in the order of the tags."""
    image = Image(spec.devices[0], spec.tags, units, signals)
    image.show(values)
    plan = DRIVER.plan(spec.links[0], spec.devices[0], spec.devices[0].groups[0], spec.tags)
    decoded, qualities = array("d", [math.nan]) * len(spec.tags), bytearray(len(spec.tags))
    for read in plan.work:  # type: ignore[attr-defined]  # the driver's own form
        data = image.bank.read(Area(read.function), read.address, read.count)
        if read.decoder is None:
            decode_bits(data, read.fields, decoded, qualities)
        else:
            read.decoder.decode(data, decoded, qualities, {})
    return list(decoded), list(qualities)


def tag(name: str, register: int = 0, unit: str = "1", **address: Any) -> dict[str, Any]:
    return {"id": name, "unit": unit, "address": {"register": register, **address}}


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("int16", -1234.0), ("uint16", 65000.0), ("int32", -123456.0), ("uint32", 4e9), ("int64", -(2.0**40)),
        ("uint64", 2.0**50), ("float16", -2.5), ("float32", 65.25), ("float64", 65.123456789),
        ("bcd16", 1234.0),
        ("bcd32", 12345678.0), ("sm16", -300.0), ("sm32", -70000.0),
        ("hhmm", 870.0), ("ddmm", 1505.0), ("int8_high", -100.0),
        ("int8_low", -100.0), ("uint8_high", 200.0), ("uint8_low", 200.0),
    ],
)  # fmt: skip
def test_every_type_in_every_order_is_read_back(kind: str, value: float, order: str) -> None:
    spec = spec_of(tag("v", 5, type=kind), order=order)
    assert shown(spec, {"v": value}, {"v": "1"}) == ([value], [Quality.GOOD])


@pytest.mark.parametrize("order", ["CDABGHEF", "EFGHABCD", "DCBAHGFE", "FEHGBADC", "HGFEDCBA"])
@pytest.mark.parametrize(
    ("kind", "value"), [("float64", 65.123456789), ("int64", -(2.0**40)), ("bcd64", 123456789.0)]
)
def test_every_long_order_is_read_back(kind: str, value: float, order: str) -> None:
    assert shown(spec_of(tag("v", type=kind, order=order)), {"v": value}, {"v": "1"})[0] == [value]


@pytest.mark.parametrize("order", ORDERS)
def test_parts_of_wide_numbers_share_their_registers(order: str) -> None:
    spec = spec_of(
        tag("low", 10, type="uint32", bits={"first": 0, "last": 11}),
        tag("high", 10, type="uint32", bits={"first": 12, "last": 30}),
        tag("top", 10, type="uint32", bit=31),
        order=order,
    )
    values = {"low": 4095.0, "high": 300000.0, "top": 1.0}
    assert shown(spec, values, dict.fromkeys(values, "1"))[0] == list(values.values())


@pytest.mark.parametrize(
    ("order", "registers"),
    [("ABCD", "42828000"), ("CDAB", "80004282"), ("BADC", "82420080"), ("DCBA", "00808242")],
)
def test_the_registers_of_the_reference(order: str, registers: str) -> None:
    spec = spec_of(tag("v", type="float32"), order=order)
    image = Image(spec.devices[0], spec.tags, {"v": "1"}, {})
    image.show({"v": 65.25})
    assert image.bank.read(Area.HOLDING, 0, 2).hex() == registers


@given(st.floats(-40.0, 150.0), st.sampled_from(("°C",)))
def test_scaled_values_come_back_within_their_resolution(value: float, unit: str) -> None:
    spec = spec_of(tag("t", unit=unit, type="int16", scale=0.1))
    (found,), _ = shown(spec, {"t": value}, {"t": unit})
    assert found == pytest.approx(value, abs=0.0501)


def test_units_are_those_of_the_tag() -> None:
    spec = spec_of(tag("p", unit="kPa", type="float32"))
    assert shown(spec, {"p": 0.29}, {"p": "MPa"})[0] == [pytest.approx(290.0)]


def test_a_tag_of_another_kind_is_refused_with_both_units() -> None:
    spec = spec_of(tag("p", unit="kPa", type="float32"))
    with pytest.raises(ValueError, match=r"°C.*kPa"):
        Image(spec.devices[0], spec.tags, {"p": "°C"}, {})


def test_bits_share_their_register_and_areas_are_apart() -> None:
    spec = spec_of(
        tag("a", 60, type="bit", bit=0),
        tag("b", 60, type="bit", bit=6),
        tag("m", 60, mask=0x0F00),
        tag("c", 3, area="coil"),
        tag("i", 9, area="input", type="uint16"),
    )
    values = {"a": 1.0, "b": 1.0, "m": 0x300, "c": 1.0, "i": 7.0}
    assert shown(spec, values, dict.fromkeys(values, "1"))[0] == [1.0, 1.0, 0x300, 1.0, 7.0]


def test_a_totaliser_rolls_over_and_counts_only_what_is_complete() -> None:
    spec = spec_of(
        {
            **tag("v", unit="m3", type="uint32", scale=0.01),
            "totaliser": {"rollover": "1000000 m3"},
        }
    )
    assert shown(spec, {"v": 1000012.349}, {"v": "m3"})[0] == [pytest.approx(12.34)]
    assert shown(spec, {"v": 12.34}, {"v": "m3"})[0] == [pytest.approx(12.34)]


@pytest.mark.parametrize(
    ("address", "quality"),
    [
        ({"type": "float32"}, Quality.NOT_A_NUMBER),
        ({"type": "int16", "scale": 0.1, "sentinels": [32767]}, Quality.SENTINEL),
        ({"type": "int16", "scale": 0.1, "sentinels": [0x8000]}, Quality.SENTINEL),
        (
            {"type": "int16", "raw": {"low": 0, "high": 27648, "at_low": 0, "at_high": 1.6, "ne43": True}},
            Quality.WIRE_BREAK,
        ),
    ],
)
def test_a_sensor_without_value_is_no_number_on_the_wire(address: dict[str, Any], quality: Quality) -> None:
    spec = spec_of(tag("t", unit="MPa", **address))
    assert shown(spec, {"t": math.nan}, {"t": "MPa"})[1] == [quality]


def test_values_beyond_the_type_stay_at_its_end() -> None:
    spec = spec_of(tag("t", type="int16"))
    assert shown(spec, {"t": 1e9}, {"t": "1"})[0] == [32767.0]


def test_a_station_with_other_names_and_constants() -> None:
    spec = spec_of(tag("TT101", 0, "°C", type="float32"), tag("DOOR", 2, type="uint16"), base=0)
    found, _ = shown(spec, {"t2s": 50.5}, {"t2s": "°C"}, TT101="t2s", DOOR=0.0)
    assert found == [50.5, 0.0]


def test_what_the_plant_does_not_have_is_refused_never_zero() -> None:
    spec = spec_of(tag("a", 0), tag("unknown", 1), tag("b", 2))
    image = Image(spec.devices[0], spec.tags, {"a": "1", "b": "1"}, {})
    image.show({"a": 1.0, "b": 2.0})
    assert image.missing == ["unknown"]
    with pytest.raises(RefusalError):
        image.bank.read(Area.HOLDING, 0, 3)
    assert image.bank.read(Area.HOLDING, 2, 1) == b"\x00\x02"
    assert image.span == "holding 0..2"


def test_gaps_between_tags_can_be_read_along() -> None:
    spec = spec_of(tag("a", 0), tag("b", 9), base=0)
    image = Image(spec.devices[0], spec.tags, {"a": "1", "b": "1"}, {})
    image.show({"a": 1.0, "b": 2.0})
    assert image.bank.read(Area.HOLDING, 0, 10)[-1] == 2


def test_addresses_count_from_the_base_of_the_device() -> None:
    spec = spec_of(tag("a", 1), base=1)
    assert shown(spec, {"a": 5.0}, {"a": "1"})[0] == [5.0]
