"""Members of structures, by the server's own definition, on real traffic and in odd forms."""

from __future__ import annotations

import struct

import pytest
from asyncua import ua

from heatmon.core.quality import Quality
from heatmon_drivers.opcua import DRIVER
from heatmon_drivers.opcua.binary import DecodeError, Extension
from heatmon_drivers.opcua.structure import Definition, Field, leads_somewhere, taken
from heatmon_simulators.opcua.server import NAMESPACE
from tests.opcua_server import ServerThread
from tests.unit.drivers.opcua.watching import link, plan

DOUBLE, INT16, STRING = 11, 4, 12
SENSOR = Definition((Field("name", STRING, False, False), Field("value", DOUBLE, False, False)), False)
PLANT = Definition(
    (
        Field("mode", INT16, False, False),
        Field("limits", DOUBLE, True, False),
        Field("note", STRING, False, True),
        Field("inlet", SENSOR, False, False),
        Field("sensors", SENSOR, True, False),
        Field("spare", DOUBLE, False, True),
    ),
    False,
)


def text(words: str) -> bytes:
    return struct.pack("<i", len(words)) + words.encode()


def sensor(name: str, value: float) -> bytes:
    return text(name) + struct.pack("<d", value)


def body(*, note: bool) -> bytes:
    mask = struct.pack("<I", 1 if note else 0)
    limits = struct.pack("<iddd", 3, 1.0, 2.0, 3.0)
    both = struct.pack("<i", 2) + sensor("a", 8.0) + sensor("b", 9.0)
    return mask + struct.pack("<h", -7) + limits + (text("hand") if note else b"") + sensor("in", 72.5) + both


@pytest.mark.parametrize("note", [True, False])
@pytest.mark.parametrize(
    ("steps", "value"),
    [
        ((("mode", None),), -7),
        ((("limits", 2),), 3.0),
        ((("inlet", None), ("value", None)), 72.5),
        ((("sensors", 1), ("value", None)), 9.0),
        ((("sensors", 0), ("name", None)), "a"),
    ],
)
def test_member(note: bool, steps: tuple[tuple[str, int | None], ...], value: object) -> None:
    assert leads_somewhere(PLANT, steps)
    assert taken(Extension((2, 1), body(note=note)), PLANT, steps)[0] == value


@pytest.mark.parametrize("steps", [(("spare", None),), (("limits", 3),), (("sensors", 5), ("value", None))])
def test_a_member_that_is_not_there_now_gives_no_value(steps: tuple[tuple[str, int | None], ...]) -> None:
    with pytest.raises(DecodeError):
        taken(Extension((2, 1), body(note=True)), PLANT, steps)


@pytest.mark.parametrize(
    "steps",
    [
        (("nothing", None),),
        (("limits", None),),
        (("mode", 0),),
        (("inlet", None),),
        (("mode", None), ("x", None)),
    ],
)
def test_a_path_that_leads_nowhere_is_told(steps: tuple[tuple[str, int | None], ...]) -> None:
    assert not leads_somewhere(PLANT, steps)


def test_a_union_holds_one_of_its_fields() -> None:
    union = Definition((Field("number", DOUBLE, False, False), Field("words", STRING, False, False)), True)
    held = Extension((2, 1), struct.pack("<I", 2) + text("on"))
    assert taken(held, union, (("words", None),)) == ("on", STRING)
    with pytest.raises(DecodeError):
        taken(held, union, (("number", None),))


async def test_members_of_a_structure_of_a_real_server(opcua_server: ServerThread) -> None:
    fields = {
        "Name": (ua.VariantType.String, "供水"),
        "Value": (ua.VariantType.Double, 72.5),
        "Count": (ua.VariantType.Int64, 2**53 + 1),
        "On": (ua.VariantType.Boolean, True),
    }
    await opcua_server.doing(opcua_server.server.add_structure("reading", "HeatReading", fields))
    wire = link(opcua_server.server.url)
    node = {"node": f"nsu={NAMESPACE};s=reading"}
    addresses = [
        node | {"member": "Name", "holds": "text"},
        node | {"member": "Value"},
        node | {"member": "Count"},
        node | {"member": "On"},
        node | {"member": "Nothing"},
        node | {"member": "Name"},
        {"node": "i=2258", "member": "State"},
    ]
    session = DRIVER.open(wire)
    await session.connect()
    block = await session.read(plan(wire, addresses, mode="poll"))
    notices = {notice.tags: notice.params["why"] for notice in session.notices()}
    await session.close()
    nowhere = Quality.NO_SUCH_ADDRESS
    assert list(block.qualities) == [0, 0, 0, 0, nowhere, Quality.WRONG_TYPE, nowhere]
    assert list(block.values[1:4]) == [72.5, float(2**53 + 1), 1.0]
    assert block.exact == {0: "供水", 2: 2**53 + 1}
    assert notices == {
        ("t4",): "opcua.why.member",
        ("t5",): "opcua.why.status",
        ("t6",): "opcua.why.structure",
    }
