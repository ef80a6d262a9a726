"""Every answer played by a stub: what goes out next, what is told, and that nothing is lost."""

from __future__ import annotations

import datetime as dt
import ssl
from pathlib import Path

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from heatmon.catalogue import render
from heatmon.core.spec import Destination
from tests.export.fixture import START, Hand, Path_, Store, destination
from tests.export.middle import Decide, Middle, Said, middle
from tests.export.victoria import free_port

HTML = {"Content-Type": "text/html"}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "state")
    made.fill(START, 100)
    return made


def delivered(between: Middle) -> list[str]:
    return [line for request in between.requests for line in request]


async def one(store: Store, decide: Decide, **more: object) -> tuple[Path_, Middle]:
    """One turn against a server that decides so."""
    async with middle(None, decide) as between:
        path = Path_(store.state, destination(between.url, **more), Hand(START))
        await path.forwarder.turn()
        await path.close()
    return path, between


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (Said(401, body="unauthorized"), "forward.unauthorized"),
        (Said(403), "forward.forbidden"),
        (Said(404, body="bucket not found"), "forward.not_found"),
        (Said(200, HTML, "<html>log in</html>"), "forward.page"),
        (Said(301, {"Location": "https://elsewhere/"}), "forward.redirect"),
        (Said(410), "forward.status"),
        (Said(429, {"Retry-After": "90"}), "forward.busy"),
        (Said(503), "forward.busy"),
        (Said(500, body="shard is broken"), "forward.server"),
    ],
    ids=lambda case: case if isinstance(case, str) else str(case.status),
)
async def test_a_batch_stays_and_is_sent_again_when_the_wait_is_over(
    store: Store, said: Said, code: str
) -> None:
    answers = iter([said])
    async with middle(None, lambda _: next(answers, None)) as between:
        path = Path_(store.state, destination(between.url), Hand(START))
        await path.forwarder.turn()
        trouble = path.forwarder.trouble
        assert trouble is not None
        assert trouble.code == code
        assert "\n" not in render(code, "zh", **trouble.params)
        assert path.sent == 0
        assert path.forwarder.progress.past == path.claims.passed()
        assert await path.forwarder.turn() > 0, "nothing goes out before its time"
        await path.run()
        assert path.forwarder.trouble is None
        assert between.requests[0] == between.requests[1], "the very same lines"
        assert sorted(delivered(between)[len(between.requests[0]) :]) == sorted(store.text().splitlines())
        await path.close()


async def test_retry_after_is_kept(store: Store) -> None:
    async with middle(None, lambda _: Said(503, {"Retry-After": "90"})) as between:
        path = Path_(store.state, destination(between.url), Hand(START))
        await path.forwarder.turn()
        assert 89 < await path.forwarder.turn() <= 90
        await path.close()


async def test_413_halves_until_it_fits_and_everything_arrives_once(store: Store) -> None:
    taken: list[str] = []

    def most_100(lines: list[str]) -> Said | None:
        if len(lines) > 100:
            return Said(413)
        taken.extend(lines)
        return None

    async with middle(None, most_100) as between:
        path = Path_(store.state, destination(between.url), Hand(START))
        await path.run()
        assert sorted(taken) == sorted(store.text().splitlines())
        assert path.sent == len(taken)
        await path.close()


async def test_a_poisoned_line_is_named_and_parked_and_the_rest_arrives(store: Store) -> None:
    store.fill(START + 100 * 10**9, 400)
    poison = store.text().splitlines()[3210]
    taken: list[str] = []

    def decide(lines: list[str]) -> Said | None:
        if poison in lines:
            return Said(422, body="field type conflict: value is integer")
        taken.extend(lines)
        return None

    async with middle(None, decide) as between:
        path = Path_(store.state, destination(between.url), Hand(START))
        await path.run()
        assert sorted([*taken, poison]) == sorted(store.text().splitlines())
        (parked,) = path.ledger.parked("tsdb")
        assert parked.line.strip() == poison
        assert parked.why == "422: field type conflict: value is integer"
        assert [line.strip() for line, _ in path.forwarder.take_parked()] == [poison]
        assert len(between.requests) < 35
        # Still refused when it is tried again, then mended at the other end.
        assert path.ledger.ask_again("tsdb", None) == 1
        await path.run()
        assert path.ledger.parked_count("tsdb") == 1
        between.decide = lambda lines: taken.extend(lines)
        path.ledger.ask_again("tsdb", [parked.id])
        await path.run()
        assert path.ledger.parked_count("tsdb") == 0
        assert sorted(taken) == sorted(store.text().splitlines())
        hours = sum(hour.sent for hour in path.ledger.unchecked("tsdb", 1 << 40))
        assert hours == 5000
        await path.close()


