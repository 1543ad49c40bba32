"""What a member of staff reads when something cannot be done: the named outcomes of dispatch/errors.py in plain words."""

from dispatch import errors
from dispatch.errors import Outcome
from service.skills import skill_name
from service.web.texts import N_, Texts

SAID: dict[type[Outcome], str] = {
    errors.OfferGone: N_("Somebody was faster: the task has been taken already."),
    errors.AlreadyYours: N_("This person has the task already."),
    errors.NotYours: N_("This person does not have the task."),
    errors.TaskEnded: N_("The task has ended already: done, closed or cancelled."),
    errors.IllegalMove: N_("That cannot be done with the task as it is now."),
    errors.UnknownTask: N_("There is no task with this code."),
    errors.UnknownPerson: N_("This person cannot be asked: paused, has said STOPP, or has no number."),
    errors.ProtectedResident: N_("The resident's identity is protected: only staff may have this task."),
    errors.KeptApart: N_("One of the two does not want to meet the other."),
    errors.CheckLapsed: N_("The person's background check is not valid on the day of the task."),
    errors.ChangedSince: N_("Somebody has acted on the task since you opened it. Read what, then do it again if it is right."),
    errors.AlreadyAsked: N_("This person has been asked and has not answered yet."),
    errors.UnknownCall: N_("There is no such call."),
    errors.AlreadyHandled: N_("A colleague has made this call already."),
    errors.BeingPhoned: N_("The person is being phoned right now by the network itself. Wait a few minutes."),
    errors.PhoneChatEnded: N_("The pair has ended, or is not where that can be done. Here is how it stands now."),
    errors.NoPhoneChat: N_("There is no such pair."),
    errors.PairedAlready: N_("One of the two has a pair already, or has not answered another question yet."),
    errors.MoreAreLookedFor: N_("More people are looked for: nobody goes alone."),
    errors.PlanPassed: N_("This time has passed already."),
    errors.PlanTooFar: N_("At most 30 days ahead. Hand it back if it cannot be done by then."),
    errors.PlanUnclear: N_("Say when: a day, and a time if you know one."),
    errors.CardNumber: N_("That looks like a card's number or a PIN: write it without. A door's code may stand: “portkod 1234”."),
    errors.SettledAlready: N_("A colleague has been here already, or it is not where that can be done. This is how it stands."),
    errors.LentAlready: N_("Somebody was faster: it is out, or not lent any more."),
    errors.ReturnedAlready: N_("A colleague has noted already that it is back."),
    errors.ReceiptThere: N_("The receipt has come already, or it was asked for today."),
    errors.NotConnected: N_("The network cannot connect this call."),
}  # fmt: skip
# What is wrong with one field: the beginning of a BadRequest's English text says which field it is.
FIELDS = {
    "person": N_("Choose a person: a name or a number."),
    "until": N_("Say until when: at most 14 days ahead, and not in the past."),
    "at": N_("Say when: a day, and a time if you know one."),
    "into": N_("Say which request it is: the code of one that has not ended, and is not this one."),
    "category": N_("Choose a category."),
    "area": N_("Choose an area."),
    "place": N_("The network does not know this place in that area. Write it as an address."),
    "urgency": N_("Choose an urgency."),
    "text": N_("Write something here; an answer fits in two SMS."),
    "wanted": N_("At most 200 characters."),
    "requires": N_("At most 200 characters."),
    "address": N_("At most 500 characters."),
    "from_area": N_("Choose an area."),
    "from_place": N_("The network does not know this place in that area. Write it as an address."),
    "from_address": N_("At most 500 characters."),
    "expected": N_("Write the amount only, in kronor: 245 or 245,50."),
    "minutes": N_("Write how many minutes: from 5 to 240."),
}
IN_GENERAL = N_("That could not be done.")
LACKS = {
    "staff": N_("Volunteers may not do this at all: give it to a service group or another member of staff."),
    "emergency": N_("This is an emergency, and the person is a volunteer."),
    "apart": N_("One of the two does not want to meet the other."),
    "vetted": N_("The person's background check is not valid on the day of the task."),
    "language": N_("The person does not speak the resident's language."),
}


def outcome_words(outcome: Outcome, words: Texts) -> str:
    """The outcome in the reader's language."""
    name = words.gettext
    if isinstance(outcome, errors.HeldByOther | errors.TakenByOther):
        helper = outcome.params.get("helper") or name(N_("A colleague"))
        said = (
            N_("%(helper)s has taken this.") if isinstance(outcome, errors.HeldByOther) else N_("%(helper)s is phoning already.")
        )
        return name(said) % {"helper": helper}
    if isinstance(outcome, errors.NotFit):
        missing = outcome.params["missing"]
        told = [name(LACKS[m]) for m in missing if m in LACKS]
        if skills := [skill_name(m, words) for m in missing if m not in LACKS]:
            told.append(name(N_("The person lacks: %(skills)s.")) % {"skills": ", ".join(skills)})
        return " ".join(told)
    if isinstance(outcome, errors.BadRequest):
        field = field_of(outcome)
        return name(FIELDS[field]) if field else f"{name(IN_GENERAL)} ({outcome})"
    return name(next((SAID[t] for t in type(outcome).__mro__ if t in SAID), IN_GENERAL))


def field_of(outcome: Outcome) -> str:
    """The form's field that a BadRequest is about; empty when it names none."""
    field = str(outcome).partition(":")[0]
    return field if isinstance(outcome, errors.BadRequest) and field in FIELDS else ""
