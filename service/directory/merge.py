"""Two rows that are one person: what is kept, and everything that moves, in one transaction.

The duplicate's row stays and leads to the kept one. A number that the kept one has no use for stays with it, so that whoever
writes from the old telephone is still known (sql/queries/inbound.sql follows merged_into).
"""

import asyncio
from dataclasses import dataclass
from datetime import date
from typing import Any

import asyncpg

from dispatch.changes import Changes
from dispatch.errors import Stale
from dispatch.events import Kind
from dispatch.model import VETTED
from dispatch.phone_chat_desk import merge_pairs
from service.directory.changing import record, save
from service.directory.person import Row, vetting_of
from service.runtime import Runtime
from service.web.texts import N_
from sql import query

TRIES = 5
WEIGHT = {"sent": 1, "accepted": 2}  # of an offer: an answer to one of these decides something


class CannotMerge(Exception):
    """These two cannot be merged now. text: why, in words for the page, with params to fill it."""

    def __init__(self, text: str, **params: str | int) -> None:
        super().__init__(text)
        self.text, self.params = text, params


@dataclass(frozen=True, slots=True)
class Pair:
    """The one that is kept, and the duplicate."""

    kept: Any
    duplicate: Any

    @property
    def seen(self) -> str:
        """What the page carries along, so that it is known whether either has changed since."""
        return f"{self.kept['turn']}.{self.duplicate['turn']}"


def kept_values(kept: Row, duplicate: Row, today: date) -> dict[str, Any]:
    """The kept person's columns afterwards: its own, the duplicate's where it has none, and both where both can be. Pure.

    STOPP and a protected identity hold for both once they hold for one.
    """
    values: dict[str, Any] = {
        name: kept[name] or duplicate[name]
        for name in ("name", "phone", "email", "telegram_id", "organisation", "area", "stopped_at", "fixed_contact")
    }
    home = kept if kept["address"] or kept["place"] or not duplicate["address"] else duplicate
    values |= {"place": home["place"], "address": home["address"], "protected": kept["protected"] or duplicate["protected"]}
    known = kept if kept["lat"] is not None else duplicate
    values |= {"lat": known["lat"], "lon": known["lon"], "travels": kept["travels"] or duplicate["travels"]}
    ill = [row["infected_until"] for row in (kept, duplicate) if row["infected_until"]]
    values["infected_until"] = max(ill, default=None)
    if values["fixed_contact"] in (kept["id"], duplicate["id"]):
        values["fixed_contact"] = None
    values["roles"] = sorted({*kept["roles"], *duplicate["roles"]})
    values["languages"] = list(dict.fromkeys([*kept["languages"], *duplicate["languages"]]))
    values["notes"] = "\n\n".join(dict.fromkeys(filter(None, (kept["notes"], duplicate["notes"]))))
    checked = kept if vetting_of(kept, today) != "none" else duplicate
    skills = dict.fromkeys(s for s in [*kept["skills"], *duplicate["skills"]] if s != VETTED or VETTED in checked["skills"])
    values |= {"skills": list(skills), "vetting": checked["vetting"]}
    values |= {name: checked[name] for name in ("vetted_until", "vetted_on", "vetting_source", "vetting_told")}
    return values | _wishes(kept, duplicate) | _counts(kept, duplicate)


def _wishes(kept: Row, duplicate: Row) -> dict[str, Any]:
    """When they can help and what they avoid. Whoever was needed under one of the rows is not on standby; a chat that the bot may
    not write to goes with its account."""
    volunteers = [r for r in (kept, duplicate) if "volunteer" in r["roles"]] or [kept]
    waits = [r["standby_since"] for r in volunteers]
    chat = kept if kept["telegram_id"] is not None else duplicate
    return {
        "available": kept["available"] or duplicate["available"],
        "avoids": list(dict.fromkeys([*kept["avoids"], *duplicate["avoids"]])),
        "standby_since": None if None in waits else min(waits),
        "chat_blocked_at": chat["chat_blocked_at"],
    }


def _counts(kept: Row, duplicate: Row) -> dict[str, Any]:
    """How much each has been asked; at least one more than before, for whoever is counting right now to count again."""
    newer = max((kept, duplicate), key=lambda r: (r["asked_on"] or date.min, r is kept))
    same_day = kept["asked_on"] == duplicate["asked_on"]
    times = [r["asked_at"] for r in (kept, duplicate) if r["asked_at"]]
    return {
        "helped_total": kept["helped_total"] + duplicate["helped_total"],
        "asked_total": kept["asked_total"] + max(duplicate["asked_total"], 1),
        "asked_today": kept["asked_today"] + duplicate["asked_today"] if same_day else newer["asked_today"],
        "asked_on": newer["asked_on"],
        "asked_at": max(times, default=None),
        "created_at": min(kept["created_at"], duplicate["created_at"]),
    }


