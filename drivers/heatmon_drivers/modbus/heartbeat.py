"""Heartbeats inside a stream of RTU frames: a modem puts them before, behind and into answers."""

from __future__ import annotations

from collections.abc import Iterator

from heatmon_drivers.modbus.block import BlockRead
from heatmon_drivers.modbus.framing import ForeignReplyError, RtuFraming


def without_heartbeats(received: bytearray, heartbeat: bytes) -> bytearray:
    """What is left after the heartbeats at the beginning."""
    while heartbeat and received.startswith(heartbeat):
        received = received[len(heartbeat) :]
    return received


class WithHeartbeats(RtuFraming):
    """RTU frames among heartbeats: what the checksum proves is an answer, else a heartbeat is left out."""

    def __init__(self, heartbeat: bytes) -> None:
        self._heartbeat = heartbeat

    def data(self, read: BlockRead, received: bytearray) -> bytes | None:
        """As `Framing.data`."""
        try:
            answer = super().data(read, received)
        except ForeignReplyError:
            if not self._heartbeat:
                raise
            return self._among(read, received)
        return answer

    def _among(self, read: BlockRead, received: bytearray) -> bytes | None:
        """The answer without a heartbeat, None while it may still become one. Raises ForeignReplyError."""
        waits = False
        for candidate in self._candidates(received):
            try:
                answer = super().data(read, candidate)
            except ForeignReplyError:
                continue
            if answer is not None:
                return answer
            waits = True
        if waits:
            return None
        raise ForeignReplyError("neither an answer nor a heartbeat")

    def _candidates(self, received: bytearray) -> Iterator[bytearray]:
        """The bytes without heartbeats at the beginning, then also without one anywhere, even one that
        has only begun."""
        heartbeat = self._heartbeat
        front = without_heartbeats(received, heartbeat)
        yield front
        at = front.find(heartbeat)
        while at >= 0:
            yield without_heartbeats(front[:at] + front[at + len(heartbeat) :], heartbeat)
            at = front.find(heartbeat, at + 1)
        for size in range(min(len(heartbeat) - 1, len(front)), 0, -1):
            if front.endswith(heartbeat[:size]):
                yield front[:-size]
