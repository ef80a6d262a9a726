"""The settings of a station as frozen models: one definition for YAML, checks, engine and replay."""

from heatmon.core.spec.alarm import Alarm, Level, NamedLimit, Priority, When
from heatmon.core.spec.base import Listed, Model, Words
from heatmon.core.spec.calendar import Calendar, CalendarYear
from heatmon.core.spec.curve import AnyCurve, Curve, CurvePoint, Outdoor, TableCurve
from heatmon.core.spec.destination import Destination
from heatmon.core.spec.notify import Notify
from heatmon.core.spec.plant import Device, Group, Link, Options, Range, Tag, TagState, Totaliser
from heatmon.core.spec.pressure import Pressure
from heatmon.core.spec.secret import Secret, SecretReference
from heatmon.core.spec.station import Person, Season, Station, StationSpec
from heatmon.core.spec.told import told
from heatmon.core.spec.water import Water

__all__ = [
    "Alarm",
    "AnyCurve",
    "Calendar",
    "CalendarYear",
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
    "Notify",
    "Options",
    "Outdoor",
    "Person",
    "Pressure",
    "Priority",
    "Range",
    "Season",
    "Secret",
    "SecretReference",
    "Station",
    "StationSpec",
    "TableCurve",
    "Tag",
    "TagState",
    "Totaliser",
    "Water",
    "When",
    "Words",
    "told",
]
