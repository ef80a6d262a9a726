"""Short messages over a pseudo-terminal: what goes out, what comes in, and every way it fails."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from heatmon.core.spec.channel import SmsModem
from heatmon.notify.channel import Message
from heatmon.notify.channels.modem import ModemChannel
from heatmon.notify.channels.pdu import Received, Report
from heatmon.notify.states import State
from heatmon.runtime.clock import Clock
from tests.notify.gsm import GsmModem, deliver, report
from tests.notify.station import Station, settings

MESSAGE = Message("k", "+8613800138000", "s", "long", "P1 17号站 超压 0.7 MPa 开泄压阀 确认请回复 7K3QZ9")


@pytest.fixture
def modem() -> Iterator[GsmModem]:
    made = GsmModem()
    yield made
    made.close()


def options(modem: GsmModem, **changes: Any) -> dict[str, Any]:
    return {"kind": "sms_modem", "id": "sms", "port": modem.path, "timeout": "2 s"} | changes


def channel(modem: GsmModem, **changes: Any) -> ModemChannel:
    return ModemChannel(SmsModem.model_validate(options(modem, **changes)))


def texts(modem: GsmModem) -> list[str]:
    found = []
    for pdu in modem.sent:
        raw = bytes.fromhex(pdu)
        found.append(raw[16 + (6 if raw[1] & 0x40 else 0) :].decode("utf-16-be"))
    return found


async def test_a_message_goes_out_and_the_network_has_it(modem: GsmModem) -> None:
    way = channel(modem)
    first = await way.send(MESSAGE)
    second = await way.send(MESSAGE)
    await way.close()
    assert (first.verdict, first.ref) == ("taken", "41")
    assert second.ref == "42"
    assert texts(modem) == [MESSAGE.short] * 2
    # The line is set up once.
    assert modem.commands.count("AT+CMGF=0") == 1


async def test_a_long_message_goes_in_parts(modem: GsmModem) -> None:
    way = channel(modem)
    long = Message("k", MESSAGE.to, "s", "t", "压" * 150 + " 7K3QZ9")
    outcome = await way.send(long)
    await way.close()
    assert outcome.ref == "43"
    assert "".join(texts(modem)) == long.short


async def test_the_pin_is_given_once(modem: GsmModem, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HM_PIN", "1234")
    modem.pin = "1234"
    way = channel(modem, pin="${env:HM_PIN}")
    assert (await way.send(MESSAGE)).verdict == "taken"
    await way.close()


@pytest.mark.parametrize(
    ("trouble", "verdict"),
    [
        ({"PDU": "+CMS ERROR: 331"}, "broken"),
        ({"PDU": "+CMS ERROR: 21"}, "refused"),
        ({"PDU": "ERROR"}, "broken"),
        ({"AT+CMGS": "+CMS ERROR: 310"}, "refused"),
        ({"AT+CMGF": "ERROR"}, "broken"),
        ({"AT+CPIN?": "+CME ERROR: 10"}, "broken"),
        ({"AT+CPIN?": "+CPIN: SIM PIN\r\n\r\nOK"}, "broken"),
        ({"AT+CNMI": "ERROR"}, "taken"),
    ],
)
async def test_what_the_modem_says_no_to(modem: GsmModem, trouble: dict[str, str], verdict: str) -> None:
    modem.trouble = trouble
    way = channel(modem)
    outcome = await way.send(MESSAGE)
    await way.close()
    assert outcome.verdict == verdict, outcome
    assert outcome.answer


async def test_silence_ends_and_the_next_message_goes_out(modem: GsmModem) -> None:
    way = channel(modem, timeout="0.2 s")
    assert (await way.send(MESSAGE)).verdict == "taken"
    modem.silent = True
    silent = await way.send(MESSAGE)
    assert (silent.verdict, "no answer" in silent.answer) == ("broken", True)
    modem.silent = False
    assert (await way.send(MESSAGE)).verdict == "taken"
    await way.close()


async def test_cancellation_ends_it_at_once(modem: GsmModem) -> None:
    modem.silent = True
    way = channel(modem, timeout="60 s")
    sending = asyncio.create_task(way.send(MESSAGE))
    await asyncio.sleep(0.05)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    await way.close()


async def test_a_port_that_is_not_there() -> None:
    way = ModemChannel(SmsModem.model_validate({"kind": "sms_modem", "id": "s", "port": "/dev/no-such-tty"}))
    outcome = await way.send(MESSAGE)
    assert (outcome.verdict, "/dev/no-such-tty" in outcome.answer) == ("broken", True)


async def test_a_number_that_is_none_is_refused(modem: GsmModem) -> None:
    way = channel(modem)
    outcome = await way.send(Message("k", "-", "s", "t", "x"))
    await way.close()
    assert outcome.verdict == "refused"


async def test_what_came_in_is_kept_until_it_was_handled(modem: GsmModem) -> None:
    modem.stored = {1: deliver("+8613800138000", "收到 7K3QZ9"), 2: "ZZ", 7: report(41, 0)}
    way = channel(modem)
    found = await way.collect()
    assert found == [("1", Received("+8613800138000", "收到 7K3QZ9")), ("7", Report(41, True))]
    assert set(modem.stored) == {1, 7}
    for index, _ in found:
        await way.forget(index)
    await way.close()
    assert modem.stored == {}


async def test_a_code_sent_back_acknowledges_and_the_report_says_delivered(
    modem: GsmModem, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("heatmon.notify.dispatcher.COLLECT_NS", 50_000_000)
    notify = settings([options(modem, receive=True)], codes=True)
    station = Station(tmp_path, Clock(), notify)
    await station.start()
    try:
        station.feed(0.7)
        await station.until(lambda: "delivery.sent" in station.codes())
        code = "".join(texts(modem)).split()[-1]
        # Two parts; the report on the last one counts.
        modem.stored = {1: report(42, 0)}
        await station.until(lambda: "delivery.delivered" in station.codes())
        # The right code from a wrong number is no proof, and the number alone is none either.
        modem.stored = {1: deliver("+8613911111111", f"ok {code}"), 2: deliver("+8613800138000", "ok")}
        await station.until(lambda: not modem.stored)
        assert "alarm.acknowledged" not in station.codes()
        modem.stored = {3: deliver("+8613800138000", f"收到 {code.lower()}。")}
        await station.until(lambda: "alarm.acknowledged" in station.codes())
        entry = station.entries("alarm.acknowledged")[0]
        assert entry.header.actor == "li@sms/code"
        await station.until(lambda: station.rows()[0].state is State.ACKNOWLEDGED)
        modem.stored = {4: deliver("+8613800138000", code)}
        await station.until(lambda: not modem.stored)
        assert station.codes().count("alarm.acknowledged") == 1
    finally:
        await station.stop()
