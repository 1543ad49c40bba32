"""The board's columns, what they are called, and how tasks, steps and messages are named on pages."""

from dispatch.model import Ask, TaskState, Urgency
from service.web.texts import N_

# In the order in which a coordinator looks: what waits for a human first. The SQL view board_task says what is in which.
LANES = {
    "human": N_("Needs a human"),
    "open": N_("Looking for help"),
    "taken": N_("Taken"),
    "underway": N_("Under way"),
    "service": N_("With staff"),
    "done": N_("Done today"),
}
EMPTY = {
    "human": N_("Nothing waits for you."),
    "open": N_("Nobody waits for help."),
    "taken": N_("Nothing is taken."),
    "underway": N_("Nobody is on the way."),
    "service": N_("Staff have nothing."),
    "done": N_("Nothing yet."),
}
STATES = {
    TaskState.ASKING: N_("Waiting for the resident's answer"),
    TaskState.OPEN: N_("Looking for help"),
    TaskState.TAKEN: N_("Somebody has it"),
    TaskState.UNDERWAY: N_("Under way"),
    TaskState.WITH_SERVICE: N_("With staff"),
    TaskState.DONE: N_("Done, to be confirmed"),
    TaskState.CLOSED: N_("Closed"),
    TaskState.CANCELLED: N_("Cancelled"),
}
STEPS = {
    Ask.FIXED_CONTACT: N_("the fixed contact"),
    Ask.AREA: N_("the area's group"),
    Ask.NEIGHBOURS: N_("neighbouring areas"),
    Ask.EMERGENCY: N_("the emergency group"),
    Ask.REGULARS: N_("the regular volunteers"),
    Ask.WEEKEND: N_("the weekend group"),
    Ask.SERVICE: N_("the service groups"),
    Ask.COORDINATOR: N_("the coordinator"),
}
URGENCIES = {
    Urgency.NORMAL: N_("Ordinary"),
    Urgency.HIGH: N_("Urgent"),
    Urgency.EMERGENCY: N_("Emergency"),
}
# Why a human must act: the keys that tasks carry in `human`.
REASONS = {
    "emergency": N_("May be danger to life"),
    "callback": N_("Wants to be phoned"),
    "question": N_("Has a question"),
    "not_understood": N_("We did not understand"),
    "no_answer": N_("Has not answered our question"),
    "helper_wrote": N_("A helper has written"),
    "wants_to_help": N_("Wants to help"),
    "failed": N_("A fault of ours: the message must be read"),
    "unreadable_number": N_("Has no number that we can answer"),
    "taker_silent": N_("The helper has not been heard of"),
    "denied": N_("Says that nobody came"),
    "escalated": N_("Sent on by a colleague"),
    "incomplete": N_("Something is missing"),
    "call_failed": N_("Could not be reached by phone"),
    "service_wanted": N_("A helper asks for the service group"),
    "concern": N_("A helper is worried about somebody"),
    "welfare": N_("Nobody has reached this person: find out how it is"),
    "expense_over": N_("A helper has paid more than the limit"),
    "equipment_late": N_("A thing that was lent is not back"),
    "complaint": N_("Complains, or is afraid of a helper"),
    "outside": N_("Lies outside our areas"),
    "partly": N_("Got only some of the help"),
    "flood": N_("Sends very many messages"),
    "voice": N_("Has left a voice message"),
    "photo": N_("Has sent a picture"),
    "phone_chat_silent": N_("Did not answer the weekly call: may need somebody to look"),
    "phone_chat_volunteer": N_("The volunteer did not answer for the weekly call"),
    "phone_chat_gone": N_("The volunteer did not answer for the weekly call, two weeks in a row"),
    "phone_chat_line": N_("The weekly call could not be connected"),
}
# The routine that a volunteer would break: the keys that tasks carry in `routine` (dispatch/routines.py).
ROUTINES = {
    "care": N_("Care: not for volunteers"),
    "bank": N_("Cards, PIN or bank: not for volunteers"),
    "staff": N_("Volunteers may not do this"),
    "protected": N_("Protected identity: only staff may help"),
    "money": N_("Costs more than volunteers may lay out"),
    "goods": N_("Something that volunteers do not buy"),
    "infection": N_("Infection at home, and somebody must go in"),
}
# Why a volunteer says no, by the button that was pressed: in the volunteer's mouth.
NO_BECAUSE = {"later": N_("Not now"), "far": N_("Too far away"), "thing": N_("Not my kind of task")}
OTHER_REASON = N_("A human must look at this")
