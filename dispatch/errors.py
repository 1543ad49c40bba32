"""Named outcomes: everything that a person can run into, each with the words that the person gets.

`kind` is the text's key in bots/locale (what is answered by SMS; what only staff run into is worded by their pages);
`str(error)` is plain English for the API and the log.
None of them carries a message body or a full phone number.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any


class Outcome(Exception):
    """Something that a person asked for cannot be done; nothing was changed."""

    kind = "not_possible"
    status = 409  # what the API answers

    def __init__(self, detail: str, **params: Any) -> None:
        super().__init__(detail)
        self.params: Mapping[str, Any] = params


class OfferGone(Outcome):
    """Somebody was faster, or the offer's time has run out."""

    kind = "too_late"


class AlreadyYours(Outcome):
    """The person accepts what the person already has."""

    kind = "already_yours"


class NotYours(Outcome):
    """The person reports on a task that the person has not taken."""

    kind = "not_yours"


class UnknownNumber(Outcome):
    """No offer has this number for this phone."""

    kind = "unknown_number"
    status = 404


class WhichNumber(Outcome):
    """A bare word could mean several tasks."""

    kind = "which_number"


class YesOrNo(Outcome):
    """A number and no word that says what about it."""

    kind = "yes_or_no"


class MoreAreLookedFor(Outcome):
    """The task needs more people than have said yes: nobody goes before they are complete. params: number, more."""

    kind = "more_looked_for"


class TaskEnded(Outcome):
    """The task is done, closed or cancelled already."""

    kind = "task_ended"


class IllegalMove(Outcome):
    """The task's state does not allow the action."""

    kind = "not_possible"


class UnknownTask(Outcome):
    """No task has this code."""

    kind = "nothing_open"
    status = 404


class UnknownPerson(Outcome):
    """No person has this phone number."""

    kind = "not_possible"
    status = 422


class ProtectedResident(Outcome):
    """The resident's identity is protected: only staff may have the task. A volunteer who answers is too late."""

    kind = "too_late"


class KeptApart(Outcome):
    """One of the two does not want to meet the other. Whoever answers is never told so: somebody was faster."""

    kind = "too_late"


class CheckLapsed(Outcome):
    """The task takes a background check, and the person's is not valid on the day of the task."""

    kind = "check_lapsed"


class BadRequest(Outcome):
    """The request itself cannot be understood."""

    kind = "not_possible"
    status = 422


class ChangedSince(Outcome):
    """Somebody has acted on the task since the page was shown that the actor looked at.

    params: code, and changes, a list of {"id", "at", "kind", "actor"}, oldest first.
    """

    kind = "changed_since"

    def __init__(self, code: str, changes: list[dict[str, Any]]) -> None:
        told = ", ".join(f"{c['kind']} by {c['actor']}" for c in changes)
        super().__init__(f"{code} has changed since you looked: {told}", code=code, changes=changes)


class AlreadyAsked(Outcome):
    """The person has been asked about this task and has not answered yet."""

    kind = "already_asked"


class NotFit(Outcome):
    """The person lacks what the task asks for.

    params: missing, a tuple of skills, "language", "emergency" (it is one, and the person is a volunteer), and what no "anyway"
    helps against: "staff" (volunteers may not do this at all) and rules.SAFETY.
    """

    kind = "not_fit"

    def __init__(self, code: str, missing: tuple[str, ...]) -> None:
        super().__init__(f"this person cannot be given {code}: lacks {', '.join(missing)}", code=code, missing=missing)


class HeldByOther(Outcome):
    """A colleague has taken it. params: helper, the colleague's first name."""

    kind = "held_by_other"

    def __init__(self, code: str, helper: str) -> None:
        super().__init__(f"{helper or 'somebody else'} has taken {code}", code=code, helper=helper)


class UnknownCall(Outcome):
    """No message that waits for a call has this id."""

    kind = "unknown_call"
    status = 404


class AlreadyHandled(Outcome):
    """The call has been made, or handed on, already."""

    kind = "already_handled"


class TakenByOther(Outcome):
    """A colleague is phoning already. params: helper, the colleague's first name."""

    kind = "taken_by_other"

    def __init__(self, name: str | None) -> None:
        helper = (name or "").split(" ")[0]
        super().__init__(f"{helper or 'somebody else'} is phoning already", helper=helper)


