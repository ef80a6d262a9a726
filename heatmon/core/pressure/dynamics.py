"""What pressures say about pumps, strainers and exchangers, and a pump trip as one event."""

from __future__ import annotations

import math
from collections import deque
from typing import Any, Final

from heatmon.core.filters import SECOND

MPA_PER_M: Final = 983.0 * 9.80665e-6
CROSSINGS_NS: Final = 3600 * SECOND
TRIP_NS: Final = 15 * SECOND
TRIP_SHARE: Final = 0.2
SHOWN_NS: Final = 300 * SECOND
JOUKOWSKY_A_M_S: Final = 1200.0


def pump_mpa(head_m: float, k: float, flow_m3h: float, frequency_hz: float = 50.0) -> float:
    """What the pump should give: (H0 n² − k Q²)·ρ g, n = f/50 Hz; 0 beyond its curve."""
    n = frequency_hz / 50.0
    return max(0.0, head_m * n * n - k * flow_m3h * flow_m3h) * MPA_PER_M


def clean_loss_mpa(clean_mpa: float, flow_m3h: float, clean_flow_m3h: float) -> float | None:
    """Loss of a clean strainer or exchanger at this flow: Δp0·(Q/Q0)²; None without a flow."""
    if not (flow_m3h > 0.0 and clean_flow_m3h > 0.0):
        return None
    return clean_mpa * (flow_m3h / clean_flow_m3h) ** 2


def hammer_mpa(stopped_m_s: float, density_kg_m3: float = 983.0) -> float:
    """Joukowsky: Δp = ρ a Δv; 1.18 MPa for each m/s stopped at once. Lasts less than polling can see."""
    return density_kg_m3 * JOUKOWSKY_A_M_S * stopped_m_s * 1e-6


class Crossings:
    """How often the pressure rose through the middle of its band in the last hour."""

    __slots__ = ("_above", "_half_mpa", "_middle_mpa", "_times")

    def __init__(self, middle_mpa: float, band_mpa: float) -> None:
        self._middle_mpa, self._half_mpa = middle_mpa, 0.25 * band_mpa
        self._above: bool | None = None
        self._times: deque[int] = deque(maxlen=240)

    def feed(self, p_mpa: float, now_ns: int) -> None:
        """A good sample. A quarter of the band on each side keeps noise from counting."""
        if p_mpa > self._middle_mpa + self._half_mpa:
            if self._above is False:
                self._times.append(now_ns)
            self._above = True
        elif p_mpa < self._middle_mpa - self._half_mpa:
            self._above = False

    def per_h(self, now_ns: int) -> int:
        """Cycles within the last hour."""
        while self._times and now_ns - self._times[0] > CROSSINGS_NS:
            self._times.popleft()
        return len(self._times)

    def dump(self) -> list[Any]:
        """State as JSON."""
        return [self._above, list(self._times)]

    def load(self, state: list[Any]) -> None:
        """Take a dumped state over."""
        self._above = state[0]
        self._times = deque(state[1], maxlen=240)


class PumpTrip:
    """A pump trip or power failure as one event, with what was seen first.

    Supply minus return falls below a fifth of what it was within 15 s, or the last run feedback is lost.
    ``first`` names what came first: ``pressure`` or ``feedback``; it stands for 5 min.
    """

    __slots__ = ("_heads", "_running", "first", "since_ns")

    def __init__(self) -> None:
        self._heads: deque[tuple[int, float]] = deque(maxlen=64)
        self._running = False
        self.first = ""
        self.since_ns: int | None = None

    def head(self, p_mpa: float, now_ns: int) -> None:
        """Supply minus return, MPa."""
        heads = self._heads
        while heads and now_ns - heads[0][0] > TRIP_NS:
            heads.popleft()
        before = max((one for _, one in heads), default=-math.inf)
        if before > 0.05 and p_mpa < TRIP_SHARE * before:
            self._note("pressure", now_ns)
        heads.append((now_ns, p_mpa))

    def feedback(self, running: bool, now_ns: int) -> None:
        """Whether any circulation pump runs."""
        if self._running and not running:
            self._note("feedback", now_ns)
        self._running = running

    def _note(self, what: str, now_ns: int) -> None:
        if self.since_ns is None or now_ns - self.since_ns > SHOWN_NS:
            self.first, self.since_ns = what, now_ns

    def standing(self, now_ns: int) -> bool:
        """Whether the event is shown."""
        return self.since_ns is not None and now_ns - self.since_ns <= SHOWN_NS

    def dump(self) -> list[Any]:
        """State as JSON."""
        return [[list(head) for head in self._heads], self._running, self.first, self.since_ns]

    def load(self, state: list[Any]) -> None:
        """Take a dumped state over."""
        heads, self._running, self.first, self.since_ns = state
        self._heads = deque(((int(t), float(p)) for t, p in heads), maxlen=64)
