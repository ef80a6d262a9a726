"""The pollers of a station: one a link, under supervision, replaced only where its wiring changed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from heatmon.app.shared import Running, Shared
from heatmon.catalogue import render_fields
from heatmon.core.input import LinkChange, SystemNotice
from heatmon.core.scan import Origin
from heatmon.core.spec import Link, StationSpec
from heatmon.driver import Block, Message, Notice, ReadPlan, installed
from heatmon.runtime.poller import Poller
from heatmon.runtime.ticker import phase_ns

log = logging.getLogger("heatmon")


def start_pollers(shared: Shared, running: Running) -> None:
    """Start a poller for every link that has tags and no poller yet."""
    spec = running.shell.engine.spec
    for index, link in enumerate(spec.links):
        plans = plans_of(spec, link.id, running.loaded.plans)
        if plans and link.id not in running.watched:
            make = _maker(shared, running, link, plans, phase_ns(running.number + index))
            running.watched[link.id] = shared.supervisor.add(make, _stuck_teller(running, link.id))


async def stop_pollers(shared: Shared, running: Running, links: frozenset[str]) -> None:
    """Stop the pollers of these links; returns when they are closed, or after a second each."""
    for link_id in links & running.watched.keys():
        await shared.supervisor.remove(running.watched.pop(link_id))


def rewired(old: StationSpec, new: StationSpec) -> frozenset[str]:
    """Links whose poller must be replaced when `new` follows `old`: anything about reading changed."""
    before, after = _wirings(old), _wirings(new)
    return frozenset(link for link, wiring in before.items() if after.get(link) != wiring)


def _wirings(spec: StationSpec) -> dict[str, tuple[Any, ...]]:
    """Everything that a link's reads depend on, the order of the columns included."""
    return {
        link.id: (
            link,
            tuple(
                (device.id, device.options, group.id, group.period_s, tag.id, tag.address)
                for device in spec.devices
                if device.link == link.id
                for group in device.groups
                for tag in spec.columns(device.id, group.id)
            ),
        )
        for link in spec.links
    }


def plans_of(
    spec: StationSpec, link_id: str, plans: Mapping[tuple[str, str], ReadPlan]
) -> list[tuple[ReadPlan, float]]:
    """The plans of one link with their periods in seconds."""
    return [
        (plans[device.id, group.id], group.period_s)
        for device in spec.devices
        if device.link == link_id
        for group in device.groups
        if (device.id, group.id) in plans
    ]


def _maker(
    shared: Shared, running: Running, link: Link, plans: list[tuple[ReadPlan, float]], offset_ns: int
) -> Callable[[], Poller]:
    shell = running.shell

    def deliver(device: str, group: str, due_ns: int, block: Block) -> None:
        shell.deliver(device, group, due_ns, block)

    def changed(up: bool, why: Message) -> None:
        shell.accept(LinkChange(link.id, _devices(running, link.id), up, why.code, params=why.params))

    def late(device: str, group: str, due_ns: int, block: Block) -> None:
        shell.deliver(device, group, due_ns, block, Origin.BACKFILL)

    def last_good(device: str, group: str) -> int | None:
        engine = shell.engine
        tags = engine.spec.columns(device, group)
        times = [engine.last_good_ns(engine.table.index[tag.id]) for tag in tags]
        return max((time for time in times if time is not None), default=None)

    def notify(notice: Notice) -> None:
        log.warning("%s %s: %s", shell.id, link.id, render_fields(notice.code, "en", notice.params))
        if notice.priority:
            fields = {**notice.params, "link": link.id, "priority": notice.priority}
            shell.accept(SystemNotice(notice.code, fields))

    def make() -> Poller:
        return Poller(
            link,
            installed()[link.driver].open(link, shared.state / "drivers" / link.driver),
            plans,
            clock=shared.clock,
            ticker=shared.ticker,
            offset_ns=offset_ns,
            deliver=deliver,
            changed=changed,
            notify=notify,
            late=late,
            last_good=last_good,
        )

    return make


def _stuck_teller(running: Running, link_id: str) -> Callable[[str], None]:
    def told(reason: str) -> None:
        code, devices = "driver.poller_replaced", _devices(running, link_id)
        running.shell.accept(
            LinkChange(link_id, devices, False, code, params={"why": reason, "priority": "P2"})
        )

    return told


def _devices(running: Running, link_id: str) -> tuple[str, ...]:
    return tuple(device.id for device in running.shell.engine.spec.devices if device.link == link_id)
