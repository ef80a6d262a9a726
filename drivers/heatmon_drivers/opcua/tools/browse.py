"""The address space of a server as a tree with live values, and as tags for a station file."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import yaml
from asyncua import ua

from heatmon.catalogue import Language, render
from heatmon_drivers.opcua.binary import Extension, Text, Values
from heatmon_drivers.opcua.certificates import Store
from heatmon_drivers.opcua.client import PreparedRead, encoded
from heatmon_drivers.opcua.connection import Connection, Orphan
from heatmon_drivers.opcua.options import LinkOptions, check_node
from heatmon_drivers.opcua.resolve import parts
from heatmon_drivers.opcua.trouble import name_of

HIERARCHICAL: Final = 33
OBJECT, VARIABLE = 1, 2
SERVER: Final = 2253
MOST_NODES: Final = 20_000
"""A tree longer than this is cut, and says so."""
AT_ONCE: Final = 100
KINDS: Final = {number: kind.name for number, kind in ((kind.value, kind) for kind in ua.VariantType)}
NUMBERS: Final = frozenset({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11})


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for. yaml: DEVICE/GROUP of the tags to write."""

    start: str | None
    depth: int
    search: str | None
    everything: bool
    yaml: str | None


@dataclass(slots=True)
class Entry:
    """One node of the tree. kind: built-in type of its value, negative for an array, 0 for none."""

    node: ua.NodeId
    name: str
    variable: bool
    depth: int
    path: tuple[str, ...]
    below: list[Entry] = field(default_factory=list)
    value: object = None
    status: int = 0
    kind: int = 0


async def browse(options: LinkOptions, folder: Path, wanted: Wanted, language: Language) -> int:
    """Print the tree, or the tags. Raises DriverError."""
    connection, orphans = Connection(options, Store(folder)), list[Orphan]()
    await connection.open(None, orphans)
    try:
        start = _start(connection, wanted.start)
        if start is None:
            print(render("opcua.tool.no_start", language, node=wanted.start or ""), file=sys.stderr)
            return 1
        entries, cut = await _tree(connection, start, wanted)
        entries = [entry for entry in entries if _matches(entry, wanted.search)]
        await _read(connection, [entry for entry in entries if entry.variable])
    finally:
        await connection.close(orphans)
    if wanted.yaml is not None:
        print(tags_yaml(entries, connection.namespaces, wanted.yaml, language), end="")
    else:
        for entry in entries:
            print(line(entry, connection.namespaces, flat=wanted.search is not None))
    if cut:
        print(render("opcua.tool.cut", language, most=MOST_NODES), file=sys.stderr)
    return 0


def _start(connection: Connection, text: str | None) -> ua.NodeId | None:
    if text is None:
        return ua.NodeId(ua.ObjectIds.ObjectsFolder)
    try:
        check_node(text)
    except ValueError:
        return None
    uri, _, rest = text.removeprefix("nsu=").partition(";") if text.startswith("nsu=") else ("", "", text)
    if uri and uri not in connection.namespaces:
        return None
    index = connection.namespaces.index(uri) if uri else 0
    return ua.NodeId.from_string(f"ns={index};{rest}")


async def _tree(connection: Connection, start: ua.NodeId, wanted: Wanted) -> tuple[list[Entry], bool]:
    """All nodes level by level, then in the order of a tree; each node once, however often it appears."""
    root = Entry(start, "", False, -1, ())
    seen, level, count, cut = {start}, [root], 0, False
    for depth in range(wanted.depth):
        following: list[Entry] = []
        for some in parts(level, AT_ONCE):
            for parent, references in zip(some, await _children(connection, some), strict=True):
                for reference in references:
                    node = ua.NodeId(reference.NodeId.Identifier, reference.NodeId.NamespaceIndex)
                    server = node.NamespaceIndex == 0 and node.Identifier == SERVER
                    if node in seen or (server and not wanted.everything):
                        continue
                    if (count := count + 1) > MOST_NODES:
                        cut = True
                        break
                    seen.add(node)
                    name = str(reference.BrowseName.Name)
                    variable = reference.NodeClass == ua.NodeClass.Variable
                    entry = Entry(node, name, variable, depth, (*parent.path, name))
                    parent.below.append(entry)
                    following.append(entry)
        level = following
        if not level or cut:
            break
    return list(_in_order(root.below)), cut


def _in_order(entries: Sequence[Entry]) -> Iterator[Entry]:
    for entry in entries:
        yield entry
        yield from _in_order(entry.below)


