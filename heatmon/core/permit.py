"""Permission to fill the system: a volume and a time, by whom and why. Its water is booked apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class FillPermit:
    """A permit to fill; number 0 stands for none so far. until_ns: station time."""

    number: int = 0
    active: bool = False
    volume_m3: float = 0.0
    until_ns: int = 0
    reason: str = ""
    by: str = ""

    @property
    def id(self) -> str:
        """``fill#3``."""
        return f"fill#{self.number}"

    def shown(self) -> dict[str, Any]:
        """The permit as pages show it."""
        return {
            "id": self.id,
            "volume_m3": self.volume_m3,
            "until_ns": self.until_ns,
            "reason": self.reason,
            "by": self.by,
        }

    def dump(self) -> dict[str, Any]:
        """State for the checkpoint."""
        return asdict(self)

    @classmethod
    def load(cls, state: Mapping[str, Any]) -> FillPermit:
        """From a dumped state."""
        return cls(**state)
