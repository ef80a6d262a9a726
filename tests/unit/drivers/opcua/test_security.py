"""Who talks to whom: policies, users, certificates; trust is an act of a person and nothing else."""

from __future__ import annotations

import datetime as dt
import socket
from pathlib import Path
from typing import Any

import pytest
from asyncua import ua
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from heatmon.driver import DriverError, Session
from heatmon_drivers.opcua import DRIVER
from heatmon_drivers.opcua.certificates import CertificateFault, Store, thumbprint, uris_of
from heatmon_drivers.opcua.security import choose
from heatmon_simulators.opcua.server import POLICIES
from tests.opcua_server import Secured, self_signed
from tests.unit.drivers.opcua.watching import link, named, plan

SECURED = [pair for pair in POLICIES if pair[0] != "None"]


@pytest.fixture(autouse=True)
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLC_PASSWORD", "s3cret")
    monkeypatch.setenv("WRONG_PASSWORD", "guess")


READER = {"name": "reader", "password": "${env:PLC_PASSWORD}"}


async def read_once(there: Secured, folder: Path, **options: Any) -> float:
    wire = link(there.server.url, timeout="10 s", connect_timeout="60 s", **options)
    session: Session = DRIVER.open(wire, folder)
    try:
        await session.connect()
        block = await session.read(plan(wire, named("T1"), mode="poll"))
        assert not any(block.qualities)
        return block.values[0]
    finally:
        await session.close()


async def refusal(there: Secured, folder: Path, **options: Any) -> DriverError:
    with pytest.raises(DriverError) as caught:
        await read_once(there, folder, **options)
    return caught.value


@pytest.fixture
def trusting(secured: Secured, tmp_path: Path) -> Path:
    """Our folder, in which a person has trusted the server."""
    Store(tmp_path).trust(secured.certificate)
    return tmp_path


@pytest.mark.parametrize(("policy", "mode"), SECURED)
async def test_every_policy_and_mode(policy: str, mode: str, secured: Secured, trusting: Path) -> None:
    options = {"security": {"policy": policy, "mode": mode}, "user": READER}
    assert await read_once(secured, trusting, **options) == 72.5


async def test_the_best_policy_is_taken_by_itself(secured: Secured, trusting: Path) -> None:
    wire = link(secured.server.url, security={}, user=READER, timeout="10 s", connect_timeout="60 s")
    session = DRIVER.open(wire, trusting)
    await session.connect()
    facts = session.facts()  # type: ignore[attr-defined]  # what this driver tells beyond the contract
    await session.close()
    assert (facts["policy"], facts["mode"]) == ("Aes256_Sha256_RsaPss", "SignAndEncrypt")


async def test_a_user_by_certificate(secured: Secured, trusting: Path) -> None:
    user = {"certificate": str(secured.user), "key": str(secured.key)}
    assert await read_once(secured, trusting, security={}, user=user) == 72.5


async def test_a_wrong_password_is_told_with_its_remedy(secured: Secured, trusting: Path) -> None:
    user = {"name": "reader", "password": "${env:WRONG_PASSWORD}"}
    error = await refusal(secured, trusting, security={}, user=user)
    assert (error.kind, error.message.code) == ("authentication", "opcua.trouble.user")
    assert secured.server.sessions == 0


async def test_nobody_is_refused_where_a_user_is_wanted(secured: Secured, trusting: Path) -> None:
    error = await refusal(secured, trusting, security={})
    assert error.kind == "authentication"


async def test_a_server_is_never_trusted_in_silence(secured: Secured, tmp_path: Path) -> None:
    await refusal(secured, tmp_path, security={}, user=READER)
    error = await refusal(secured, tmp_path, security={}, user=READER)
    assert (error.kind, error.message.code) == ("encryption", "opcua.certificate.untrusted")
    shown = thumbprint(secured.certificate)
    assert error.message.params["thumbprint"] == shown
    assert (tmp_path / "seen" / f"{shown}.der").exists()
    assert not list((tmp_path / "trusted").glob("*"))


async def test_a_password_goes_only_to_the_trusted_server_also_on_an_open_channel(
    secured: Secured, tmp_path: Path, trusting: Path
) -> None:
    options = {"security": {"policy": "None"}, "user": READER}
    assert (
        await refusal(secured, tmp_path / "empty", **options)
    ).message.code == "opcua.certificate.untrusted"
    assert await read_once(secured, trusting, **options) == 72.5


