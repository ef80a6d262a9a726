"""`heatmon opcua`: what an engineer sees of a server, and that each fault has its own words and remedy."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from heatmon.catalogue import render, texts
from heatmon.cli import main
from heatmon.core.spec import Tag
from heatmon_drivers.opcua import DRIVER
from heatmon_drivers.opcua.certificates import Store, thumbprint
from heatmon_drivers.opcua.options import LinkOptions
from heatmon_drivers.opcua.tools.browse import Wanted, browse
from heatmon_drivers.opcua.tools.doctor import Report, findings
from heatmon_drivers.opcua.tools.trust import show_own, trust
from heatmon_simulators.opcua.proxy import OpcUaProxy
from heatmon_simulators.opcua.server import NAMESPACE
from tests.opcua_server import Secured, ServerThread

PASSWORD = {"name": "reader", "password": "${env:PLC_PASSWORD}"}


@pytest.fixture(autouse=True)
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLC_PASSWORD", "s3cret")
    monkeypatch.setenv("WRONG", "guess")


def options(url: str, **more: Any) -> LinkOptions:
    return LinkOptions.model_validate({"endpoint": url, "timeout": "10 s", "connect_timeout": "60 s"} | more)


def codes(report: Report, *grades: str) -> set[str]:
    return {message.code for grade, message in report.findings if grade in grades}


@pytest.fixture
def trusting(secured: Secured, tmp_path: Path) -> Path:
    Store(tmp_path).trust(secured.certificate)
    return tmp_path


# -- doctor -------------------------------------------------------------------------------------------


async def test_a_healthy_server_has_no_fault(secured: Secured, trusting: Path) -> None:
    report = await findings(options(secured.server.url, user=PASSWORD), trusting)
    assert not report.faulty
    assert {"opcua.doctor.trusted", "opcua.doctor.session", "opcua.doctor.clock"} <= codes(report, "ok")
    assert "opcua.doctor.host" in codes(report, "warning"), (
        "the certificate is for the host name, not 127.0.0.1"
    )
    for _, message in report.findings:
        for language in ("en", "zh"):
            assert render(message.code, language, **message.params)


@pytest.mark.parametrize(
    ("more", "folder", "code"),
    [
        ({"user": PASSWORD}, "empty", "opcua.certificate.untrusted"),
        ({"user": {"name": "reader", "password": "${env:WRONG}"}}, "trusting", "opcua.trouble.user"),
        ({"user": {"name": "reader", "password": "${env:ABSENT}"}}, "trusting", "secret.no_variable"),
        ({}, "trusting", "opcua.doctor.user_wanted"),
    ],
)
async def test_each_fault_has_its_own_words(
    more: dict[str, Any], folder: str, code: str, secured: Secured, trusting: Path
) -> None:
    place = trusting if folder == "trusting" else trusting / "empty"
    report = await findings(options(secured.server.url, **more), place)
    assert code in codes(report, "fault")


async def test_an_expired_and_a_soon_expiring_certificate(
    secured: Secured, trusting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for days, grade, code in (
        (330, "warning", "opcua.expires.server"),
        (400, "fault", "opcua.certificate.expired"),
    ):

        class Later:
            @staticmethod
            def now(tz: dt.tzinfo, days: int = days) -> dt.datetime:
                return dt.datetime.now(tz) + dt.timedelta(days=days)

        monkeypatch.setattr("heatmon_drivers.opcua.certificates.datetime", Later)
        report = await findings(options(secured.server.url, user=PASSWORD), trusting)
        assert code in codes(report, grade)


async def test_nobody_listens_and_no_such_host(tmp_path: Path) -> None:
    closed = await findings(options("opc.tcp://127.0.0.1:1"), tmp_path)
    assert codes(closed, "fault") == {"opcua.trouble.refused"}
    nowhere = await findings(options("opc.tcp://no-such-host.invalid:4840"), tmp_path)
    assert codes(nowhere, "fault") == {"opcua.trouble.no_host"}


@pytest.fixture
async def proxy(opcua_server: ServerThread) -> AsyncIterator[OpcUaProxy]:
    async with OpcUaProxy("127.0.0.1", opcua_server.server.port) as made:
        yield made


async def test_a_server_without_security_is_a_fault_unless_that_is_wanted(
    proxy: OpcUaProxy, tmp_path: Path
) -> None:
    report = await findings(options(proxy.url), tmp_path)
    assert {"opcua.trouble.only_weak", "opcua.tool.no_certificate"} <= codes(report, "fault")
    wanted = await findings(options(proxy.url, security={"policy": "None"}), tmp_path)
    assert not wanted.faulty
    assert "opcua.trouble.only_weak" in codes(wanted, "warning")


async def test_a_hang_and_a_wrong_clock(proxy: OpcUaProxy, tmp_path: Path) -> None:
    open_ = options(proxy.url, security={"policy": "None"}, timeout="300 ms")
    proxy.stalled = "HEL"
    assert codes(await findings(open_, tmp_path), "fault") == {"opcua.timeout.hello"}
    proxy.heal()
    proxy.clock_off_s = 3600.0
    assert "opcua.clock" in codes(await findings(open_, tmp_path), "warning")


def test_every_text_names_a_remedy_or_a_fact_in_both_languages() -> None:
    ours = {key: pair for key, pair in texts().items() if key.startswith(("opcua.doctor", "opcua.trouble"))}
    assert len(ours) > 25
    assert all(english != chinese and english and chinese for english, chinese in ours.values())


# -- trust --------------------------------------------------------------------------------------------


async def test_trust_is_explicit(
    secured: Secured, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wire, store = options(secured.server.url), Store(tmp_path)
    certificate = secured.certificate
    assert await trust(wire, tmp_path, "AB" * 20, "en") == 1
    assert not store.is_trusted(certificate)
    assert thumbprint(certificate) in capsys.readouterr().out
    assert await trust(wire, tmp_path, thumbprint(certificate).lower(), "zh") == 0
    assert store.is_trusted(certificate)
    assert await trust(wire, tmp_path, None, "en") == 0, "it is trusted already: nothing to ask"


async def test_without_a_person_and_without_a_thumbprint_nothing_is_trusted(
    secured: Secured, tmp_path: Path
) -> None:
    assert await trust(options(secured.server.url), tmp_path, None, "en") == 1
    assert not Store(tmp_path).trusted()


def test_our_certificate_is_shown_and_renewed_with_the_old_one_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert show_own(tmp_path, renew=False, language="en") == 0
    first = capsys.readouterr().out
    assert show_own(tmp_path, renew=True, language="en") == 0
    assert capsys.readouterr().out.splitlines()[0] != first.splitlines()[0]
    assert len(list((tmp_path / "own").glob("*-key.pem"))) == 1


# -- browse -------------------------------------------------------------------------------------------


async def test_the_tree_shows_values_and_addresses_that_survive_a_restart(
    secured: Secured, trusting: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wire = options(secured.server.url, user=PASSWORD)
    assert await browse(wire, trusting, Wanted(None, 4, None, False, None), "en") == 0
    lines = capsys.readouterr().out.splitlines()
    assert f"Plant/  [nsu={NAMESPACE};s=plant]" in lines
    assert f"  T1 = 72.5  (Double)  [nsu={NAMESPACE};s=T1]" in lines
    assert f"  Array = [1, 2]  (Double[])  [nsu={NAMESPACE};s=Array]" in lines
    assert not [line for line in lines if line.startswith("Server")]


async def test_search_and_a_start_that_is_not_there(
    secured: Secured, trusting: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wire = options(secured.server.url, user=PASSWORD)
    assert await browse(wire, trusting, Wanted(None, 4, "t1", False, None), "en") == 0
    assert capsys.readouterr().out.splitlines() == [f"Plant/T1 = 72.5  (Double)  [nsu={NAMESPACE};s=T1]"]
    assert await browse(wire, trusting, Wanted("nsu=urn:nothing;s=x", 4, None, False, None), "en") == 1


async def test_the_tags_that_are_written_are_tags(
    secured: Secured, trusting: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wire = options(secured.server.url, user=PASSWORD)
    assert await browse(wire, trusting, Wanted(None, 4, None, False, "plc/fast"), "zh") == 0
    tags = [Tag.model_validate(tag) for tag in yaml.safe_load(capsys.readouterr().out)["tags"]]
    assert {(tag.device, tag.group) for tag in tags} == {("plc", "fast")}
    assert len({tag.id for tag in tags}) == len(tags) == 3
    for tag in tags:
        DRIVER.address.model_validate(tag.address)


def test_the_command_line_says_what_is_wrong_without_a_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEATMON_LANG", "en")
    state = ["--state", str(tmp_path)]
    assert main(["opcua", "browse", "opc.tcp://127.0.0.1:1", "--policy", "None", *state]) == 1
    assert "nobody listens" in capsys.readouterr().err
    assert main(["opcua", "doctor", "http://plc", *state]) == 1
    assert "endpoint" in capsys.readouterr().err
    assert main(["opcua", "certificate", *state]) == 0
    assert "thumbprint" in capsys.readouterr().out
