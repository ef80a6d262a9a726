"""What acts on the plant from outside: weather, primary network, people, and things that break."""

from __future__ import annotations


class Boundary:
    """Mutable conditions of the next step. The defaults are a sound station on its design day."""

    __slots__ = (
        "circulation_speed",
        "dp_primary_bar",
        "exchanger_leak_area_m2",
        "leak_area_m2",
        "makeup_enabled",
        "makeup_stuck_on",
        "power_on",
        "primary_shut",
        "raw_water_on",
        "relief_blocked",
        "setpoint_c",
        "solar_share",
        "strainer_growth",
        "t_outdoor_c",
        "t_primary_c",
        "valve_stuck_at",
    )

    def __init__(self) -> None:
        self.t_outdoor_c = -7.0
        #: Sunshine on the facades as a share of the full solar gain, 0…1.
        self.solar_share = 0.0
        self.t_primary_c = 110.0
        self.dp_primary_bar = 1.0
        #: A block valve in the primary, shut by hand: no flow whatever the control valve does.
        self.primary_shut = False
        self.setpoint_c = 60.0
        #: Speed of the circulation pump as a share of 50 Hz; 0 = stopped.
        self.circulation_speed = 1.0
        self.power_on = True
        self.makeup_enabled = True
        self.makeup_stuck_on = False
        self.raw_water_on = True
        self.relief_blocked = False
        self.leak_area_m2 = 0.0
        self.exchanger_leak_area_m2 = 0.0
        #: Position 0…1 to which the valve runs and then stays, whatever the controller asks; None = free.
        self.valve_stuck_at: float | None = None
        #: Growth of the system's resistance by a clogged strainer: S·(1 + growth).
        self.strainer_growth = 0.0
