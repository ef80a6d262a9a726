"""Heating curves as the makers of controllers publish them.

Where a formula is a community's reading of a manual the docstring says so: it is for judging a
station whose controller runs it, not for designing one.
"""

from __future__ import annotations

from heatmon.core.curve.family import NOTHING, Beyond, CurveValue, Steady, sensible


class ViessmannCurve(Steady):
    """Slope (Neigung) s and level (Niveau) L: T = T_r + L − s·a·(k + 0.021 a + 247.9e-6 a²), a = T_out − T_r.

    k = 1.4347; single-circuit heat pumps 1.148987 with 5 K added at the end. Source: Vitoguide formula in
    the PyViCare project, issue 238; a user found it within 2.5 K of a manual.
    """

    __slots__ = ("_level_k", "_linear", "_plus_k", "_room_c", "_slope")

    def __init__(self, slope: float, level_k: float, room_c: float, heat_pump: bool = False) -> None:
        self._slope, self._level_k, self._room_c = slope, level_k, room_c
        self._linear, self._plus_k = (1.148987, 5.0) if heat_pump else (1.4347, 0.0)

    def at(self, outdoor_c: float, room_k: float = 0.0, stage: int = 0) -> CurveValue:
        """The polynomial; heating off (supply = room) when it is as warm outside as inside."""
        del stage
        if not sensible(outdoor_c, room_k):
            return NOTHING
        room = self._room_c + room_k
        a = min(0.0, outdoor_c - room)
        bent = a * (self._linear + 0.021 * a + 247.9e-6 * a * a)
        beyond: Beyond = "mild" if a >= 0.0 else ""
        return CurveValue(room + self._level_k - self._slope * bent + self._plus_k, beyond=beyond)


class SiemensTiltCurve(Steady):
    """Siemens RVP/RVD: a line through the tilting point (22 °C outdoor, 20 °C flow) of slope s.

    The real curve is slightly bent and meets the line at 22 and at 0 °C; its form is not published. bent:
    20 + 22 s·((22 − T)/22)^(1/1.3), an approximation. The RVD shows s times ten. A room change of ΔT_R
    moves the flow by ΔT_R·(1 + s). Source: RVD230 p. 43/50, RVP201 p. 17.
    """

    __slots__ = ("_bent", "_slope")

    def __init__(self, slope: float, bent: bool = True) -> None:
        self._slope, self._bent = slope, bent

    def at(self, outdoor_c: float, room_k: float = 0.0, stage: int = 0) -> CurveValue:
        """The line or its bent form, and (1 + s) for each K of room setpoint."""
        del stage
        if not sensible(outdoor_c, room_k):
            return NOTHING
        below = max(0.0, 22.0 - outdoor_c)
        share = (below / 22.0) ** (1.0 / 1.3) * 22.0 if self._bent else below
        beyond: Beyond = "mild" if below <= 0.0 else ""
        return CurveValue(20.0 + self._slope * share + room_k * (1.0 + self._slope), beyond=beyond)


class SiemensTwoPointCurve(Steady):
    """Siemens RVL: a line through the flow temperatures at −5 and +15 °C, and a parallel shift.

    The shift, like a room change, acts times (1 + s). Source: RVL471 p. 44/46, RVL481 p. 40/45.
    """

    __slots__ = ("_at_minus_5_c", "_shift_k", "_slope")

    def __init__(self, at_minus_5_c: float, at_plus_15_c: float, shift_k: float = 0.0) -> None:
        self._at_minus_5_c, self._shift_k = at_minus_5_c, shift_k
        self._slope = (at_minus_5_c - at_plus_15_c) / 20.0

    def at(self, outdoor_c: float, room_k: float = 0.0, stage: int = 0) -> CurveValue:
        """The line plus (shift + room change)·(1 + s)."""
        del stage
        if not sensible(outdoor_c, room_k):
            return NOTHING
        base = self._at_minus_5_c - self._slope * (outdoor_c + 5.0)
        return CurveValue(base + (self._shift_k + room_k) * (1.0 + self._slope))


def siemens_room_influence_k(measured_c: float, wanted_c: float, authority: float, slope: float) -> float:
    """Room influence of the RVL: ΔT_Rw = VF/2·(T_Rw − T_Rx), of the flow times (1 + s)."""
    return authority / 2.0 * (wanted_c - measured_c) * (1.0 + slope)


class SamsonCurve(Steady):
    """Samson TROVIS 557x: gradient g (0.2…3.2) and level L (−30…30 K), room setpoint T_set.

    T = 24 + L + 2 g (T_set − 20) − (0.1 + 0.9 g)·(1.5 (T_out − 20) + 0.01 (T_out − 20)²). Source: community
    code samson_trovis_557x (heizkurve.py), points of the TROVIS 5573 manual p. 47.
    """

    __slots__ = ("_gradient", "_level_k", "_room_c")

    def __init__(self, gradient: float, level_k: float = 0.0, room_c: float = 20.0) -> None:
        self._gradient, self._level_k, self._room_c = gradient, level_k, room_c

    def at(self, outdoor_c: float, room_k: float = 0.0, stage: int = 0) -> CurveValue:
        """The formula, flat once it is 20 °C outside."""
        del stage
        if not sensible(outdoor_c, room_k):
            return NOTHING
        g, away = self._gradient, min(0.0, outdoor_c - 20.0)
        rise = (0.1 + 0.9 * g) * (1.5 * away + 0.01 * away * away)
        supply = 24.0 + self._level_k + 2.0 * g * (self._room_c + room_k - 20.0) - rise
        return CurveValue(supply, beyond="mild" if away >= 0.0 else "")


class PowerCurve(Steady):
    """A curve that rises with a power of the room's excess: T = T_r + L + k·(T_r − T_out)^x.

    `two_point`: through a design point with the emitters' exponent, as controllers after EN 12098 do:
    T = T_r + (T_des − T_r)·((T_r − T_out)/(T_r − T_out,des))^(1/n). `heat_pump`: the generic form
    T = T_r + 1.83 s (T_r − T_out)^0.83.
    """

    __slots__ = ("_exponent", "_factor", "_room_c")

    def __init__(self, room_c: float, factor: float, exponent: float) -> None:
        self._room_c, self._factor, self._exponent = room_c, factor, exponent

    @classmethod
    def two_point(cls, room_c: float, supply_c: float, outdoor_c: float, n: float) -> PowerCurve:
        """Through (outdoor_c, supply_c); emitters of exponent n."""
        return cls(room_c, (supply_c - room_c) / (room_c - outdoor_c) ** (1.0 / n), 1.0 / n)

    @classmethod
    def heat_pump(cls, room_c: float, slope: float) -> PowerCurve:
        """The generic form of heat-pump controllers."""
        return cls(room_c, 1.83 * slope, 0.83)

    def at(self, outdoor_c: float, room_k: float = 0.0, stage: int = 0) -> CurveValue:
        """The power law; heating off (supply = room) when it is as warm outside as inside."""
        del stage
        if not sensible(outdoor_c, room_k):
            return NOTHING
        room = self._room_c + room_k
        below = max(0.0, room - outdoor_c)
        beyond: Beyond = "mild" if below <= 0.0 else ""
        return CurveValue(room + self._factor * below**self._exponent, beyond=beyond)
