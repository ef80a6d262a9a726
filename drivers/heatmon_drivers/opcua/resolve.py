"""Addresses become nodes of one session: namespaces by URI, paths by the server, members by definition.

Numbers of namespaces, and with them node ids, may be others after each restart of a server. Nothing found
here outlives the session.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

from asyncua import ua

from heatmon.driver import Message
from heatmon_drivers.opcua.client import encoded
from heatmon_drivers.opcua.columns import Bound
from heatmon_drivers.opcua.connection import Connection
from heatmon_drivers.opcua.plan import Point
from heatmon_drivers.opcua.structure import Structures
from heatmon_drivers.opcua.trouble import name_of

T = TypeVar("T")
HIERARCHICAL: Final = 33
MOST_PATHS: Final = 200


def parts(items: Sequence[T], most: int) -> Iterator[Sequence[T]]:
    """Slices of at most `most`."""
    for first in range(0, len(items), most):
        yield items[first : first + most]


async def resolve(connection: Connection, bound: Sequence[Bound], structures: Structures) -> None:
    """Find the nodes of these points; those that are not there keep node None and say why."""
    paths = []
    for one in bound:
        one.node, one.why = None, None
        start = _start(connection, one)
        if start is None:
            continue
        if not one.point.path:
            one.node = encoded(start)
        elif (path := _path(connection, one, start)) is not None:
            paths.append((one, path))
    for some in parts(paths, connection.limits.paths or MOST_PATHS):
        await _translate(connection, some)
    for one in bound:
        if one.node is not None and one.point.member:
            await structures.open(one)


def _index(connection: Connection, one: Bound, uri: str | None) -> int | None:
    if uri is None:
        return 0
    try:
        return connection.namespaces.index(uri)
    except ValueError:
        one.why = Message("opcua.why.namespace", {"uri": uri})
        return None


def _start(connection: Connection, one: Bound) -> ua.NodeId | None:
    point: Point = one.point
    if point.identifier is None:
        return ua.NodeId(ua.ObjectIds.ObjectsFolder)
    index = _index(connection, one, point.uri)
    return None if index is None else ua.NodeId.from_string(f"ns={index};{point.identifier}")


def _path(connection: Connection, one: Bound, start: ua.NodeId) -> ua.BrowsePath | None:
    elements = []
    index: int | None = start.NamespaceIndex
    for uri, name in one.point.path:
        if uri is not None:
            index = _index(connection, one, uri)
        if index is None:
            return None
        elements.append(
            ua.RelativePathElement(
                ReferenceTypeId=ua.NodeId(HIERARCHICAL),
                IsInverse=False,
                IncludeSubtypes=True,
                TargetName=ua.QualifiedName(name, index),
            )
        )
    return ua.BrowsePath(StartingNode=start, RelativePath=ua.RelativePath(Elements=elements))


async def _translate(connection: Connection, some: Sequence[tuple[Bound, ua.BrowsePath]]) -> None:
    session = connection.client.uaclient.session
    asked = session.translate_browsepaths_to_nodeids([path for _, path in some])
    for (one, _), result in zip(some, await connection.within("resolve", asked, "read"), strict=True):
        if result.StatusCode.is_good() and result.Targets:
            target = result.Targets[0].TargetId
            one.node = encoded(ua.NodeId(target.Identifier, target.NamespaceIndex, target.NodeIdType))
        else:
            one.why = Message("opcua.why.path", {"status": name_of(result.StatusCode.value)})
