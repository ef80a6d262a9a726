"""A simulated OPC UA server on a thread of its own, made once for all tests: that takes a second."""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from asyncua import ua
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from heatmon_simulators.opcua.server import POLICIES, Access, OpcUaServer

T = TypeVar("T")
PATIENCE_S = 180.0
"""A machine that runs other tests at the same time is no fault of a server."""


class ServerThread:
    """The server, and a way to have it do something while the test waits."""

    def __init__(self, access: Access | None = None, *, history: bool = True) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="opcua server")
        self._thread.start()
        self.server = OpcUaServer(access=access, history=history)
        self.do(self.server.start())

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.close()

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Carry out in the server's own loop; returns when it is done."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S)

    async def doing(self, work: Coroutine[Any, Any, T]) -> T:
        """As `do`, without keeping the test's own loop from running."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    def end(self) -> None:
        """Stop server and thread."""
        self.do(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    async def _stop(self) -> None:
        await self.server.stop()
        mine = asyncio.current_task()
        rest = [task for task in asyncio.all_tasks() if task is not mine]
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)


@dataclass(frozen=True, slots=True)
class Secured:
    """A server with every policy; `user` is the certificate (and `key` its key) of somebody who may read."""

    there: ServerThread
    folder: Path
    user: Path
    key: Path

    @property
    def server(self) -> OpcUaServer:
        return self.there.server

    @property
    def certificate(self) -> x509.Certificate:
        """The server's."""
        return x509.load_der_x509_certificate((self.folder / "server.der").read_bytes())


def secured_server(folder: Path) -> Secured:
    """One user by password (reader, s3cret) and one by certificate; nobody else."""
    user, key = self_signed(folder)
    access = Access(
        policies=tuple(POLICIES),
        users={"reader": "s3cret"},
        certificates=(user.read_bytes(),),
        folder=folder,
        anonymous=False,
    )
    made = ServerThread(access)
    made.do(made.server.add("T1", 72.5))
    made.do(made.server.add("名称", "运行", ua.VariantType.String))
    made.do(made.server.add("Array", [1.0, 2.0]))
    return Secured(made, folder, user, key)


def self_signed(
    folder: Path, days: float = 365.0, *, begins: float = -1.0, ca: bool = False
) -> tuple[Path, Path]:
    """A certificate of somebody and its key, as files."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "somebody")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + dt.timedelta(days=begins))
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / "user.der", folder / "user.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.DER))
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    private.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain))
    return certificate, private
