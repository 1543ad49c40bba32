"""What is said about duty when something was done, or could not be: to staff, and to a volunteer."""

from dispatch import errors
from dispatch.errors import Outcome
from dispatch.slots import Slot
from service.duty.picture import hours_of
from service.runtime import Runtime
from service.web.outcomes import outcome_words
from service.web.texts import N_, Texts
from service.web.times import day

# By the action's name, which stands in the address of the page that follows.
DONE = {
    "put-on": N_("Done. The person has been told."),
    "take-off": N_("Done. The person has been told, and the coordinators if nobody is left."),
    "needed": N_("Done. So many are needed that day."),
    "cancel": N_("Done. Whoever was on it has been told that they need not come."),
    "extra": N_("Done. There is one shift more."),
    "stand-in": N_("Done. Both have been told. Shifts that the stand-in cannot take are marked as lacking people."),
    "end-stand-in": N_("Done. What the rotas fill from now on is the absent one's again."),
    "rota": N_("Done. The coming two weeks are filled, and everybody in it has been told."),
    "end-rota": N_("Done. Whoever loses a shift has been told."),
    "calendar": N_("Here is the new address. The old one, if there was one, no longer works."),
}
OWN_DONE = {
    "sign-up": N_("Thank you! You are on the shift. We remind you before it begins."),
    "leave": N_("You are no longer on the shift. Thank you for saying so."),
    "swap": N_("Colleagues who are free are asked. Until somebody takes it, the shift is yours."),
    "take": N_("Thank you! The shift is yours now, and your colleague has been told."),
    "calendar": N_("Here is your calendar's address. An older one no longer works."),
}
_STAFF: dict[type[Outcome], str] = {
    errors.NotAMember: N_("The person is not a member of %(group)s."),
    errors.NoSuchShift: N_("There is no such shift, or it is over."),
    errors.ShiftFull: N_("Somebody was faster: the shift is full."),
    errors.AlreadyOnShift: N_("There is a shift at that time already: %(group)s, %(time)s."),
    errors.NotOnShift: N_("The person is not on the shift any more."),
    errors.CannotComeThen: N_("The person cannot come then: paused, or has said STOPP."),
    errors.NoSuchRota: N_("It has ended already."),
    errors.StandsInAlready: N_("Somebody stands in for this person on some of these days already. End that first."),
    errors.BadRequest: N_("Something was left out, or cannot be used. Look at it once more."),
}
_OWN: dict[type[Outcome], str] = {
    errors.NotAMember: N_("Only members of %(group)s share its shifts."),
    errors.NoSuchShift: N_("There is no such shift, or it is over."),
    errors.ShiftFull: N_("Thank you for offering! Somebody was faster, and the shift is full."),
    errors.AlreadyOnShift: N_("You are on a shift at that time already: %(group)s, %(time)s."),
    errors.NotOnShift: N_("The shift is not yours any more, so nothing was changed."),
    errors.SwapGone: N_("Thank you for offering! Somebody has taken it already, or it is not given away any more."),
    errors.OwnSwap: N_("That shift is your own."),
}


def refusal(outcome: Outcome, runtime: Runtime, words: Texts, own: bool = False) -> str:
    """Why it could not be done. own: to the person whose shifts they are."""
    table = _OWN if own else _STAFF
    said = next((table[t] for t in type(outcome).__mro__ if t in table), None)
    if said is None:
        return outcome_words(outcome, words)
    params = dict(outcome.params)
    if "starts" in params:
        slot = Slot("", params["starts"], params["ends"], 1)
        date = day(slot.starts_at.astimezone(runtime.network.zone).date(), words.language)
        params["time"] = f"{date} {hours_of(slot, runtime.network)}"
    return words.gettext(said) % params