async def test_a_server_that_refuses_everything_parks_nothing(store: Store) -> None:
    async with middle(None, lambda _: Said(400, body="unsupported path")) as between:
        path = Path_(store.state, destination(between.url), Hand(START))
        while (await path.forwarder.turn()) == 0:
            pass
        assert path.forwarder.trouble is not None
        assert path.forwarder.trouble.code == "forward.refuses_all"
        assert path.ledger.parked_count("tsdb") == 0
        assert path.sent == 0
        between.decide = lambda _: None
        await path.run()
        assert path.sent == len(store.text().splitlines())
        await path.close()


async def test_the_token_is_shown_as_the_settings_say(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TSDB", "user:pass")
    for auth, shown in (
        ("token", "Token user:pass"),
        ("bearer", "Bearer user:pass"),
        ("basic", "Basic dXNlcjpwYXNz"),
    ):
        store.event("note", START, text=auth)
        _, between = await one(store, lambda _: None, token="${env:TSDB}", auth=auth)
        assert between.tokens == [shown]


async def trouble_of(store: Store, to: Destination) -> str:
    """The one line a person reads about a destination that cannot work."""
    path = Path_(store.state, to, Hand(START))
    await path.forwarder.turn()
    trouble, sent = path.forwarder.trouble, path.sent
    await path.close()
    assert trouble is not None
    assert sent == 0
    return f"{trouble.code} {render(trouble.code, 'en', **trouble.params)}"


async def test_each_wrong_setting_is_one_line_with_its_remedy(store: Store, tmp_path: Path) -> None:
    said = await trouble_of(store, destination(f"http://127.0.0.1:{free_port()}"))
    assert "no connection" in said
    assert "check that the server runs" in said
    said = await trouble_of(store, destination("http://no-such-host.invalid"))
    assert "name in `url` is not known" in said
    said = await trouble_of(store, destination("http://127.0.0.1:1", token="${env:NOT_THERE}"))
    assert said.startswith("forward.secret")
    said = await trouble_of(store, destination("https://127.0.0.1:1", ca_file=str(tmp_path / "none.pem")))
    assert said.startswith("forward.certificate")
    async with middle(None, lambda _: None) as plain:
        said = await trouble_of(store, destination(plain.url.replace("http", "https")))
        assert said.startswith("forward.tls")
        proxied = destination("http://tsdb.example", proxy=f"http://127.0.0.1:{free_port()}")
        assert "no connection" in await trouble_of(store, proxied)
    async with middle(None, lambda _: Said(200, HTML, "<html>")) as portal:
        said = await trouble_of(store, destination("http://tsdb.example", proxy=portal.url))
        assert "a proxy or a login page stands in between" in said
    async with middle(None) as loop:
        loop.decide = lambda _: Said(307, {"Location": loop.url})
        said = await trouble_of(store, destination(loop.url))
        assert f"sends us on to {loop.url}" in said
        assert len(loop.requests) == 1, "an endless redirect is not followed once"


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, private = folder / "ca.pem", folder / "key.pem"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, private)
    return pem, context


async def test_a_certificate_is_trusted_only_by_its_authority_and_name(store: Store, tmp_path: Path) -> None:
    pem, context = certificate(tmp_path)

    async def take(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(status=204)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    assert site._server is not None
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]  # of a TCP server
    try:
        said = await trouble_of(store, destination(f"https://localhost:{port}"))
        assert said.startswith("forward.certificate")
        assert "ca_file" in said
        said = await trouble_of(store, destination(f"https://127.0.0.1:{port}", ca_file=str(pem)))
        assert said.startswith("forward.certificate"), "another name than the certificate's"
        path = Path_(store.state, destination(f"https://localhost:{port}", ca_file=str(pem)), Hand(START))
        await path.run()
        assert path.sent == len(store.text().splitlines())
        await path.close()
    finally:
        await runner.cleanup()


async def test_a_server_whose_clock_is_off_is_told(store: Store) -> None:
    path, _ = await one(store, lambda _: Said(204, {"Date": "Tue, 25 Nov 2025 12:00:00 GMT"}))
    assert path.forwarder.server_offset_s == 12 * 3600
