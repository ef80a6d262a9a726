"""Modbus: TCP, TLS, RTU over TCP and RTU on a serial line; function codes 1 to 4, reading only."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel

from heatmon.core.spec import Device, Group, Link, Tag
from heatmon.driver import ReadPlan, Session
from heatmon_drivers.modbus.options import Address, DeviceOptions, LinkOptions
from heatmon_drivers.modbus.plan import make_plan


class ModbusDriver:
    """The entry point's object."""

    name = "modbus"
    link_options: type[BaseModel] = LinkOptions
    device_options: type[BaseModel] = DeviceOptions
    address: type[BaseModel] = Address

    def plan(self, link: Link, device: Device, group: Group, tags: Sequence[Tag]) -> ReadPlan:
        """As `heatmon.driver.Driver.plan`."""
        return make_plan(link, device, group, tags)

    def open(self, link: Link, folder: Path | None = None) -> Session:
        """As `heatmon.driver.Driver.open`."""
        # pymodbus is imported when a link is opened, not when settings are checked.
        from heatmon_drivers.modbus.session import ModbusSession

        return ModbusSession(LinkOptions.model_validate(link.options))


DRIVER = ModbusDriver()
