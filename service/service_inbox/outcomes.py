"""What the reader is told after an action: that it was done, or in plain words why it could not be."""

from dispatch import errors
from dispatch.errors import Outcome
from dispatch.model import ENDED, Case, TaskState
from service.web.outcomes import outcome_words
from service.web.texts import N_, Texts

# By what was done; %(code)s is the task. Stands in the address of the page that follows, so that a reload says it again.
DONE = {
    "acknowledge": N_("%(code)s is yours. The resident has been told that you take care of it."),
    "take-over": N_("%(code)s is yours now. Your colleague has been told."),
    "decline": N_("Noted: you cannot take %(code)s. Others are asked."),
    "plan": N_("The resident has been told when %(code)s will be done."),
    "start": N_("The resident has been told that you are on the way to %(code)s."),
    "done": N_("Thank you! %(code)s is reported as done."),
    "hand-back": N_("%(code)s is handed back. Others are asked at once."),
    "note": N_("The note is kept with %(code)s."),
}
REASON_NEEDED = N_("Write why, so that whoever takes it next knows.")
NOTE_NEEDED = N_("Write the note.")
TOO_LONG = N_("At most 2,000 characters.")
LONGEST = 2_000

# Where the reader is the person meant, the words are other ones than on the board.
_TO_YOU: dict[type[Outcome], str] = {
    errors.OfferGone: N_("Somebody else was faster: it is taken already. You need not do anything."),
    errors.AlreadyYours: N_("You have it already."),
    errors.NotYours: N_("Nobody of yours has it now, so nothing was changed."),
    errors.TaskEnded: N_("It is finished already, so nothing was changed."),
    errors.ChangedSince: N_("Somebody has acted on it since you opened the page. This is how it is now."),
}  # fmt: skip


def require_open(case: Case) -> None:
    """After a no: to say it to what somebody else has, or what has ended, changes nothing and is no error to the engine; the
    reader must hear it. Raises OfferGone, TaskEnded."""
    if case.task.state in ENDED | {TaskState.DONE}:
        raise errors.TaskEnded(case.task.code)
    if case.task.state is not TaskState.OPEN:
        raise errors.OfferGone(case.task.code)


def done_words(action: str, code: str, words: Texts) -> str:
    """What was done; empty for what nobody does."""
    return words.gettext(DONE[action]) % {"code": code} if action in DONE else ""


def refusal_words(outcome: Outcome, words: Texts) -> str:
    """Why it could not be done, to whoever wanted it."""
    said = next((_TO_YOU[t] for t in type(outcome).__mro__ if t in _TO_YOU), None)
    return words.gettext(said) if said else outcome_words(outcome, words)


def text_problem(action: str, text: str, words: Texts) -> str:
    """What is wrong with the words that came along, empty when nothing is."""
    if len(text) > LONGEST:
        return words.gettext(TOO_LONG)
    needed = {"hand-back": REASON_NEEDED, "note": NOTE_NEEDED}.get(action)
    return words.gettext(needed) if needed and not text.strip() else ""
