"""The settings of a station as frozen models: one definition for YAML, checks, engine and replay."""

from heatmon.core.spec.alarm import Alarm, Level, NamedLimit, Priority, When
from heatmon.core.spec.base import Listed, Model, Words
from heatmon.core.spec.checks import Curve, CurvePoint, Pressure, Water
from heatmon.core.spec.destination import Destination
from heatmon.core.spec.plant import Device, Group, Link, Options, Range, Tag, Totaliser
from heatmon.core.spec.secret import Secret, SecretReference
from heatmon.core.spec.station import Person, Season, Station, StationSpec
from heatmon.core.spec.told import told

__all__ = [
    "Alarm",
    "Curve",
    "CurvePoint",
    "Destination",
    "Device",
    "Group",
    "Level",
    "Link",
    "Listed",
    "Model",
    "NamedLimit",
    "Options",
    "Person",
    "Pressure",
    "Priority",
    "Range",
    "Season",
    "Secret",
    "SecretReference",
    "Station",
    "StationSpec",
    "Tag",
    "Totaliser",
    "Water",
    "When",
    "Words",
    "told",
]
