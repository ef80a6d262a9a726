"""One Modbus link of a station, served: TCP, RTU over TCP or a serial line that exists only here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any

from heatmon.catalogue import Language, render
from heatmon.core.spec import Link, StationSpec
from heatmon_drivers.modbus.options import LinkOptions
from heatmon_simulators.modbus import faults
from heatmon_simulators.modbus.bank import Unit
from heatmon_simulators.modbus.faults import Fault, FaultBoard, Where
from heatmon_simulators.modbus.image import Image
from heatmon_simulators.modbus.serial import SerialServer
from heatmon_simulators.modbus.tcp import ModbusServer
from heatmon_simulators.scenario.events import WireEvent
from heatmon_simulators.serve import Show, Wiring


class ModbusLink:
    """Serves every device of the link with the register map of the station's own settings."""

    def __init__(self, spec: StationSpec, link: Link, wiring: Wiring, show: Show) -> None:
        self.link = link.id
        self._wiring, self._show = wiring, show
        self._seen: float | None = None
        self._images = [
            Image(
                device,
                [tag for tag in spec.tags if tag.device == device.id],
                wiring.units,
                wiring.scenario.signals,
            )
            for device in spec.devices
            if device.link == link.id
        ]
        units: dict[int, Unit] = {image.unit: image.bank for image in self._images}
        kind = wiring.transport or LinkOptions.model_validate(link.options).transport.kind
        self._faults = FaultBoard()
        self.server: ModbusServer | SerialServer
        if kind == "rtu":
            self.server = SerialServer(units, faults=self._faults, before_answer=self._refresh)
        else:
            self.server = ModbusServer(
                units,
                host=wiring.host,
                port=wiring.port,
                framing="rtu" if kind == "rtu_over_tcp" else "tcp",
                faults=self._faults,
                before_answer=self._refresh,
            )
        self._kind = "tcp" if kind == "tls" else kind

    @property
    def missing(self) -> Sequence[str]:
        """Tags for which the plant has no value; they are answered with exception 2."""
        return [tag for image in self._images for tag in image.missing]

    @property
    def overrides(self) -> Mapping[str, Any]:
        """The settings under which a daemon finds this server."""
        where: dict[str, Any] = {"kind": self._kind}
        if isinstance(self.server, SerialServer):
            where["device"] = str(self.server.path)
        else:
            where |= {"host": self.server.host, "port": self.server.port}
        return {f"links.{self.link}.options.transport": where}

    def lines(self, language: Language) -> list[str]:
        """What people need to point a client at it."""
        where = (
            str(self.server.path)
            if isinstance(self.server, SerialServer)
            else f"{self.server.host}:{self.server.port}"
        )
        said = [render(f"sim.where.{self._kind}", language, link=self.link, where=where)]
        said.extend(
            render("sim.unit", language, unit=image.unit, span=image.span or "–") for image in self._images
        )
        return said

    async def start(self) -> None:
        """Answer. OSError when the port is taken."""
        self._refresh()
        await self.server.start()

    async def close(self) -> None:
        """Stop answering."""
        await self.server.close()

    async def spoil(self, event: WireEvent, stack: AsyncExitStack) -> None:
        """Begin a wire fault; leaving `stack` ends it."""
        if event.wire == "offline":
            if isinstance(self.server, ModbusServer):
                await stack.enter_async_context(self.server.offline())
                return
            event = event.model_copy(update={"wire": "silence"})
        stack.enter_context(self._faults.fault(fault_of(event, self._wiring.scenario.seed)))

    def _refresh(self) -> None:
        values, moment = self._show()
        if moment != self._seen:
            self._seen = moment
            for image in self._images:
                image.show(values)


def fault_of(event: WireEvent, seed: int) -> Fault:
    """The fault of a scenario's line."""
    where = _where(event, seed)
    seconds = (event.delay_ms or 0.0) / 1000.0
    keep = event.keep or 0
    match event.wire:
        case "delay":
            return faults.delay(seconds, **where)
        case "late":
            return faults.late(seconds, **where)
        case "idle_close":
            return faults.idle_close(seconds)
        case "refuse":
            return faults.refuse()
        case "truncate":
            return faults.truncate(keep, **where)
        case "garbage":
            return faults.garbage(keep, **where)
        case "exception":
            return faults.exception(event.code or 1, **where)
        case "resized":
            return faults.resized(1, **where)
        case "mixed":
            return faults.mixed(seed, (event.chance_pct or 0.0) / 100.0)
        case _:
            return _PLAIN[event.wire](**where)


_PLAIN: Mapping[str, Callable[..., Fault]] = {
    "trickle": faults.trickle,
    "silence": faults.silence,
    "reset": faults.reset,
    "hang_up": faults.hang_up,
    "noise_before": faults.noise_before,
    "bad_crc": faults.bad_crc,
    "wrong_transaction": faults.wrong_transaction,
    "swapped_transactions": faults.swapped_transactions,
    "foreign_protocol": faults.foreign_protocol,
    "wrong_unit": faults.wrong_unit,
    "wrong_function": faults.wrong_function,
    "wrong_byte_count": faults.wrong_byte_count,
    "duplicate": faults.duplicate,
}


def _where(event: WireEvent, seed: int) -> Where:
    where: Where = {"seed": seed}
    if event.unit is not None:
        where["unit"] = event.unit
    if event.function is not None:
        where["function"] = event.function
    if event.address is not None:
        where["address"] = event.address
    if event.every_nth is not None:
        where["every"] = event.every_nth
    if event.chance_pct is not None:
        where["chance"] = event.chance_pct / 100.0
    return where