async def _children(connection: Connection, entries: Sequence[Entry]) -> list[list[ua.ReferenceDescription]]:
    """What stands below each of these, pages followed to their end."""
    asked = [
        ua.BrowseDescription(
            NodeId=entry.node,
            BrowseDirection=ua.BrowseDirection.Forward,
            ReferenceTypeId=ua.NodeId(HIERARCHICAL),
            IncludeSubtypes=True,
            NodeClassMask=OBJECT | VARIABLE,
            ResultMask=63,
        )
        for entry in entries
    ]
    session = connection.client.uaclient.session
    parameters = ua.BrowseParameters(RequestedMaxReferencesPerNode=0, NodesToBrowse=asked)
    results = await connection.within("browse", session.browse(parameters), "read")
    found = [list(result.References or []) for result in results]
    points = {n: result.ContinuationPoint for n, result in enumerate(results) if result.ContinuationPoint}
    while points:
        more = ua.BrowseNextParameters(
            ReleaseContinuationPoints=False, ContinuationPoints=list(points.values())
        )
        pages = await connection.within("browse", session.browse_next(more), "read")
        following = {}
        for n, page in zip(points, pages, strict=True):
            found[n].extend(page.References or [])
            if page.ContinuationPoint:
                following[n] = page.ContinuationPoint
        points = following
    return found


async def _read(connection: Connection, entries: Sequence[Entry]) -> None:
    for some in parts(entries, min(connection.limits.read or AT_ONCE, AT_ONCE)):
        try:
            found = await connection.read(PreparedRead.of([encoded(entry.node) for entry in some]), len(some))
        except ua.UaStatusCodeError as error:
            found = Values([None] * len(some), [error.code] * len(some), [0] * len(some), [0] * len(some))
        kinds = found.kinds if isinstance(found.kinds, list) else [found.kinds] * len(some)
        for entry, value, status, kind in zip(some, found.values, found.statuses, kinds, strict=True):
            entry.value, entry.status, entry.kind = value, status, kind


def _matches(entry: Entry, search: str | None) -> bool:
    return search is None or search.lower() in "/".join(entry.path).lower()


def address_of(node: ua.NodeId, namespaces: Sequence[str]) -> str:
    """A node as it is written in settings: by the URI of its namespace."""
    text = str(node.to_string())
    rest = text.partition(";")[2] if text.startswith("ns=") else text
    return f"nsu={namespaces[node.NamespaceIndex]};{rest}" if node.NamespaceIndex else rest


def line(entry: Entry, namespaces: Sequence[str], *, flat: bool) -> str:
    """One line of the tree."""
    name = "/".join(entry.path) if flat else "  " * entry.depth + entry.name
    if not entry.variable:
        return f"{name}/  [{address_of(entry.node, namespaces)}]"
    kind = KINDS.get(abs(entry.kind), "–") + ("[]" if entry.kind < 0 else "")
    value = _shown(entry.value) if entry.status >> 30 != 2 else name_of(entry.status)
    return f"{name} = {value}  ({kind})  [{address_of(entry.node, namespaces)}]"


def _shown(value: object) -> str:
    if isinstance(value, Text):
        return value.text
    if isinstance(value, Extension):
        return "{…}"
    if isinstance(value, list):
        return "[" + ", ".join(_shown(one) for one in value[:5]) + (", …]" if len(value) > 5 else "]")
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def tags_yaml(entries: Sequence[Entry], namespaces: Sequence[str], place: str, language: Language) -> str:
    """Tags of all variables that hold a number or a text, ready to be named and given units."""
    device, _, group = place.partition("/")
    used: set[str] = set()
    tags = []
    for entry in entries:
        kind = abs(entry.kind)
        if not entry.variable or (kind not in NUMBERS and kind != 12) or entry.kind == 0:
            continue
        address: dict[str, object] = {"node": address_of(entry.node, namespaces)}
        if entry.kind < 0:
            address["element"] = 0
        if kind == 12:
            address["holds"] = "text"
        names = {"en": entry.name, "zh": entry.name}
        tags.append(
            {
                "id": tag_id(entry, used),
                "device": device,
                "group": group or "fast",
                "name": names,
                "address": address,
            }
        )
    head = f"# {render('opcua.tool.yaml_head', language, count=len(tags))}\n"
    return head + yaml.safe_dump({"tags": tags}, allow_unicode=True, sort_keys=False, width=110)


def tag_id(entry: Entry, used: set[str]) -> str:
    """A tag id from the node's name; with the names above it where that is needed to be unique."""
    for length in range(1, len(entry.path) + 1):
        made = re.sub(r"[^A-Za-z0-9_-]+", "_", "_".join(entry.path[-length:])).strip("_")[:60]
        made = made if made[:1].isalpha() else f"t_{made}"
        if made not in used:
            break
    else:
        made = f"{made[:55]}_{len(used)}"
    used.add(made)
    return made
