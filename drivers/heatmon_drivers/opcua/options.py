"""What the settings say of an OPC UA link, a device on it, and the address of a tag."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Final, Literal, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from heatmon.core.spec import Secret
from heatmon.core.spec.base import Id, Line, Listed, Model, Positive, Seconds, written
from heatmon.core.spec.told import told

Finite = Annotated[float, Field(allow_inf_nan=False)]
Endpoint = Annotated[str, StringConstraints(pattern=r"^opc\.tcp://[^\s/@]+(/\S*)?$")]
Policy = Literal[
    "best",
    "None",
    "Basic256Sha256",
    "Aes128_Sha256_RsaOaep",
    "Aes256_Sha256_RsaPss",
    "Basic256",
    "Basic128Rsa15",
]
RETIRED: Final = frozenset({"Basic256", "Basic128Rsa15"})
Mode = Literal["sign", "sign_and_encrypt"]


class Security(Model):
    """How the channel is secured.

    policy: `best` is the strongest one the server offers that is not retired; `None` and retired
    ones are used only when they are named. accept_expired: go on when the trusted server's certificate
    has expired. allow_plain_password: send a password where neither channel nor token is encrypted.
    """

    policy: Policy = "best"
    mode: Mode = "sign_and_encrypt"
    accept_expired: bool = False
    allow_plain_password: bool = False


class User(Model):
    """Who reads: a name with its password, or a certificate with its key (PEM or DER files)."""

    name: Line | None = None
    password: Secret | None = None
    certificate: Line | None = None
    key: Line | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        by_name = self.name is not None and self.password is not None
        by_certificate = self.certificate is not None and self.key is not None
        given = [
            value for value in (self.name, self.password, self.certificate, self.key) if value is not None
        ]
        if by_name == by_certificate or len(given) != 2:
            raise told("opcua.options.user")
        return self


class LinkOptions(Model):
    """A server. Times are wall time.

    timeout: how long one request may take. session_timeout: how long the server keeps a session that
    nobody uses; it is asked for and revised by the server. application_uri: our own name in our
    certificate; only for servers that insist on another one.
    """

    endpoint: Endpoint
    security: Security = Security()
    user: User | None = None
    timeout_s: Annotated[Seconds, Positive] = written("4 s")
    connect_timeout_s: Annotated[Seconds, Positive] = written("15 s")
    session_timeout_s: Annotated[Seconds, Field(ge=10, le=3600)] = written("60 s")
    application_uri: Line | None = None


class Deadband(Model):
    """Smaller changes are not notified: `absolute` in the node's unit, or `percent` of its EURange."""

    absolute: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    percent: Annotated[float, Field(gt=0, le=100)] | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.absolute is None) == (self.percent is None):
            raise told("opcua.options.deadband")
        return self


class Reading(Model):
    """How a poll group is read.

    subscribe: the server tells changes; poll: every node is read each cycle. publishing and sampling
    default to the group's period. verify: how often a subscribed group is read whole, to find values
    that no longer arrive. retry: how often nodes that give no value are looked for again. queue: how
    many changes the server keeps between two publications. history: whether missed intervals are
    fetched from the server's history.
    """

    mode: Literal["subscribe", "poll"] = "subscribe"
    publishing_s: Annotated[Seconds, Field(ge=0.05, le=3600)] | None = None
    sampling_s: Annotated[Seconds, Field(ge=0, le=3600)] | None = None
    queue: Annotated[int, Field(ge=1, le=1000)] = 10
    deadband: Deadband | None = None
    verify_s: Annotated[Seconds, Field(ge=1, le=86400)] = written("60 s")
    retry_s: Annotated[Seconds, Field(ge=0.2, le=3600)] = written("10 s")
    history: bool = True


class DeviceOptions(Model):
    """Part of a server. reading: for all groups; groups: {group id: other than that}.

    max_nodes: most nodes in one request, where the server states no limit or a wrong one.
    """

    reading: Reading = Reading()
    groups: Mapping[Id, Reading] = Field(default_factory=dict)
    max_nodes: Annotated[int, Field(ge=1, le=100_000)] = 1000

    def of(self, group: str) -> Reading:
        """How one group is read."""
        return self.groups.get(group, self.reading)


NODE: Final = re.compile(
    r"(?:nsu=(?P<uri>[^;]+);)?"
    r"(?:i=\d{1,10}|s=.+|g=[0-9a-fA-F-]{36}|b=[A-Za-z0-9+/=]+)\Z",
    re.DOTALL,
)
_NUMBERED: Final = re.compile(r"(?:ns=(\d+);)")
_STEP: Final = re.compile(r"(?:nsu=(?P<uri>[^;]+);)?(?P<name>.+)\Z", re.DOTALL)


def check_node(text: str) -> str:
    """A node id that survives a restart of the server; raises what pydantic collects."""
    if _NUMBERED.match(text):
        raise told("opcua.address.numbered", node=text)
    if NODE.match(text) is None:
        raise told("opcua.address.no_node", node=text)
    return text


def step_of(text: str) -> tuple[str | None, str]:
    """A step of a browse path: namespace URI (None: that of the step before) and name."""
    found = _STEP.match(text)
    if found is None or text.startswith("ns="):
        raise told("opcua.address.no_step", step=text)
    return found["uri"], found["name"]


class Address(Model):
    """Where a tag's value is: a node by its id, or by a path from `node` (default: the Objects folder).

    element: index in an array, from 0. member: path in a structure, ``inlet.temperature``.
    holds: number (default) or text. value = raw × scale + offset.
    """

    node: Annotated[str, StringConstraints(max_length=4096)] | None = None
    path: Annotated[Listed[Line], Field(max_length=32)] = ()
    element: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    member: Annotated[str, StringConstraints(pattern=r"^[^.\s]+(\.[^.\s]+)*$")] | None = None
    holds: Literal["number", "text"] = "number"
    scale: Finite = 1.0
    offset: Finite = 0.0

    @field_validator("node")
    @classmethod
    def _node(cls, text: str | None) -> str | None:
        return None if text is None else check_node(text)

    @field_validator("path")
    @classmethod
    def _path(cls, steps: tuple[str, ...]) -> tuple[str, ...]:
        for step in steps:
            step_of(step)
        return steps

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if self.node is None and not self.path:
            raise told("opcua.address.nowhere")
        if self.holds == "text" and (self.scale, self.offset) != (1.0, 0.0):
            raise told("opcua.address.scaled_text")
        return self