def require_mergeable(pair: Pair) -> None:
    """Raises CannotMerge when one of them has been merged or erased already, or the duplicate signs in here."""
    if pair.kept["id"] == pair.duplicate["id"]:
        raise CannotMerge(N_("This is the same person."))
    if pair.kept["system"] or pair.duplicate["system"]:
        raise CannotMerge(N_("One of the two is a case system, and no human."))
    if pair.kept["merged_into"] is not None or pair.duplicate["merged_into"] is not None:
        raise CannotMerge(N_("One of the two has just been merged already. Open the person again to see how it stands."))
    if pair.kept["erased_at"] is not None or pair.duplicate["erased_at"] is not None:
        raise CannotMerge(N_("One of the two has asked to be forgotten: there is nothing left to merge."))
    if pair.duplicate["has_account"]:
        raise CannotMerge(N_("The duplicate has an account and signs in here. Keep that one, and merge the other into it."))


async def merge(runtime: Runtime, kept: int, duplicate: int, seen: str, by: int | None) -> None:
    """Make the duplicate part of the kept person. seen: the pair's, as the page showed it. Raises CannotMerge."""
    async with runtime.pool.acquire() as connection:
        for tries in range(TRIES):
            try:
                async with connection.transaction():
                    tasks, changes = await _merge(connection, runtime, kept, duplicate, seen, by)
                break
            except (asyncpg.DeadlockDetectedError, asyncpg.SerializationError, Stale):  # a text is being answered meanwhile
                await asyncio.sleep(0.02 * tries)
        else:
            raise CannotMerge(N_("So much is happening with the two right now that it did not work. Try again."))
    runtime.live.changed(tasks)
    runtime.committed(changes)


async def _merge(
    connection: Any, runtime: Runtime, kept: int, duplicate: int, seen: str, by: int | None
) -> tuple[list[int], Changes]:
    rows = {row["id"]: row for row in await connection.fetch(query("directory_lock"), [kept, duplicate])}
    if kept not in rows or duplicate not in rows:
        raise CannotMerge(N_("There is no such person any more."))
    pair, now = Pair(rows[kept], rows[duplicate]), runtime.clock.now()
    require_mergeable(pair)
    if pair.seen != seen:
        raise CannotMerge(N_("One of the two has changed, or written, since you looked. Look at them once more."))
    await _end_clashing(connection, kept, duplicate)
    tasks = [row["id"] for row in await connection.fetch(query("merge_tasks"), [kept, duplicate])]
    await connection.execute(query("merge_rows"), kept, duplicate)
    await connection.execute(query("merge_groups"), kept, duplicate)
    await connection.execute(query("merge_leave"), kept, duplicate)
    await connection.execute(query("merge_shifts"), kept, duplicate)
    await connection.execute(query("merge_rotas"), kept, duplicate)
    await connection.execute(query("merge_feeds"), kept, duplicate)
    changes = await merge_pairs(connection, runtime.office, kept, duplicate, now)
    values = kept_values(pair.kept, pair.duplicate, runtime.network.local_date(now))
    # What the kept one has of its own stays with the duplicate, where it leads here.
    left = {c: None if pair.kept[c] is None else pair.duplicate[c] for c in ("phone", "email", "telegram_id")}
    await connection.execute(query("merge_close"), duplicate, kept, left["phone"], left["email"], left["telegram_id"])
    await save(connection, pair.kept, values)
    await record(connection, now, Kind.PERSON_MERGED, kept, by, **{"from": duplicate})
    return tasks, changes


async def _end_clashing(connection: Any, kept: int, duplicate: int) -> None:
    """A reply number means one thing only, and nobody is asked twice about one task. Raises CannotMerge when both wait.

    The same task: the one that was said yes to stays. Different tasks with the same number: "JA 12" must never hit the wrong
    one, so they wait until one of them is answered; what has been answered gives its number up.
    """
    ended = []
    for clash in await connection.fetch(query("merge_clashes"), kept, duplicate):
        weight, kept_weight = WEIGHT.get(clash["state"], 0), WEIGHT.get(clash["kept_state"], 0)
        if clash["same_task"] and weight == kept_weight == WEIGHT["accepted"]:
            raise CannotMerge(N_("Both have taken %(code)s. Take it from one of them first."), code=clash["code"])
        if not clash["same_task"] and weight and kept_weight:
            raise CannotMerge(
                N_("Both are asked something with the number %(number)s: %(kept)s and %(code)s. Wait until one of them is over."),
                number=clash["number"], kept=clash["kept_code"], code=clash["code"],
            )  # fmt: skip
        ended.append(clash["kept_offer"] if weight > kept_weight else clash["offer"])
    await connection.execute(query("merge_end_offers"), ended)


async def pair_of(connection: Any, kept: int, duplicate: int) -> Pair | None:
    """Both as they are now; None when one does not exist."""
    rows = [await connection.fetchrow(query("directory_person"), key) for key in (kept, duplicate)]
    return Pair(*rows) if all(row is not None for row in rows) else None
