"""Short messages as bytes: published examples, and what is cut stays whole."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heatmon.notify.channels.pdu import (
    GSM7,
    PduError,
    Received,
    Report,
    gsm7,
    parse,
    submit_length,
    submits,
)


def test_the_alphabet_has_its_places() -> None:
    assert len(GSM7) == 128
    for place, character in ((0x00, "@"), (0x11, "_"), (0x20, " "), (0x24, "¤"), (0x41, "A"), (0x7F, "à")):
        assert GSM7[place] == character


def test_the_well_known_ten_letters() -> None:
    assert gsm7(bytes.fromhex("E8329BFD4697D9EC37"), 10) == "hellohello"


def test_a_reply_in_seven_bits() -> None:
    pdu = "07911326040000F0040B911346610089F60000208062917314080CC8F71D14969741F977FD07"
    assert parse(pdu) == Received("+31641600986", "How are you?")


def test_a_reply_in_chinese() -> None:
    text = "收到 7K3QZ9".encode("utf-16-be")
    pdu = "00" + "040D91683108108300F0" + "0008" + "62115221436523" + f"{len(text):02X}" + text.hex()
    assert parse(pdu) == Received("+8613800138000", "收到 7K3QZ9")


@pytest.mark.parametrize(
    ("status", "delivered"), [(0x00, True), (0x01, True), (0x20, None), (0x46, False), (0x41, False)]
)
def test_reports(status: int, delivered: bool | None) -> None:
    pdu = "00" + "062A" + "0D91683108108300F0" + "62115221436523" + "62115221436523" + f"{status:02X}"
    assert parse(pdu) == Report(42, delivered)


@pytest.mark.parametrize("pdu", ["", "zz", "00", "07911326", "0003", "000491"])
def test_rubbish_is_no_message(pdu: str) -> None:
    with pytest.raises(PduError):
        parse(pdu)


def test_one_message_as_it_goes_out() -> None:
    (pdu,) = submits("+8613800138000", "超压", 4, 1)
    assert pdu == "00" + "31" + "00" + "0D91683108108300F0" + "0008AA" + "04" + "8D85538B"
    assert submit_length(pdu) == len(pdu) // 2 - 1


@settings(deadline=None)
@given(st.text(max_size=400), st.integers(0, 255))
def test_parts_joined_are_the_text(text: str, reference: int) -> None:
    text = text.encode("utf-16-be", "replace").decode("utf-16-be")
    bodies = []
    pdus = submits("+8613800138000", text, 20, reference)
    for n, pdu in enumerate(pdus, start=1):
        raw = bytes.fromhex(pdu)
        assert submit_length(pdu) <= 164
        body = raw[16:]
        assert len(body) == raw[15]
        assert len(body) <= 140
        if raw[1] & 0x40:
            assert body[:6] == bytes([5, 0, 3, reference, len(pdus), n])
            body = body[6:]
        bodies.append(body)
        body.decode("utf-16-be")
    assert b"".join(bodies).decode("utf-16-be") == text


def test_too_long_a_text_ends_in_an_ellipsis() -> None:
    parts = submits("+8613800138000", "字" * 500, 2, 7)
    assert len(parts) == 2
    assert bytes.fromhex(parts[1]).endswith("…".encode("utf-16-be"))


@pytest.mark.parametrize("number", ["", "+", "12", "+86 138", "abc", "+٣٤٥٦٧"])
def test_what_is_no_number_is_refused(number: str) -> None:
    with pytest.raises(PduError):
        submits(number, "x", 1, 1)
