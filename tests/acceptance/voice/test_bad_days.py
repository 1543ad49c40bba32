"""Bad days of the telephone: no database, lost webhooks, strangers' webhooks, recordings that do not come. Never silence."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bots.voice import speech
from bots.voice.switchboard import Switchboard
from dispatch.erasure import erase
from service.carriers.telephone import Telephone as Answering
from service.demo.telephone import Call, ElksCall
from tests.acceptance.conftest import Town
from tests.acceptance.telephone import COORDINATOR, ELSA, HIDDEN, KARIN, MIA, Telephone, helped
from tests.acceptance.telephone import speech as spoken


async def _away(*_arguments: object, **_more: object) -> None:
    raise ConnectionRefusedError("the database is away")


async def _broken(*_arguments: object, **_more: object) -> None:
    raise KeyError("a fault of ours")


def _expect_error(town: Town, event: str) -> None:
    """The log has this error and no other; it is part of the story."""
    faults = [entry for entry in town.log if entry["log_level"] in ("error", "exception")]
    assert faults and all(entry["event"] == event for entry in faults), faults
    town.log.clear()


async def _through_to_a_coordinator(call: Call) -> None:
    """The caller is told that something is wrong, and reaches a human all the same, who sees the caller's number."""
    assert call.said() == ["fault"]
    assert (call.rings, call.shows) == ([COORDINATOR], ELSA)


async def test_without_a_database_a_coordinators_telephone_rings(
    telephone: Telephone, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Switchboard, "begin", _away)
    call = await telephone.calls(ELSA)
    await _through_to_a_coordinator(call)
    await call.rang("answered")
    assert call.waits == ""
    other = await telephone.calls(HIDDEN)
    await other.nobody_answers()
    assert (other.said()[-1], other.waits) == ("fault_end", "")


