"""What a server was asked: the proof that nobody tried to write."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass

from heatmon_simulators.modbus.frames import READ_FUNCTIONS, Request

#: The newest requests are kept; older ones stay in the counters only.
KEPT_REQUESTS = 10_000


@dataclass(frozen=True, slots=True)
class Asked:
    """One request with the number of its connection and the loop's time of its arrival, s."""

    request: Request
    connection: int
    at_s: float


class Record:
    """Queue `requests`: bounded at 10 000, the oldest falls out; the counters never forget."""

    def __init__(self) -> None:
        self.requests: deque[Asked] = deque(maxlen=KEPT_REQUESTS)
        self.functions: Counter[int] = Counter()
        self.units: Counter[int] = Counter()
        #: Everything that was not a plain read (function 1…4): must stay empty.
        self.writes: deque[Asked] = deque(maxlen=1000)
        self.bad_frames = 0
        #: On a paced serial line: requests before the silence of 3.5 characters was over.
        self.too_soon = 0
        self.connections = 0
        self.refused_connections = 0

    def note(self, request: Request, connection: int, at_s: float) -> None:
        """Keep one request."""
        asked = Asked(request, connection, at_s)
        self.requests.append(asked)
        self.functions[request.function] += 1
        self.units[request.unit] += 1
        if request.function not in READ_FUNCTIONS:
            self.writes.append(asked)

    @property
    def total(self) -> int:
        """Requests since the start."""
        return self.functions.total()
