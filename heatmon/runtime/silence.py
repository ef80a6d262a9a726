"""Silent devices on a shared link: how long they rest, and when silence means that the link is dead.

Pure. A dead unit costs the others its timeouts, so it is asked one short request at growing
intervals, and all silence together gets at most one part in eleven of the line's time. One answer
that is lost is no death: where the share allows, such a device is asked again in its next cycle. A link
is in doubt when two devices in a row stay silent that had been answering, or when all are silent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

SECOND: Final = 1_000_000_000
REST_FACTOR: Final = 10
"""Each unanswered request adds ten times what it cost to the time until somebody silent is asked."""
REST_MAX_S: Final = 300.0
HALF_OPEN_AFTER: Final = 2
"""Unanswered requests in a row after which the connection itself is in doubt."""


@dataclass(slots=True)
class DeviceState:
    """Whether a device answers, and when a silent one is asked again (station time).

    met: it has answered at least once since it was last found silent. probe_ns: 0 when it is to be asked
    in its next cycle.
    """

    silent: bool = False
    met: bool = False
    rest_ns: int = 0
    probe_ns: int = 0


class Silence:
    """Of the devices of one link. Times are station time; `factor`: its seconds in a wall second."""

    def __init__(self, devices: Mapping[str, DeviceState], factor: float) -> None:
        self._devices = devices
        self._longest_ns = int(REST_MAX_S * SECOND * factor)
        self._probe_ns = 0
        self._unanswered = 0
        self._suspects: list[DeviceState] = []

    def rests(self, device: DeviceState, now: int) -> bool:
        """Whether a silent device is left in peace now. Where nobody answers, nobody is disturbed."""
        if not device.probe_ns:
            return False
        return now < max(device.probe_ns, self._probe_ns) and not self._all_silent()

    def next_ns(self, device: DeviceState) -> int:
        """When a device is asked again at the earliest."""
        if not device.silent or not device.probe_ns or self._all_silent():
            return 0
        return max(device.probe_ns, self._probe_ns)

    def answered(self, device: DeviceState) -> None:
        """It answered."""
        if device.silent and self._all_silent():
            # They fell silent together, and they may come back together.
            for other in self._devices.values():
                other.rest_ns = other.probe_ns = 0
            self._probe_ns = 0
        device.silent, device.met, device.rest_ns = False, True, 0
        self._unanswered = 0
        if self._suspects:
            self._suspects.clear()

    def missed(self, device: DeviceState, began: int, now: int) -> bool:
        """It stayed silent from `began` to `now`; whether the link itself is in doubt."""
        rest = REST_FACTOR * (now - began)
        excused = device.met and began >= self._probe_ns
        self._probe_ns = max(now, self._probe_ns) + rest
        if excused:
            device.rest_ns = device.probe_ns = 0
        else:
            device.rest_ns = min(self._longest_ns, max(rest, 2 * device.rest_ns))
            device.probe_ns = now + device.rest_ns
        if device.met:
            self._suspects.append(device)
        device.silent, device.met = True, False
        self._unanswered += 1
        if self._unanswered < HALF_OPEN_AFTER:
            return False
        if len(self._suspects) < HALF_OPEN_AFTER and not self._all_silent():
            return False
        # On a new connection those that were blamed are asked at once.
        for suspect in self._suspects:
            suspect.silent, suspect.rest_ns, suspect.probe_ns = False, 0, 0
        self._suspects.clear()
        self._unanswered = self._probe_ns = 0
        return True

    def _all_silent(self) -> bool:
        return all(device.silent for device in self._devices.values())