async def test_a_database_that_goes_away_in_the_middle_of_a_call(
    telephone: Telephone, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = await telephone.calls(ELSA)
    call.said()
    with monkeypatch.context() as patch:
        patch.setattr(Switchboard, "go_on", _away)
        await call.pressed("1")
    await _through_to_a_coordinator(call)
    await call.rang("answered")
    await town.settle()  # it was back when she hung up: nobody knows that she was helped
    assert [human for human, *_ in await telephone.waiting()] == ["callback"]
    town.ignore(town.coordinator, town.phone(ELSA))


async def test_a_fault_of_ours_is_no_silence(telephone: Telephone, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Switchboard, "begin", _broken)
    call = await telephone.calls(ELSA)
    _expect_error(town, "phone_call.failed")
    await _through_to_a_coordinator(call)
    await call.rang("answered")


async def test_coordinators_without_a_telephone_cannot_be_rung(
    telephone: Telephone, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Switchboard, "begin", _away)
    network = replace(town.runtime.network, coordinators=("samordnare@kommun.example",))
    monkeypatch.setattr(Answering, "network", network)
    call = await telephone.calls(ELSA)
    assert (call.said(), call.waits) == (["fault", "fault_end"], "")


async def test_without_a_voice_the_telephones_ring_without_a_word(
    telephone: Telephone, town: Town, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def mute(_text: str, _language: str) -> bytes:
        raise speech.SpeechUnavailable("espeak-ng cannot be loaded")

    monkeypatch.setattr(speech, "speak", mute)
    town.runtime.prompts.folder = tmp_path
    call = await telephone.calls(ELSA)
    assert (call.said(), call.rings) == ([], [COORDINATOR])
    await call.rang("answered")
    await town.settle()
    _expect_error(town, "prompts.unavailable")
    town.ignore(town.coordinator, town.phone(ELSA))


async def test_a_hang_up_that_nobody_tells_us_of(telephone: Telephone, town: Town) -> None:
    await telephone.operator("Karin Ek", KARIN)
    await telephone.operator("Mia Ask", MIA)
    call = await telephone.calls(ELSA)
    await town.forward(minutes=14)
    assert await telephone.waiting() == []
    await town.forward(minutes=2)
    assert [human for human, *_ in await telephone.waiting()] == ["callback"]
    assert (await telephone.row(call))["state"] == "ended"
    await town.phone(ELSA).expects("ringer upp dig")
    await town.coordinator.expects("Svara OK")


async def test_a_recording_that_comes_after_the_hang_up(telephone: Telephone, town: Town) -> None:
    for number in (ELSA, HIDDEN):
        call = await (await telephone.calls(number)).pressed("1")
        await call.nobody_answers()
        await call.hangs_up()
        await town.settle()
        keeps = call.carrier.keeps(spoken())  # type: ignore[attr-defined]
        there = call.action["record"] if isinstance(call, ElksCall) else call.there  # type: ignore[attr-defined]
        told = call._with_id({"wav": keeps, "RecordingUrl": keeps, "CallStatus": "completed"})  # type: ignore[attr-defined]
        await call._post(there, told)
        await call._post(there, told)  # and once more
        await town.settle()
    assert [content for content, _ in await telephone.recordings()] == [spoken(), spoken()]
    assert [phone for _, phone, _, _ in await telephone.waiting()] == [ELSA, None]
    town.ignore(town.coordinator, town.phone(ELSA))


async def test_a_recording_that_is_not_ready_yet_is_fetched_later(telephone: Telephone, town: Town) -> None:
    call = await (await telephone.calls(HIDDEN)).pressed("9")
    await call.says(b"")  # the carrier has nothing to give yet
    await town.settle()
    ((content, due),) = await telephone.recordings()
    assert content is None and due > town.clock.now()
    keeper = call.carrier.recordings  # type: ignore[attr-defined]
    keeper[next(iter(keeper))] = spoken()
    await town.forward(minutes=1)
    assert await telephone.recordings() == [(spoken(), None)]
    town.ignore(town.coordinator)


ELSEWHERE = ["http://169.254.169.254/r", "http://127.0.0.1.evil.example/r", "http://127.0.0.1:1/r", "file:///etc/passwd", ""]


@pytest.mark.parametrize("where", ELSEWHERE)
async def test_a_recording_is_fetched_at_the_carriers_and_nowhere_else(telephone: Telephone, town: Town, where: str) -> None:
    call = await (await telephone.calls(HIDDEN)).pressed("9")
    there = call.action["record"] if isinstance(call, ElksCall) else call.there  # type: ignore[attr-defined]
    api = call.carrier.api.removeprefix("http://")  # type: ignore[attr-defined]
    address = where or f"http://somebody:secret@{api}/recordings/r"
    await call._post(there, call._with_id({"wav": address, "RecordingUrl": address}))  # type: ignore[attr-defined]
    await town.settle()
    assert await telephone.recordings() == [(None, None)]  # given up at once
    assert any(entry["event"] == "recording.given_up" for entry in town.log)
    town.ignore(town.coordinator)


async def test_strangers_webhooks_are_refused(telephone: Telephone, town: Town) -> None:
    elks, twilio = "/hooks/46elks/wrong/call", "/hooks/twilio/call"
    for path in (elks, f"{elks}/1/menu", f"{elks}/hangup", twilio, f"{twilio}/1/menu"):
        async with town.web.post(town.base + path, data={"callid": "c1", "CallSid": "CA1", "from": ELSA}) as response:
            assert response.status == 403, path
    assert await town.runtime.pool.fetchval("SELECT count(*) FROM phone_call") == 0


async def test_webhooks_that_mean_nothing(telephone: Telephone, town: Town) -> None:
    call = telephone.caller(ELSA)
    base = f"{town.carrier.hooks}/call" if isinstance(call, ElksCall) else f"{town.base}/hooks/twilio/call"
    known = call._with_id({})  # type: ignore[attr-defined]
    with pytest.raises(AssertionError, match="400"):
        await call._post(base, {**known, "callid": "", "CallSid": ""})
    for path in ("x/menu", "1/sing", "9999999/menu"):
        with pytest.raises(AssertionError, match="404"):
            await call._post(f"{base}/{path}", known)
    # A step of a call that nobody knows: it began while the database was away. The caller reaches a human.
    assert "fault" in await call._post(f"{base}/1/menu", known)
    assert "fault" in await call._post(f"{base}/1/part?n=1", known)
    assert await call._post(f"{base}/1/told", known) == ""


async def test_the_first_webhook_twice_at_the_same_moment_is_one_call(telephone: Telephone, town: Town) -> None:
    one = telephone.caller(ELSA)
    two = telephone.caller(ELSA, one.id)
    await asyncio.gather(one.begins(), two.begins())
    assert one.answers == two.answers
    assert await town.runtime.pool.fetchval("SELECT count(*) FROM phone_call") == 1
    await one.hangs_up()
    town.ignore(town.coordinator, town.phone(ELSA))


async def test_a_greeting_that_only_the_carrier_can_decode_is_played_before_the_menu(
    telephone: Telephone, town: Town, tmp_path: Path
) -> None:
    (tmp_path / "greeting.mp3").write_bytes(b"ID3 Hej")
    town.runtime.prompts.recordings = tmp_path
    await helped(town)
    call = await telephone.calls(ELSA)
    assert [address.partition("?")[0][-4:] for address in call.sounds] == [".mp3", ".wav"]
    assert call.said() == ["greeting", "key_1", "key_3", "key_4_helped", "key_9"]
    await call.pressed("3")
    await call.hangs_up()
    assert await telephone.waiting() == []


async def test_sounds_are_public_kept_for_good_and_nothing_else_is_there(telephone: Telephone, town: Town) -> None:
    call = await telephone.calls(ELSA)
    async with town.web.get(call.sounds[0]) as response:
        assert (response.status, response.content_type) == (200, "audio/wav")
        assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    strange = (
        "/voice/nothing.wav", "/voice/..%2f..%2fetc%2fpasswd", f"/voice/{'0' * 32}.wav?say=sv:greeting",
        "/voice/x.wav?say=sv:note_dropped",
    )  # fmt: skip
    for path in strange:
        async with town.web.get(town.base + path) as response:
            assert response.status == 404, path
    await call.hangs_up()
    town.ignore(town.coordinator, town.phone(ELSA))


async def test_a_person_who_is_forgotten_leaves_no_number_in_a_call(telephone: Telephone, town: Town) -> None:
    anna, _ = await helped(town)
    call = await (await telephone.calls(anna.number)).pressed("4")  # Elsa's telephone rings
    await erase(town.runtime.office, await telephone.id_of(ELSA), town.clock.now())
    row = await telephone.row(call)
    assert (row["caller"], row["said"]) == (anna.number, None)
    await call.rang("answered")
    town.ignore(anna)
