"""Properties of liquid water after IAPWS-IF97: region 1 (liquid) and region 4 (saturation).

Source: IAPWS R7-97(2012), equations 7 (region 1), 30 and 31 (region 4), tables 2 and 34. Pressures
are absolute, in MPa; temperatures in °C. Outside 0…350 °C, outside 0.0006…100 MPa, and above the
boiling point every function of the liquid gives NaN: there is no liquid to speak of.

`Liquid` is the same at one fixed pressure, from a table: 0.4 µs a call instead of 20, and within
0.001 kg/m³ and 0.001 kJ/kg. Between 0.2 and 1.6 MPa ρ moves by 0.06 % only, so that the
balances of a station use `LIQUID`, water at 0.6 MPa.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Final

ATMOSPHERE_MPA: Final = 0.101325
KELVIN: Final = 273.15
GAS_KJ_KG_K: Final = 0.461526

# Exponents I and J, coefficient n of equation 7.
_REGION_1: Final = (
    (0, -2, 0.14632971213167), (0, -1, -0.84548187169114), (0, 0, -3.756360367204),
    (0, 1, 3.3855169168385), (0, 2, -0.95791963387872), (0, 3, 0.15772038513228),
    (0, 4, -0.016616417199501), (0, 5, 8.1214629983568e-4), (1, -9, 2.8319080123804e-4),
    (1, -7, -6.0706301565874e-4), (1, -1, -0.018990068218419), (1, 0, -0.032529748770505),
    (1, 1, -0.021841717175414), (1, 3, -5.283835796993e-5), (2, -3, -4.7184321073267e-4),
    (2, 0, -3.0001780793026e-4), (2, 1, 4.7661393906987e-5), (2, 3, -4.4141845330846e-6),
    (2, 17, -7.2694996297594e-16), (3, -4, -3.1679644845054e-5), (3, 0, -2.8270797985312e-6),
    (3, 6, -8.5205128120103e-10), (4, -5, -2.2425281908e-6), (4, -2, -6.5171222895601e-7),
    (4, 10, -1.4341729937924e-13), (5, -8, -4.0516996860117e-7), (8, -11, -1.2734301741641e-9),
    (8, -6, -1.7424871230634e-10), (21, -29, -6.8762131295531e-19), (23, -31, 1.4478307828521e-20),
    (29, -38, 2.6335781662795e-23), (30, -39, -1.1947622640071e-23), (31, -40, 1.8228094581404e-24),
    (32, -41, -9.3537087292458e-26),
)  # fmt: skip
_REGION_4: Final = (
    1167.0521452767, -724213.16703206, -17.073846940092, 12020.82470247, -3232555.0322333,
    14.91510861353, -4823.2657361591, 405113.40542057, -0.23855557567849, 650.17534844798,
)  # fmt: skip


def _is_liquid(t_c: float, p_mpa: float) -> bool:
    return 0.0 <= t_c <= 350.0 and 0.0006 <= p_mpa <= 100.0 and p_mpa >= saturation_pressure_mpa(t_c) * 0.9999


def density_kg_m3(t_c: float, p_mpa: float = 0.6) -> float:
    """Density of liquid water: ρ = p / (R T π γ_π). NaN outside the liquid."""
    if not _is_liquid(t_c, p_mpa):
        return math.nan
    a, b = 7.1 - p_mpa / 16.53, 1386.0 / (t_c + KELVIN) - 1.222
    slope = -sum(n * i * a ** (i - 1) * b**j for i, j, n in _REGION_1 if i)
    return 16.53 * 1000.0 / (GAS_KJ_KG_K * (t_c + KELVIN) * slope)


def enthalpy_kj_kg(t_c: float, p_mpa: float = 0.6) -> float:
    """Specific enthalpy of liquid water: h = R T τ γ_τ. NaN outside the liquid."""
    if not _is_liquid(t_c, p_mpa):
        return math.nan
    a, b = 7.1 - p_mpa / 16.53, 1386.0 / (t_c + KELVIN) - 1.222
    return GAS_KJ_KG_K * 1386.0 * sum(n * a**i * j * b ** (j - 1) for i, j, n in _REGION_1 if j)


def heat_capacity_kj_kg_k(t_c: float, p_mpa: float = 0.6) -> float:
    """Isobaric heat capacity of liquid water: c_p = −R τ² γ_ττ. NaN outside the liquid."""
    if not _is_liquid(t_c, p_mpa):
        return math.nan
    a, tau = 7.1 - p_mpa / 16.53, 1386.0 / (t_c + KELVIN)
    b = tau - 1.222
    bend = sum(n * a**i * j * (j - 1) * b ** (j - 2) for i, j, n in _REGION_1 if j not in (0, 1))
    return -GAS_KJ_KG_K * tau * tau * bend


def saturation_pressure_mpa(t_c: float) -> float:
    """Absolute pressure at which water of this temperature boils (0…373 °C), equation 30; else NaN."""
    if not 0.0 <= t_c <= 373.946:
        return math.nan
    n1, n2, n3, n4, n5, n6, n7, n8, n9, n10 = _REGION_4
    t = t_c + KELVIN
    theta = t + n9 / (t - n10)
    a = theta * theta + n1 * theta + n2
    b = n3 * theta * theta + n4 * theta + n5
    c = n6 * theta * theta + n7 * theta + n8
    return float((2.0 * c / (-b + math.sqrt(b * b - 4.0 * a * c))) ** 4)


def saturation_temperature_c(p_mpa: float) -> float:
    """Temperature at which water boils under an absolute pressure (0.00062…22 MPa), equation 31."""
    if not 0.00061122 <= p_mpa <= 22.064:
        return math.nan
    n1, n2, n3, n4, n5, n6, n7, n8, n9, n10 = _REGION_4
    beta = math.sqrt(math.sqrt(p_mpa))
    e = beta * beta + n3 * beta + n6
    f = n1 * beta * beta + n4 * beta + n7
    g = n2 * beta * beta + n5 * beta + n8
    d = 2.0 * g / (-f - math.sqrt(f * f - 4.0 * e * g))
    return (n10 + d - math.sqrt((n10 + d) ** 2 - 4.0 * (n9 + n10 * d))) / 2.0 - KELVIN


def atmosphere_mpa(altitude_m: float) -> float:
    """Mean absolute air pressure at an altitude (ICAO standard atmosphere, −500…11 000 m)."""
    height_m = min(max(altitude_m, -500.0), 11_000.0)
    return float(ATMOSPHERE_MPA * (1.0 - 2.25577e-5 * height_m) ** 5.25588)


class Liquid:
    """ρ(t) and h(t) at one absolute pressure, straight lines between points 0.5 K apart, 0…150 °C.

    Outside, or for NaN, the answer is NaN.
    """

    __slots__ = ("_enthalpy", "_rho")

    STEP_K: Final = 0.5
    MAX_C: Final = 150.0

    def __init__(self, p_mpa: float) -> None:
        points = [self.STEP_K * k for k in range(int(self.MAX_C / self.STEP_K) + 1)]
        self._rho = [density_kg_m3(t, p_mpa) for t in points]
        self._enthalpy = [enthalpy_kj_kg(t, p_mpa) for t in points]

    def density_kg_m3(self, t_c: float) -> float:
        """ρ in kg/m³."""
        return _between(self._rho, t_c)

    def enthalpy_kj_kg(self, t_c: float) -> float:
        """h in kJ/kg."""
        return _between(self._enthalpy, t_c)


def _between(column: list[float], t_c: float) -> float:
    if not 0.0 <= t_c < Liquid.MAX_C:
        return math.nan
    place = t_c * 2.0
    k = int(place)
    low = column[k]
    return low + (place - k) * (column[k + 1] - low)


@cache
def liquid(p_mpa: float = 0.6) -> Liquid:
    """The table of one absolute pressure, made once (about 10 ms)."""
    return Liquid(p_mpa)
