"""Who may do what, over the real socket: the kernel says who asks, persons.yaml says what they are."""

from __future__ import annotations

import asyncio
import getpass
import json
from pathlib import Path

import pytest

from heatmon.control import LINE_MAX, ControlClient, ControlServer, SocketTaken
from heatmon.core.authority import ALL, ENGINE_VERBS, SHELL_VERBS, may
from heatmon.core.input import Role
from tests.e2e.house import House, house

ARGUMENTS = {
    "alarm": "P2R_HH",
    "tag": "vmk",
    "value": "12 m3",
    "volume": "1 m3",
    "duration": "1 h",
    "reason": "test",
    "text": "seen",
    "only_show": "yes",
}
ROLE_REFUSED = ("control.role", "refused.role")


def arguments(verb: str) -> dict[str, str]:
    wanted = {**ENGINE_VERBS, **SHELL_VERBS}[verb].arguments
    return {one.name: ARGUMENTS[one.name] for one in wanted if one.name in ARGUMENTS}


async def become(at: House, role: Role | None) -> None:
    """Whoever runs the tests has this role from now on, or is nobody here."""
    folder = at.folders[0]
    person = f"  - {{id: tester, name: T, role: {role}, os_user: {getpass.getuser()}}}\n"
    (folder / "persons.yaml").write_text("persons:" + ("\n" + person if role else " []\n"), encoding="utf-8")
    await at.daemon.reload()


@pytest.mark.parametrize("role", [*ALL, None])
async def test_every_verb_and_role(tmp_path: Path, role: Role | None) -> None:
    async with house(tmp_path) as at:
        await become(at, role)
        for verb in (*ENGINE_VERBS, *SHELL_VERBS):
            answer = await at.ask(verb, 0, **arguments(verb))
            allowed = may(role or "viewer", verb)
            assert (answer["code"] not in ROLE_REFUSED) == allowed, (verb, answer)
            if not allowed:
                assert not answer["ok"]
        refusals = [e for e in await at.journal(0) if e["code"] == "command.refused"]
        assert {e["payload"]["verb"] for e in refusals if e["payload"]["reason"] == "refused.role"} == {
            verb for verb in ENGINE_VERBS if not may(role or "viewer", verb)
        }


async def test_a_person_removed_has_no_access_and_keeps_the_entries(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        await become(at, "operator")
        assert (await at.ask("note", 0, text="on duty"))["ok"]
        await become(at, None)
        assert (await at.ask("note", 0, text="still here"))["code"] == "refused.role"
        entries = await at.journal(0)
        assert [e["actor"] for e in entries if e["code"] == "note"] == ["tester@socket/uid"]


async def test_the_same_id_gets_the_first_answer_even_while_it_is_in_work(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        clients = [ControlClient(tmp_path / "run" / "control.sock") for _ in range(5)]
        answers = await asyncio.gather(
            *(client.ask("note", "once", "HX-000", text="only once") for client in clients)
        )
        for client in clients:
            await client.close()
        assert all(answer == answers[0] for answer in answers)
        assert answers[0]["ok"]
        assert [e["code"] for e in await at.journal(0)].count("note") == 1


async def test_what_is_no_request_is_answered_and_hurts_nobody(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        reader, writer = await asyncio.open_unix_connection(str(tmp_path / "run" / "control.sock"))
        lines: list[object] = [
            None, 5, [], "x", {}, {"v": 1}, {"v": 2, "id": "a", "verb": "status"},
            {"v": 1, "id": 5, "verb": "status"}, {"v": 1, "id": "a", "verb": "status", "args": []},
            {"v": 1, "id": "a", "verb": "status", "station": 5},
        ]  # fmt: skip
        for line in lines:
            writer.write(json.dumps(line).encode() + b"\n")
            answer = json.loads(await reader.readline())
            assert (answer["ok"], answer["code"]) == (False, "control.malformed")
        writer.write(b"\xff\xfe\n")
        assert json.loads(await reader.readline())["code"] == "control.malformed"
        for args in ({"lines": "many"}, {"lines": -1}, {"lines": None}, {"lines": 1e400}):
            request = {"v": 1, "id": "b", "station": "HX-000", "verb": "journal", "args": args}
            writer.write(json.dumps(request).encode() + b"\n")
            assert json.loads(await reader.readline())["code"] == "control.lines"
        writer.write(b"x" * (2 * LINE_MAX))
        assert await reader.read() == b""
        writer.close()
        assert (await at.ask("status", 0))["ok"]


async def test_a_station_must_be_named_where_there_are_several(tmp_path: Path) -> None:
    async with house(tmp_path, 2) as at:
        answer = await at.ask("ack_all")
        assert answer["code"] == "control.which_station"
        assert answer["params"]["known"] == "HX-000, HX-001"
        assert (await at.ask("status", 7))["code"] == "control.unknown_station"


async def test_two_daemons_never_share_a_socket_and_a_dead_one_is_taken_over(tmp_path: Path) -> None:
    async def nothing(*_: object) -> dict[str, object]:
        return {}

    path = tmp_path / "control.sock"
    first, second = ControlServer(path, nothing), ControlServer(path, nothing)
    await first.start()
    try:
        assert path.stat().st_mode & 0o777 == 0o660
        with pytest.raises(SocketTaken):
            await second.start()
    finally:
        await first.stop()
    assert not path.exists()
    left_behind = await asyncio.start_unix_server(lambda _r, _w: None, str(path))
    left_behind.close()
    await left_behind.wait_closed()
    await second.start()
    await second.stop()
