"""OPC UA: subscriptions and reads over a secured channel; it cannot write, call or change anything."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel

from heatmon.core.spec import Device, Group, Link, Tag
from heatmon.driver import ReadPlan, Session
from heatmon_drivers.opcua.options import Address, DeviceOptions, LinkOptions
from heatmon_drivers.opcua.plan import make_plan


def default_folder() -> Path:
    """Where keys and certificates are unless told otherwise: the daemon's own state folder."""
    if value := os.environ.get("STATE_DIRECTORY"):
        return Path(value.split(":")[0]) / "drivers" / "opcua"
    return Path.home() / ".local" / "state" / "heatmon" / "drivers" / "opcua"


class OpcUaDriver:
    """The entry point's object."""

    name = "opcua"
    link_options: type[BaseModel] = LinkOptions
    device_options: type[BaseModel] = DeviceOptions
    address: type[BaseModel] = Address

    def plan(self, link: Link, device: Device, group: Group, tags: Sequence[Tag]) -> ReadPlan:
        """As `heatmon.driver.Driver.plan`."""
        return make_plan(link, device, group, tags)

    def open(self, link: Link, folder: Path | None = None) -> Session:
        """As `heatmon.driver.Driver.open`."""
        # asyncua costs 28 MB and half a second: only where a link is opened.
        from heatmon_drivers.opcua.certificates import Store
        from heatmon_drivers.opcua.session import OpcUaSession

        return OpcUaSession(LinkOptions.model_validate(link.options), Store(folder or default_folder()))


DRIVER = OpcUaDriver()
