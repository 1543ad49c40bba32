"""What an area lead reads of a task in the own area: other areas' volunteers who were asked are not named, nor their numbers."""

from dataclasses import replace

from dispatch.model import Case, Person
from service.web.texts import N_, Texts


def for_lead(case: Case, area: str | None, words: Texts) -> Case:
    """The case as the lead of `area` reads it. Whoever has the task is named wherever they come from: they come to the door."""
    elsewhere = words.gettext(N_("a helper from another area"))
    has_it = {offer.person_id for offer in case.takers}

    def named(person: Person) -> Person:
        theirs = person.area == area and not person.protected
        if person.is_staff or person.id in has_it or theirs:
            return person
        return replace(person, name="", organisation=elsewhere, phone=None, phone_raw="", email=None)

    return replace(case, people={key: named(person) for key, person in case.people.items()})