async def test_an_expired_server_is_refused_unless_that_is_accepted(
    secured: Secured, trusting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Later:
        @staticmethod
        def now(tz: dt.tzinfo) -> dt.datetime:
            return dt.datetime.now(tz) + dt.timedelta(days=400)

    monkeypatch.setattr("heatmon_drivers.opcua.certificates.datetime", Later)
    error = await refusal(secured, trusting, security={}, user=READER)
    assert error.message.code == "opcua.certificate.expired"
    options = {"security": {"accept_expired": True}, "user": READER}
    assert await read_once(secured, trusting, **options) == 72.5


async def test_certificates_that_will_expire_are_told_in_time(
    secured: Secured, trusting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = {"days": 61.0}
    monkeypatch.setattr("heatmon_drivers.opcua.session.days_left", lambda _: left["days"])
    monkeypatch.setattr("heatmon_drivers.opcua.session.EXPIRY_CHECK_S", 0.0)
    wire = link(secured.server.url, security={}, user=READER, timeout="10 s", connect_timeout="60 s")
    session = DRIVER.open(wire, trusting)
    made = plan(wire, named("T1"), mode="poll")
    await session.connect()
    told = []
    for days in (61.0, 59.9, 45.0, 29.0, 6.5, 6.0):
        left["days"] = days
        await session.read(made)
        told += [(one.code, one.params["days"], one.priority) for one in session.notices()]
    await session.close()
    assert told == [
        (f"opcua.expires.{whose}", days, priority)
        for days, priority in ((59, "P3"), (29, "P3"), (6, "P2"))
        for whose in ("own", "server")
    ]


# -- what is offered and chosen -----------------------------------------------------------------------


def offer(*pairs: tuple[str, int]) -> list[ua.EndpointDescription]:
    made = []
    for policy, mode in pairs:
        one = ua.EndpointDescription()
        one.EndpointUrl = "opc.tcp://plc:4840"
        one.SecurityPolicyUri = f"http://opcfoundation.org/UA/SecurityPolicy#{policy}"
        one.SecurityMode = ua.MessageSecurityMode(mode)
        one.ServerCertificate = b"x"
        made.append(one)
    return made


def chosen(offered: list[ua.EndpointDescription], **security: str) -> str:
    options = DRIVER.link_options.model_validate({"endpoint": "opc.tcp://plc:4840", "security": security})
    return choose(offered, options).policy  # type: ignore[arg-type]  # the driver's own model


def test_retired_policies_are_used_only_by_name() -> None:
    weak = offer(("None", 1), ("Basic256", 3), ("Basic128Rsa15", 3))
    with pytest.raises(DriverError) as caught:
        chosen(weak)
    assert caught.value.message.code == "opcua.trouble.only_weak"
    assert chosen(weak, policy="Basic256") == "Basic256"
    assert chosen(weak, policy="None") == "None"


def test_what_is_not_offered_is_told_with_what_is() -> None:
    with pytest.raises(DriverError) as caught:
        chosen(offer(("Basic256Sha256", 2)), policy="Basic256Sha256")
    assert caught.value.message.params["offered"] == "Basic256Sha256/Sign"


# -- certificates -------------------------------------------------------------------------------------


def test_our_certificate_stays_the_same_over_restarts(tmp_path: Path) -> None:
    first, second = Store(tmp_path).own(), Store(tmp_path).own()
    assert thumbprint(first.certificate) == thumbprint(second.certificate)
    assert uris_of(first.certificate) == [f"urn:{socket.gethostname()}:heatmon"]
    assert (tmp_path / "own" / "key.pem").stat().st_mode & 0o777 == 0o600


def test_a_damaged_key_is_told_and_never_replaced_in_silence(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.own()
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = other.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "own" / "key.pem").write_bytes(pem)
    with pytest.raises(ValueError, match="is not the key of"):
        store.own()


def test_a_certificate_that_is_not_yet_valid_points_at_the_clocks(tmp_path: Path) -> None:
    file, _ = self_signed(tmp_path, begins=2.0)
    certificate = x509.load_der_x509_certificate(file.read_bytes())
    store = Store(tmp_path)
    store.trust(certificate)
    with pytest.raises(CertificateFault) as caught:
        store.check(certificate)
    assert caught.value.key == "opcua.certificate.not_yet"


def test_whom_a_trusted_authority_has_signed_is_trusted(tmp_path: Path) -> None:
    authority_file, key_file = self_signed(tmp_path, ca=True)
    authority = x509.load_der_x509_certificate(authority_file.read_bytes())
    key = serialization.load_pem_private_key(key_file.read_bytes(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    now = dt.datetime.now(dt.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "plc")]))
        .issuer_name(authority.subject)
        .public_key(rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + dt.timedelta(days=30))
        .sign(key, hashes.SHA256())
    )
    store = Store(tmp_path / "ours")
    with pytest.raises(CertificateFault):
        store.check(signed)
    store.trust(authority)
    store.check(signed)
