"""What is told to a service group's case system, and what it says read as the domain knows it. Pure.

A case system is read by more people than have to know who it is: it gets what, when, roughly where and why, and a signed
link to the page with the name, the address and the words. Of somebody with a protected identity it gets the link.
"""

from collections.abc import Iterable

from dispatch.case_systems import Report, SystemRequest
from dispatch.model import Case, Urgency
from dispatch.network import CaseSystem, Network
from geo.model import Spot
from geo.travel import rounded
from service.board.lanes import REASONS, URGENCIES
from service.open311.formats import Record, moment
from service.web.texts import N_, Texts


def mark(network: Network, case: Case, request: SystemRequest) -> str:
    """By what a request of ours is found again in a case system: no other has it."""
    return f"{network.key}/{case.task.code}/{request.id}"


def posted(
    network: Network, case: Case, request: SystemRequest, system: CaseSystem, link: str | None, words: Texts
) -> dict[str, str]:
    """The fields of POST /requests, without the key. link: the page for whoever answers for it."""
    spot = _spot(network, case, system)
    fields = {
        "jurisdiction_id": system.jurisdiction or "",
        "service_code": system.service_code(case.need.category),
        "address_string": _address(network, case, system),
        "lat": f"{spot[0]:.6f}" if spot else "",
        "long": f"{spot[1]:.6f}" if spot else "",
        "description": "\n".join(_description(network, case, request, link, words)),
    }
    return {name: value for name, value in fields.items() if value}


def _description(network: Network, case: Case, request: SystemRequest, link: str | None, words: Texts) -> Iterable[str]:
    say, need = words.gettext, case.need
    category = network.category(need.category)
    what = category.name(words.language) if category else say(N_("Something that somebody must ask about"))
    urgent = f" ({say(URGENCIES[need.urgency]).lower()})" if need.urgency is not Urgency.NORMAL else ""
    yield what + urgent
    if case.resident.protected:
        yield say(N_("Protected identity: everything else stands behind the link."))
    else:
        yield say(N_("Where: %(place)s")) % {"place": _place(network, case)}
        if need.wanted:
            yield say(N_("When: %(wanted)s")) % {"wanted": need.wanted}
        yield say(N_("Why you are asked: %(reason)s")) % {"reason": say(_reason(case, category is None or category.volunteers))}
    if link:
        yield say(N_("Name, address and telephone: %(link)s")) % {"link": link}
    else:
        yield say(N_("Name, address and telephone: phone %(name)s, %(phone)s")) % {"name": network.name, "phone": network.phone}
    yield say(N_("Our reference: %(mark)s")) % {"mark": mark(network, case, request)}


def _reason(case: Case, for_volunteers: bool) -> str:
    if case.task.human in REASONS:
        return REASONS[case.task.human]
    return N_("no volunteer could take it") if for_volunteers else N_("volunteers may not do it")


def _place(network: Network, case: Case) -> str:
    told = network.told_places(case.need)
    return " ← ".join(filter(None, (told["place"], told.get("from_place")))) or network.name


def _address(network: Network, case: Case, system: CaseSystem) -> str:
    if case.resident.protected:
        return network.name
    exact = (case.need.address or case.resident.address) if system.send_address else ""
    return ", ".join(dict.fromkeys(filter(None, (exact, network.place_name(case.need.area, case.need.place))))) or network.name


def _spot(network: Network, case: Case, system: CaseSystem) -> Spot | None:
    """The house where the address may be told; else the middle of the place, and of a grid's cell there."""
    need = case.need
    if case.resident.protected:
        return None
    if system.send_address and need.lat is not None and need.lon is not None:
        return need.lat, need.lon
    middle = network.position(need.area, need.place)
    return rounded(*middle) if middle else None


def report_of(record: Record) -> Report | None:
    """What a case system says of a request; None when it does not say of which."""
    identifier = record.get("service_request_id", "")
    if not identifier:
        return None
    return Report(
        id=identifier[:200],
        closed=record.get("status", "").casefold() == "closed",
        notes=" ".join(record.get("status_notes", "").split()),
        expected_at=moment(record.get("expected_datetime")),
        requested_at=moment(record.get("requested_datetime")),
        updated_at=moment(record.get("updated_datetime")),
    )
