"""What has happened, in the past tense. Every change of state is one of these, stored in the change's own transaction."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """The kinds of events. Log names are the same words."""

    REQUEST_RECEIVED = "request.received"  # something is missing still
    QUESTION_ASKED = "question.asked"
    REQUEST_COMPLETED = "request.completed"
    EMERGENCY_RECEIVED = "emergency.received"
    TASK_OPENED = "task.opened"
    HUMAN_NEEDED = "human.needed"
    STEP_BEGUN = "step.begun"
    STEP_SKIPPED = "step.skipped"  # nobody was on duty or fits: a hole in the coverage
    NOBODY_TO_ASK = "nobody.to_ask"  # the last step is empty: somebody must look at the board
    OFFERS_SENT = "offers.sent"
    ACKNOWLEDGEMENT_ASKED = "acknowledgement.asked"
    ACKNOWLEDGEMENT_ASKED_AGAIN = "acknowledgement.asked_again"
    OFFER_DECLINED = "offer.declined"
    OFFERS_EXPIRED = "offers.expired"
    OFFERS_SUPERSEDED = "offers.superseded"
    TASK_TAKEN = "task.taken"
    TASK_ASSIGNED = "task.assigned"
    TASK_ACKNOWLEDGED = "task.acknowledged"
    TASK_PLANNED = "task.planned"  # whoever answers for it says when it will be done
    SERVICE_CLOSED = "service.closed"  # it waits until the first of the service groups opens
    TASK_STARTED = "task.started"
    TASK_WITHDRAWN = "task.withdrawn"
    PEOPLE_CHANGED = "people.changed"  # how many it needs, said by staff
    LEAD_CHANGED = "lead.changed"  # who leads those who help
    TAKER_NUDGED = "taker.nudged"
    TAKER_SILENT = "taker.silent"
    ACKNOWLEDGEMENT_LAPSED = "acknowledgement.lapsed"
    TASK_DONE = "task.done"
    HELPER_THANKED = "task.helper_thanked"
    TASK_CONFIRMED = "task.confirmed"
    TASK_DENIED = "task.denied"  # the resident says that nobody came
    TASK_CLOSED = "task.closed"
    TASK_CANCELLED = "task.cancelled"
    TASK_ESCALATED = "task.escalated"
    TASK_NOTED = "task.noted"
    TAKER_RELIEVED = "taker.relieved"  # staff have taken it from whoever had it
    TASK_HELD = "task.held"  # put off by staff
    TASK_RESUMED = "task.resumed"
    TASK_MERGED = "task.merged"  # stands on both: the duplicate and the one that it is part of now
    TASK_SPLIT = "task.split"  # a part of it is a task of its own now
    TASK_CHANGED = "task.changed"
    TASK_ANSWERED = "task.answered"  # by staff, in words to the resident: closed
    TASK_RELEASED = "task.released"  # staff give back what they took
    CALLBACK_WANTED = "callback.wanted"
    REQUEST_ADDED_TO = "request.added_to"
    FIXED_CONTACT_SET = "fixed_contact.set"
    FIXED_CONTACT_PROPOSED = "fixed_contact.proposed"  # after the second visit
    FIXED_CONTACT_ENDED = "fixed_contact.ended"  # how: helper, resident, staff; never why
    OCCASION_MOVED = "occasion.moved"  # of a need that repeats: occasion, skipped
    HOLIDAYS_CHOSEN = "holidays.chosen"
    TASK_DELAYED = "task.delayed"  # the helper comes later than the resident thinks
    SERVICE_WANTED = "service.wanted"  # a helper says that it is no task for a volunteer
    NEXT_VISIT_PLANNED = "next_visit.planned"  # the same help, by the same helper, a week later
    CONCERN_REPORTED = "concern.reported"  # a helper worries about the resident; the words stand in a task of their own
    CONCERN_REPLIED = "concern.replied"  # by a coordinator, in confidence
    RESIDENT_NOT_REACHED = "resident.not_reached"  # a helper at the door, or on the telephone. how: door, phone
    RESIDENT_HEARD_OF = "resident.heard_of"  # has written while somebody looks how the resident is
    EXPENSE_RECORDED = "expense.recorded"
    # Paying helpers back. Data: expense, amount_ore.
    RECEIPT_ADDED = "expense.receipt_added"
    RECEIPT_ASKED = "expense.receipt_asked"
    EXPENSE_APPROVED = "expense.approved"
    EXPENSE_PAID = "expense.paid"  # how: "swish" or "invoice"
    EXPENSE_REJECTED = "expense.rejected"  # the reason stands with the expense
    # Things that are lent. Data: equipment, loan.
    EQUIPMENT_LENT = "equipment.lent"
    EQUIPMENT_RETURNED = "equipment.returned"
    EQUIPMENT_REMINDED = "equipment.reminded"
    PERSON_STOPPED = "person.stopped"
    PERSON_STARTED = "person.started"
    # What staff do to a person's own row: "person" in the data says whose. Never the values of what was changed.
    PERSON_REGISTERED = "person.registered"  # a volunteer, by the person's own answers
    CHAT_BLOCKED = "person.chat_blocked"  # the bot may not write to this person any more
    CHAT_LINKED = "person.chat_linked"  # the person's account and telephone number belong together now
    PERSON_ADDED = "person.added"
    PERSON_CHANGED = "person.changed"
    PERSON_PAUSED = "person.paused"
    PERSON_RESUMED = "person.resumed"
    PERSON_MERGED = "person.merged"  # a duplicate has become part of this person
    PERSON_RESTARTED = "person.restarted"  # staff have ended STOPP, at the person's word
    PERSON_TALKED_WITH = "person.talked_with"  # about what had become of their promises
    PERSON_ERASED = "person.erased"  # forgotten, at the person's own wish
    # The rota. Data: shift, group, starts_at, ends_at; staff: who put the person on, or took them off; rota: which one did.
    SHIFT_TAKEN = "shift.taken"
    SHIFT_LEFT = "shift.left"  # hole: nobody is on it, and it begins soon; why: the person cannot come (coverage.CannotCome)
    SHIFT_SWAP_ASKED = "shift.swap_asked"
    SHIFT_SWAPPED = "shift.swapped"  # from: whose it was
    SHIFT_NEEDED_SET = "shift.needed_set"  # needed: how many one date needs; 0: it is cancelled
    SHIFT_HOLE_TOLD = "shift.hole_told"  # missing, to: lead, coordinators, bare (dispatch/coverage.py)
    ROTA_MADE = "rota.made"  # rota, group, first_on, last_on
    ROTA_ENDED = "rota.ended"  # and shifts: how many nobody comes to any more
    STAND_IN_MADE = "stand_in.made"  # group, person, stand_in, first_on, last_on; moved, holes: how many shifts
    STAND_IN_ENDED = "stand_in.ended"
    # The map. Data: area, source, before and after (km²); of an import: source, names, addresses.
    AREA_REDRAWN = "area.redrawn"
    GAZETTEER_IMPORTED = "gazetteer.imported"
    LADDER_CHANGED = "ladder.changed"  # somebody has saved another version of a ladder. Data: version
    # Case systems of service groups. Data: group; request, the system's name for it; error.
    SYSTEM_RECEIVED = "system.received"
    SYSTEM_REFUSED = "system.refused"  # it will not take the task, or cannot be reached
    INBOUND_FAILED = "inbound.failed"
    MESSAGE_DEAD = "message.dead"
    MESSAGE_HANDLED = "message.handled"  # a human has phoned instead
    CALL_TAKEN = "call.taken"
    CALL_RELEASED = "call.released"
    CALL_NOT_ANSWERED = "call.not_answered"
    CALL_HANDED_ON = "call.handed_on"  # to a coordinator
    # Somebody phones the network. Data: call.
    PHONE_RANG = "phone.rang"
    PHONE_TAKEN = "phone.taken"  # an operator talks with the caller
    PHONE_RELEASED = "phone.released"
    PHONE_CONNECTED = "phone.connected"  # the caller and the person of a task, who do not see each other's number
    PHONE_ENDED = "phone.ended"
    # Calls that the network makes itself. Data: call, purpose, and in the end outcome and seconds.
    CALL_WANTED = "call.wanted"
    CALL_ENDED = "call.ended"
    # Phone chats. Data: phone_chat, never a name; how: who wanted it.
    PHONE_CHAT_WISHED = "phone_chat.wished"  # person: whose wish was written down
    PHONE_CHAT_UNWISHED = "phone_chat.unwished"
    PHONE_CHAT_ASKED = "phone_chat.asked"
    PHONE_CHAT_AGREED = "phone_chat.agreed"  # person: who said yes
    PHONE_CHAT_DECLINED = "phone_chat.declined"
    PHONE_CHAT_BEGUN = "phone_chat.begun"
    PHONE_CHAT_TALKED = "phone_chat.talked"  # minutes
    PHONE_CHAT_MISSED = "phone_chat.missed"  # outcome, tries
    PHONE_CHAT_SKIPPED = "phone_chat.skipped"
    PHONE_CHAT_MOVED = "phone_chat.moved"
    PHONE_CHAT_PAUSED = "phone_chat.paused"
    PHONE_CHAT_RESUMED = "phone_chat.resumed"
    PHONE_CHAT_ENDED = "phone_chat.ended"


# What the program does by itself on the way, and calls, which decide nothing about the task: nobody who acts on a task needs
# to be told that it has happened meanwhile.
AUTOMATIC = frozenset(
    {
        Kind.STEP_BEGUN,
        Kind.STEP_SKIPPED,
        Kind.NOBODY_TO_ASK,
        Kind.OFFERS_SENT,
        Kind.OFFERS_EXPIRED,
        Kind.OFFERS_SUPERSEDED,
        Kind.ACKNOWLEDGEMENT_ASKED,
        Kind.ACKNOWLEDGEMENT_ASKED_AGAIN,
        Kind.TAKER_NUDGED,
        Kind.SERVICE_CLOSED,
        Kind.TASK_RESUMED,
        Kind.SYSTEM_RECEIVED,
        Kind.SYSTEM_REFUSED,
        Kind.MESSAGE_DEAD,
        Kind.MESSAGE_HANDLED,
        Kind.CALL_TAKEN,
        Kind.CALL_RELEASED,
        Kind.CALL_NOT_ANSWERED,
        Kind.CALL_HANDED_ON,
        Kind.PHONE_TAKEN,
        Kind.PHONE_RELEASED,
        Kind.PHONE_CONNECTED,
        Kind.PHONE_ENDED,
        Kind.CALL_WANTED,
        Kind.CALL_ENDED,
    }
)


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. `person_id`: who did it; None: the program itself. `data` is JSON; `staff` in it is the
    member of staff who entered it for that person."""

    at: datetime
    kind: Kind
    task_id: int | None = None
    person_id: int | None = None
    data: dict[str, Any] = field(default_factory=dict)
