"""What not everybody reads. An area lead: of a task in the own area, other areas' volunteers who were asked are not named, nor
their numbers. And what a helper tells in confidence is for coordinators alone."""

from dataclasses import replace

from dispatch.events import Kind
from dispatch.helping import CONCERN
from dispatch.model import Case, Person
from service.sign_in.permissions import CONFIDENTIAL, Role
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


def is_confidential(case: Case) -> bool:
    """Is it what a helper has told in confidence?"""
    return case.need.source == CONCERN


def may_be_told(kind: str, role: Role) -> bool:
    """May somebody with this role read of this in a task's history? That a helper is worried is for coordinators."""
    return kind != Kind.CONCERN_REPORTED or role in CONFIDENTIAL


def in_confidence(case: Case, words: Texts) -> Case:
    """What others than coordinators see of a helper's concern: that there is one."""
    nobody = replace(case.resident, name=words.gettext(N_("a helper")), organisation="", phone=None, phone_raw="", email=None)
    need = replace(case.need, text=words.gettext(N_("For coordinators only.")))
    return replace(case, need=need, resident=nobody)
