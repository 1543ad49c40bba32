"""What a volunteer is told after an action: that it was done, or in plain words why it could not be."""

from dispatch import errors
from dispatch.errors import Outcome
from dispatch.model import ENDED, Case, TaskState
from service.board.lanes import NO_BECAUSE
from service.web.texts import N_, Texts

LONGEST = 2_000  # characters
# By what was done; %(code)s is the task. Stands in the address of the page that follows, so that a reload says it again.
DONE = {
    "accept": N_("Thank you! The task is yours. Whoever needs help has been told that you are coming."),
    **dict.fromkeys(NO_BECAUSE, N_("Thank you for saying so! Others are asked.")),
    "connect": N_("We phone you now. Answer, press 1, and we connect you. Neither sees the other's number."),
    "start": N_("Whoever waits for you has been told that you are on the way."),
    "done": N_("Thank you for your help! It is noted as done."),
    "late": N_("Whoever waits for you has been told that you are late."),
    "hand-back": N_("Thank you for saying so. Others are asked now, and whoever waits is told. You need not do more."),
    "need-service": N_("The service group has been asked to take over. You need not do anything more."),
    "tick": N_("Ticked."),
    "expense": N_("What you paid is noted. Keep the receipt until you have the money back."),
    "nobody-home": N_("Noted. Wait a little and try again. After three times somebody finds out how the person is."),
    "concern": N_("Thank you for telling us. Somebody of the staff reads it now."),
    "keep": N_("Thank you! You are asked first next time."),
    "again": N_("Thank you! The same help is planned for next week, and you are asked first."),
    "not-again": N_("Noted. You are not asked to help this person again, and they are not told."),
    "finished": N_("Thank you! That is all."),
}
_REFUSED: dict[type[Outcome], str] = {
    errors.OfferGone: N_("Thank you for being willing! Somebody was faster, so you need not do anything."),
    errors.ProtectedResident: N_("Others take care of it, so you need not do anything. Thank you!"),
    errors.KeptApart: N_("Others take care of it, so you need not do anything. Thank you!"),
    errors.CheckLapsed: N_("The task takes a background check that is valid on that day. Phone us to renew yours."),
    errors.AlreadyYours: N_("The task is yours already."),
    errors.NotYours: N_("You do not have the task now, so nothing was changed."),
    errors.TaskEnded: N_("The task has ended already, so nothing was changed."),
    errors.NotFit: N_("The task has changed and does not suit you any more. Thank you for being willing!"),
    errors.NotConnected: N_("We cannot connect this call. Phone us instead."),
    errors.UnknownPerson: N_("You have paused or said STOPP. Text START, then try again."),
}  # fmt: skip
NO_CARDS = N_("That looks like a bank card's number or a PIN. Never send those to anybody. Write it without.")
_NOT_NOW = N_("That cannot be done now, so nothing was changed. Phone us if you wonder why.")
_TOO_LONG = N_("At most 2,000 characters: shorten it.")
_SAY_WHAT = N_("Write what makes you worried.")


def done_words(action: str, code: str, words: Texts) -> str:
    """What was done; empty for what nobody does."""
    return words.gettext(DONE[action]) % {"code": code} if action in DONE else ""


def refusal_words(outcome: Outcome, words: Texts) -> str:
    """Why it could not be done."""
    return words.gettext(next((_REFUSED[t] for t in type(outcome).__mro__ if t in _REFUSED), _NOT_NOW))


def text_problem(action: str, text: str, words: Texts) -> str:
    """What is wrong with the words that came along, empty when nothing is."""
    if len(text) > LONGEST:
        return words.gettext(_TOO_LONG)
    return words.gettext(_SAY_WHAT) if action == "concern" and not text else ""


def what_became(case: Case, mine: bool, gave_up: bool) -> str:
    """Why there is nothing more to do. mine: the reader had it to the end; gave_up: has said no or given it back."""
    state = case.task.state
    if state is TaskState.CANCELLED:
        return N_("The task is cancelled. You need not do anything. Thank you for being willing!")
    if mine:
        return N_("The task is finished. Thank you for your help!")
    if gave_up and state is TaskState.OPEN:
        return N_("You have said that you cannot. Others are asked, and you need not do anything more.")
    if state not in ENDED and case.takers:
        return N_("Somebody else helps. You need not do anything. Thank you for being willing!")
    return N_("The task is finished, or others take care of it. You need not do anything. Thank you!")