class NotAMember(Outcome):
    """Only the group's members share its shifts. params: group, its name."""

    kind = "not_a_member"


class NoSuchShift(Outcome):
    """The network file has no such shift, or it is over."""

    kind = "no_such_shift"
    status = 404


class ShiftFull(Outcome):
    """Somebody took the last place. params: group, its name; starts, ends."""

    kind = "shift_full"


class AlreadyOnShift(Outcome):
    """The person is on a shift at that time, this one or another. params: group, its name; starts, ends: of that shift."""

    kind = "already_on_shift"


class NotOnShift(Outcome):
    """The shift is not the person's, or not any more."""

    kind = "not_on_shift"


class SwapGone(Outcome):
    """A colleague has taken the shift, or whoever wanted to swap it has left it."""

    kind = "swap_gone"


class OwnSwap(Outcome):
    """It is the person who wants to swap this shift. params: group, its name; starts, ends."""

    kind = "own_swap"


class CannotComeThen(Outcome):
    """The person has said STOPP, or has a pause that lasts until then. params: group, its name; starts, ends."""

    kind = "cannot_come_then"


class NotYourGroup(Outcome):
    """An area lead acts on a shift of another group than the own area's."""

    kind = "not_your_group"
    status = 404


class NoSuchRota(Outcome):
    """There is no such rota, or stand-in, or it has ended."""

    kind = "no_such_rota"
    status = 404


class StandsInAlready(Outcome):
    """Somebody stands in for the person on some of these days already. params: group, its name."""

    kind = "stands_in_already"


class StaffAccount(Outcome):
    """Somebody who signs in here cannot be erased: what staff have done stays theirs until an administrator ends the account."""

    kind = "staff_account"


class SettledAlready(Outcome):
    """A colleague has moved the expense on since the page was shown, or it is not where that can be done."""

    kind = "not_possible"


class ReceiptThere(Outcome):
    """The receipt has come already, or it was asked for today."""

    kind = "not_possible"


class LentAlready(Outcome):
    """Somebody was faster: the thing is out, or not lent any more."""

    kind = "not_possible"


class ReturnedAlready(Outcome):
    """A colleague has noted already that the thing is back."""

    kind = "not_possible"


class CardNumber(Outcome):
    """What was sent looks like a payment card's number or a PIN (domain.md, Money): it is not to be kept."""

    kind = "card_number"
    status = 422


class MapMoved(Outcome):
    """Somebody else has moved a boundary since the map was shown that was drawn on."""

    kind = "map_moved"

    def __init__(self, expected: int, version: int) -> None:
        super().__init__("somebody else has moved a boundary meanwhile: look at the map as it is now", version=version)
        self.expected = expected


class LadderChanged(Outcome):
    """Somebody else has saved another version of the ladder since the page was shown. params: by, at."""

    kind = "ladder_changed"

    def __init__(self, by: str, at: datetime) -> None:
        super().__init__(f"{by or 'somebody else'} has changed this ladder meanwhile: look at it as it is now", by=by, at=at)


class Stale(Exception):
    """The state changed between reading and storing. Whoever catches it reads and decides again."""


class AlreadyReceived(Exception):
    """The carrier delivered a message that is stored already. It is acknowledged again and nothing else."""


class BeingPhoned(Outcome):
    """The network is phoning the person right now, by itself."""

    kind = "being_phoned"


class PlanPassed(Outcome):
    """The time for which something is planned has passed already. params: number, of the offer."""

    kind = "plan_passed"
    status = 422


class PlanTooFar(Outcome):
    """It is planned for a day that is too far ahead. params: days, how many are the most; number, of the offer."""

    kind = "plan_too_far"
    status = 422


class PlanUnclear(Outcome):
    """No day can be read in the words that should say when. params: number, of the offer."""

    kind = "plan_unclear"
    status = 422


class PhoneChatEnded(Outcome):
    """A pair of a phone chat is not where that can be done: it has ended, or has not begun."""

    kind = "phone_chat_over"


class NoPhoneChat(Outcome):
    """No pair of a phone chat is meant."""

    kind = "phone_chat_over"
    status = 404


class PairedAlready(Outcome):
    """The resident has a pair, or one of the two has not answered another question yet."""

    kind = "phone_chat_over"


class NotConnected(Outcome):
    """The network connects nobody: no carrier of its can phone, or one of the two has no number for it."""

    kind = "not_connected"
