"""Modbus inside TLS against a real TLS server: what is wrong with a certificate is said in so many words."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from heatmon.catalogue import render
from heatmon.core.quality import Quality
from heatmon.driver import DriverError, Session
from heatmon_drivers.modbus import DRIVER
from heatmon_simulators.modbus.bank import holding_registers
from heatmon_simulators.modbus.tcp import ModbusServer
from tests.certificates import Authority, Issued
from tests.unit.runtime.bench import link, plan


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"))


@asynccontextmanager
async def server(issued: Issued | None, *, asks_for_ours: Path | None = None) -> AsyncIterator[ModbusServer]:
    context = None
    if issued is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(issued.certificate, issued.key)
        if asks_for_ours is not None:
            context.load_verify_locations(asks_for_ours)
            context.verify_mode = ssl.CERT_REQUIRED
    async with ModbusServer({1: holding_registers(list(range(20)))}, tls=context) as running:
        yield running


def session(running: ModbusServer | Demanding, ca: Path, **tls: Any) -> Session:
    files = {key: str(value) for key, value in tls.items()}
    transport = {"kind": "tls", "host": "127.0.0.1", "port": running.port, "ca": str(ca)} | files
    return DRIVER.open(link(transport=transport))


async def connect_code(made: Session) -> str:
    try:
        with pytest.raises(DriverError) as caught:
            await made.connect()
    finally:
        await made.close()
    error = caught.value
    assert error.phase == "connect"
    texts = [render(error.message.code, language, **error.message.params) for language in ("en", "zh")]
    assert texts[0] != texts[1]
    return error.message.code


async def test_reads_through_tls(authority: Authority) -> None:
    async with server(authority.issue("127.0.0.1")) as running:
        made = session(running, authority.file)
        await made.connect()
        block = await made.read(plan(link(), 1)[0])
        assert list(block.values) == list(range(10))
        assert set(block.qualities) == {Quality.GOOD}
        await made.close()


@pytest.mark.parametrize(
    ("name", "begins", "ends", "code"),
    [
        ("plc.example", -1, 365, "modbus.tls.wrong_name"),
        ("127.0.0.1", -30, -1, "modbus.tls.expired"),
        ("127.0.0.1", 5, 30, "modbus.tls.not_yet_valid"),
    ],
)
async def test_a_bad_certificate_is_named(
    authority: Authority, name: str, begins: int, ends: int, code: str
) -> None:
    async with server(authority.issue(name, begins_days=begins, ends_days=ends)) as running:
        assert await connect_code(session(running, authority.file)) == code


async def test_an_authority_that_we_do_not_know_is_not_trusted(authority: Authority, tmp_path: Path) -> None:
    stranger = Authority(tmp_path, "stranger")
    async with server(stranger.issue("127.0.0.1")) as running:
        assert await connect_code(session(running, authority.file)) == "modbus.tls.untrusted"


async def test_a_port_without_tls_is_told(authority: Authority) -> None:
    async with server(None) as running:
        made = session(running, authority.file)
        assert await connect_code(made) == "modbus.tls.cut"


async def test_files_that_cannot_be_used_are_named(authority: Authority, tmp_path: Path) -> None:
    async with server(authority.issue("127.0.0.1")) as running:
        missing, wrong = tmp_path / "no.pem", tmp_path / "wrong.pem"
        wrong.write_text("no certificate\n")
        ours = authority.issue("client")
        for made in (
            session(running, missing),
            session(running, wrong),
            session(running, authority.file, certificate=ours.certificate, key=wrong),
        ):
            assert await connect_code(made) == "modbus.tls.file"


class Demanding:
    """A plain TLS server that asks for our certificate, and says by a TLS alert when it does not like it.

    asyncio's server only cuts the connection then; devices send the alert.
    """

    def __init__(self, issued: Issued, trusts: Path) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(issued.certificate, issued.key)
        self._context.load_verify_locations(trusts)
        self._context.verify_mode = ssl.CERT_REQUIRED
        # With TLS 1.3 the refusal comes after the client believes that it is connected.
        self._context.maximum_version = ssl.TLSVersion.TLSv1_2
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> Demanding:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with contextlib.suppress(OSError), self._context.wrap_socket(client, server_side=True):
                pass
            client.close()


async def test_a_server_that_wants_our_certificate(authority: Authority, tmp_path: Path) -> None:
    stranger = Authority(tmp_path, "stranger").issue("client")
    with Demanding(authority.issue("127.0.0.1"), authority.file) as running:
        assert await connect_code(session(running, authority.file)) == "modbus.tls.wants_ours"
        made = session(running, authority.file, certificate=stranger.certificate, key=stranger.key)
        assert await connect_code(made) == "modbus.tls.refused_ours"
    async with server(authority.issue("127.0.0.1"), asks_for_ours=authority.file) as modbus:
        ours = authority.issue("client")
        made = session(modbus, authority.file, certificate=ours.certificate, key=ours.key)
        await made.connect()
        assert list((await made.read(plan(link(), 1)[0])).values) == list(range(10))
        await made.close()
