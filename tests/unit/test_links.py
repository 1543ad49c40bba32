"""Signed links: what we signed is read, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.links import Links

LINKS = Links("a-secret-key-of-some-length", "https://hjalp.kommun.example/")
OFFER = 4_611_686_018_427_387_903  # the largest id there is


@given(st.integers(0, 2**62 - 1))
def test_what_we_signed_is_read(offer: int) -> None:
    link = LINKS.service(offer)
    assert link is not None
    assert link.startswith("https://hjalp.kommun.example/s/")
    token = link.rpartition("/")[2]
    assert len(token) == 27
    assert token[-1].isalnum()  # else mail programs leave it out of the link
    assert LINKS.read(token) == offer


@given(st.text(max_size=40))
def test_what_somebody_made_up_is_not(token: str) -> None:
    assert LINKS.read(token) is None


@given(st.integers(0, 26), st.sampled_from("ABCXYZabcxyz0189-_"))
def test_no_letter_may_be_changed(position: int, letter: str) -> None:
    """Not one: neither the offer's number nor the signature, nor the bits of the last letter that say nothing."""
    token = LINKS.token(OFFER)
    changed = token[:position] + letter + token[position + 1 :]
    assert LINKS.read(changed) == (OFFER if changed == token else None)


@pytest.mark.parametrize(
    "token", ["", "=", "A" * 27, "A" * 28, "Ä" * 27, LINKS.token(1) + "=", LINKS.token(1)[:-1], "\ud83d" * 27]
)
def test_odd_tokens(token: str) -> None:
    assert LINKS.read(token) is None


def test_another_key_is_another_link() -> None:
    assert Links("another-key", "https://x.example").read(LINKS.token(OFFER)) is None


def test_without_an_address_or_a_key_there_are_no_links() -> None:
    assert Links("key", None).service(OFFER) is None
    keyless = Links("", "https://x.example")
    assert keyless.service(OFFER) is None
    assert keyless.read(keyless.token(OFFER)) is None


@given(st.integers(0, 2**62 - 1))
def test_shifts_and_calendars_have_links_of_their_own(number: int) -> None:
    rota, calendar = LINKS.rota(number), LINKS.calendar(number)
    assert rota is not None and rota.startswith("https://hjalp.kommun.example/rota/")
    assert calendar is not None and calendar.endswith(".ics")
    of_rota, of_calendar = rota.rpartition("/")[2], calendar.rpartition("/")[2].removesuffix(".ics")
    assert (LINKS.read_rota(of_rota), LINKS.read_calendar(of_calendar)) == (number, number)
    assert (LINKS.read_rota(of_calendar), LINKS.read_calendar(of_rota), LINKS.read_task(of_rota)) == (None, None, None)


@given(st.integers(0, 2**62 - 1))
def test_a_link_is_read_as_what_it_is_for_only(offer: int) -> None:
    """A volunteer's link opens nothing that is staff's, nor the other way round."""
    link = LINKS.task(offer)
    assert link is not None
    assert link.startswith("https://hjalp.kommun.example/t/")
    token = link.rpartition("/")[2]
    assert (len(token), token[-1].isalnum()) == (27, True)
    assert LINKS.read_task(token) == offer
    assert LINKS.read(token) is None
    assert LINKS.read_task(LINKS.token(offer)) is None


def test_without_an_address_volunteers_have_no_links_either() -> None:
    assert Links("key", None).task(OFFER) is None
    keyless = Links("", "https://x.example")
    assert keyless.task(OFFER) is None
    assert keyless.read_task(keyless.task_token(OFFER)) is None
