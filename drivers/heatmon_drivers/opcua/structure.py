"""Structures as a server defines them (Part 3, 8.49; Part 6, 5.2.7), taken apart down to one member.

The library would make Python classes out of a server's definitions, by running text as code and for
all servers in one place. Here a definition is data: fields with their types, read once a session.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from asyncua import ua

from heatmon.driver import DriverError, Message
from heatmon_drivers.opcua import binary
from heatmon_drivers.opcua.binary import U32, DecodeError, Extension, Reader
from heatmon_drivers.opcua.columns import Bound
from heatmon_drivers.opcua.connection import Connection

LAST_BUILT_IN: Final = 25
INT32: Final = 6
DEEPEST: Final = 8
HAS_SUBTYPE: Final = 45
_STEP: Final = re.compile(r"(?P<name>.+?)(?:\[(?P<index>\d{1,6})\])?\Z")


@dataclass(frozen=True, slots=True)
class Field:
    """One field: a built-in type by number, or a structure."""

    name: str
    type: int | Definition
    array: bool
    optional: bool


@dataclass(frozen=True, slots=True)
class Definition:
    """The fields of a structure in order. A union holds one of them."""

    fields: tuple[Field, ...]
    union: bool


class Structures:
    """The definitions of one session."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[ua.NodeId, int | Definition | None] = {}

    async def open(self, bound: Bound) -> None:
        """Prepare a point that names a member; where the definition does not fit, the point says why."""
        assert bound.node is not None
        node = ua.ua_binary.nodeid_from_binary(ua.utils.Buffer(bound.node))
        found = await self._attribute(node, ua.AttributeIds.DataType)
        definition = await self._type(found, 0) if isinstance(found, ua.NodeId) else None
        if not isinstance(definition, Definition):
            bound.node, bound.why = None, Message("opcua.why.structure")
            return
        steps = tuple(map(_step, bound.point.member))
        if not leads_somewhere(definition, steps):
            bound.node, bound.why = (
                None,
                Message("opcua.why.member", {"member": ".".join(bound.point.member)}),
            )
            return
        bound.open = lambda value: taken(value, definition, steps)

    async def _attribute(self, node: ua.NodeId, attribute: ua.AttributeIds) -> Any:
        session = self._connection.client.uaclient.session
        (found,) = await self._connection.within("read", session.read_attributes([node], attribute), "read")
        return found.Value.Value if found.StatusCode.is_good() and found.Value is not None else None

    async def _type(self, node: ua.NodeId, depth: int) -> int | Definition | None:
        """A data type by its node: a built-in one, a structure, or None where the server does not say."""
        if (
            node.NamespaceIndex == 0
            and isinstance(node.Identifier, int)
            and 0 < node.Identifier <= LAST_BUILT_IN
        ):
            return int(node.Identifier)
        if node not in self._known:
            self._known[node] = None if depth > DEEPEST else await self._defined(node, depth)
        return self._known[node]

    async def _defined(self, node: ua.NodeId, depth: int) -> int | Definition | None:
        found = await self._attribute(node, ua.AttributeIds.DataTypeDefinition)
        if isinstance(found, ua.EnumDefinition):
            return INT32
        if isinstance(found, ua.StructureDefinition):
            return await self._structure(found, depth)
        # A kind of something else, such as Duration, which is a Double.
        above = await self._supertype(node)
        return None if above is None else await self._type(above, depth + 1)

    async def _structure(self, found: ua.StructureDefinition, depth: int) -> Definition | None:
        fields = []
        for field in found.Fields:
            kind = await self._type(field.DataType, depth + 1)
            if kind is None:
                return None
            optional = (
                bool(field.IsOptional) and found.StructureType == ua.StructureType.StructureWithOptionalFields
            )
            fields.append(Field(str(field.Name), kind, field.ValueRank >= 0, optional))
        return Definition(tuple(fields), found.StructureType == ua.StructureType.Union)

    async def _supertype(self, node: ua.NodeId) -> ua.NodeId | None:
        what = ua.BrowseDescription(
            NodeId=node,
            BrowseDirection=ua.BrowseDirection.Inverse,
            ReferenceTypeId=ua.NodeId(HAS_SUBTYPE),
            IncludeSubtypes=False,
            NodeClassMask=0,
            ResultMask=0,
        )
        asked = self._connection.client.uaclient.session.browse(ua.BrowseParameters(NodesToBrowse=[what]))
        try:
            (result,) = await self._connection.within("browse", asked, "read")
        except DriverError as error:
            if error.kind != "protocol":
                raise
            return None
        if not result.References:
            return None
        above = result.References[0].NodeId
        return ua.NodeId(above.Identifier, above.NamespaceIndex)


Step = tuple[str, int | None]


def _step(text: str) -> Step:
    found = _STEP.match(text)
    assert found is not None
    return found["name"], None if found["index"] is None else int(found["index"])


def leads_somewhere(definition: Definition, steps: tuple[Step, ...]) -> bool:
    """Whether a path of members ends at a single value of a built-in type."""
    (name, index), rest = steps[0], steps[1:]
    field = next((field for field in definition.fields if field.name == name), None)
    if field is None or field.array != (index is not None):
        return False
    if isinstance(field.type, Definition):
        return bool(rest) and leads_somewhere(field.type, rest)
    return not rest


def taken(value: Extension, definition: Definition, steps: tuple[Step, ...]) -> tuple[object, int]:
    """The member's value and its built-in type. Raises DecodeError."""
    return _member(Reader(value.body), definition, steps)


def _member(reader: Reader, definition: Definition, steps: tuple[Step, ...]) -> tuple[object, int]:
    (name, index), rest = steps[0], steps[1:]
    for field in _present(reader, definition):
        if field.name != name:
            _skip(reader, field)
            continue
        if field.array:
            n = binary.count(reader)
            if index is None or index >= n:
                raise DecodeError(f"{name} has {n} elements")
            for _ in range(index):
                _one(reader, field.type)
        if isinstance(field.type, Definition):
            return _member(reader, field.type, rest)
        return binary.built_in(reader, field.type), field.type
    raise DecodeError(f"{name} is not there now")


def _present(reader: Reader, definition: Definition) -> list[Field]:
    """The fields that follow: optional ones by a mask, the chosen one of a union."""
    if definition.union:
        chosen = reader.take(U32)
        return [definition.fields[chosen - 1]] if 0 < chosen <= len(definition.fields) else []
    optional = [field for field in definition.fields if field.optional]
    if not optional:
        return list(definition.fields)
    mask = reader.take(U32)
    missing = {field.name for bit, field in enumerate(optional) if not mask >> bit & 1}
    return [field for field in definition.fields if field.name not in missing]


def _skip(reader: Reader, field: Field) -> None:
    for _ in range(binary.count(reader) if field.array else 1):
        _one(reader, field.type)


def _one(reader: Reader, kind: int | Definition) -> None:
    if isinstance(kind, Definition):
        for field in _present(reader, kind):
            _skip(reader, field)
    else:
        binary.built_in(reader, kind)
