"""What staff add to an OK: "OK 12 fredag", "PLAN 12 fredag 10"."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bots.dialogue.service_words import read_plan
from bots.dialogue.words import Reply, Verb, parse
from service.network_file import BUILT_IN, read_network

NETWORK = read_network(BUILT_IN / "jonkoping.toml")
NOW = datetime(2020, 4, 8, 7, tzinfo=UTC)  # a Wednesday, nine o'clock

PLANS = [
    ("fredag", "2020-04-10 18:00", "day"),
    ("fredag 10", "2020-04-10 10:00", "time"),
    ("fredag kl 10", "2020-04-10 10:00", "time"),
    ("fredag, 10.30", "2020-04-10 10:30", "time"),
    ("fredag 10-12", "2020-04-10 12:00", "by"),
    ("senast fredag kl 12", "2020-04-10 12:00", "time"),
    ("fredag förmiddag", "2020-04-10 12:00", "forenoon"),
    ("10 april", "2020-04-10 18:00", "day"),
    ("10/4", "2020-04-10 18:00", "day"),
    ("idag", "2020-04-08 18:00", "day"),
    ("kl 15", "2020-04-08 15:00", "time"),
    ("Friday 10 am", "2020-04-10 10:00", "time"),
    ("om två timmar", "2020-04-08 11:00", "time"),
]
NO_PLANS = ["", "tack", "vi är två", "v 17", "ring 0701234567", "så snart vi kan", "varje fredag"]


@pytest.mark.parametrize(("text", "at", "said"), PLANS, ids=[p[0] for p in PLANS])
def test_a_time_is_read(text: str, at: str, said: str) -> None:
    plan = read_plan(text, NETWORK, NOW)
    assert plan is not None
    assert (plan.at.astimezone(ZoneInfo("Europe/Stockholm")).strftime("%Y-%m-%d %H:%M"), plan.said) == (at, said)


@pytest.mark.parametrize("text", NO_PLANS)
def test_no_time_is_made_up(text: str) -> None:
    assert read_plan(text, NETWORK, NOW) is None


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("PLAN 12 fredag 10", Reply(Verb.PLAN, 12, "fredag 10")),
        ("12 plan fredag", Reply(Verb.PLAN, 12, "fredag")),
        ("Planerar en fest, kan någon hjälpa till", None),
    ],
)
def test_the_word(text: str, reply: Reply | None) -> None:
    assert parse(text) == reply
