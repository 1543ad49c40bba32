"""What a sentence says beside its intent: a complaint, a name, an address, "I have phoned 112", a machine's answer.

Each is a pattern over folded words (geo.fold), for what only matters where the conversation stands. Pure.
"""

from __future__ import annotations

import re

from geo.fold import fold

_SCAN = 500  # characters; these things are said in the first lines
# "Hon har varit här": a plain statement, with nothing against it.
_HAS_COME = re.compile(r"^(?!.*\b(inte|aldrig|ingen|glomde|fel|sur)\b).*\b(kom|varit har|har kommit|hjalpte|fixade)\b")
# "Jag behöver inte mjölk": less of something, and not nothing at all.
_LESS = re.compile(
    r"\bbehover (inte|ej|ingen) (?!hjalp|det\b|den\b|er\b|nagot|nan|langre|mer\b|handla|skjuts|komma|ha\b)\w+|^ingen \w+"
)
# Fear of a helper, or anger: never the helper's to read, and never a new request.
_COMPLAINT = re.compile(
    r"\b(radd for|otrevlig\w*|hota[rdt]\w*|stal|stulit|klagomal|klaga|missnojd|arg pa|tog mina pengar|tagit mina pengar"
    r"|(mitt|mina) (bankkort|kort|kod|pin)|inte kodordet|fel kodord|kunde inte kod\w*|kanner mig lurad|lurade)\b"
)
# "Did you get help?": some of it, or the wrong thing.
_PARTLY = re.compile(
    r"^(nja|delvis|nastan|inte riktigt|sadar)\b|\b(glomde|saknades|fattades|fel vara|fel varor|blev fel|var sur)\b"
)
# "Nej vänta, jag vill inte avboka": the word alone is no wish.
_NO_CANCEL = re.compile(
    r"\b(inte|ej|aldrig|not|dont) (vill )?(avboka|avbestalla|stalla in|cancel)|angra[rt]? mig.*\b(behover|vill ha)\b"
)
# Nothing but that help has been called: whoever adds "men han andas inte" raises the alarm again.
_WHO, _NOW = r"(?:ja |ok |okej |nu )?(?:jag |vi |han |hon |de |dom |grannen |i |we )?", r"(?: nu| redan| already| tack)?"
_HAS_PHONED_112 = re.compile(
    rf"{_WHO}(?:(?:har|have|ive) )?(?:nu |redan |already )?(?:ringt|ringde|larmat|called|phoned|rung) (?:till )?"
    rf"(?:112|ambulans(?:en)?|sos|polisen|brandkaren){_NOW}"
    rf"|ambulans(?:en)? (?:ar pa vag|kommer|har kommit|ar har|ar kallad){_NOW}"
    r"|(?:the )?ambulance is (?:coming|here|on its way)"
)
_INTRODUCES = re.compile(
    r"\b(?:[Dd]et (?:här )?är|[Hh]är är|[Jj]ag heter|[Mm]itt namn är|[Mm]y name is|[Tt]his is|I am|I'm)\s+"
    r"(?P<name>[A-ZÅÄÖÉ][\w’'-]+(?: [A-ZÅÄÖ][\w’'-]+)?)"
)
_NO_NAME = frozenset(
    fold("Bra Ok Okej Inte Fel Jag Vi Ni Någon Ingen Bråttom Min Mina Mitt Din En Ett Den Det Här Där Not So The Very").split()
)
# A street and a number as people write them: "Storgatan 4 b", "Norra vägen 12".
_STREET = r"(?:gatan|gata|g\.|vägen|väg|v\.|gränd|gränden|backen|torget|stigen|allén|plan|leden|gården)"
_ADDRESS = re.compile(
    rf"\b(?:(?:Norra|Södra|Östra|Västra|Stora|Lilla|Gamla|Nya|Övre|Nedre)\s+\w*{_STREET}|[A-ZÅÄÖa-zåäöé]+{_STREET})"
    r"\s+\d{1,4}(?:\s?[A-Ha-h](?!\w))?",
    re.IGNORECASE,
)
_WRONG_ADDRESS = re.compile(r"\b(fel adress|ny adress|adressen (ar|ska|blev)|annan adress|flyttat|wrong address|new address)\b")
# Machines that answer by themselves, and carriers' own messages. Never answered: two machines never stop.
_AUTOMATIC = re.compile(
    "|".join((
        r"^(?:autosvar|auto ?reply|auto ?response|automat\w* (?:svar|meddelande|reply|response|message)|out of office)\b",
        r"^(?:franvaromeddelande|franvaro|franvarande|automaattinen vastaus)\b",
        r"\b(?:detta|det har|this) (?:ar|is) (?:ett |en |an )?(?:automat\w*|autosvar|auto ?reply|automated)\b",
        r"\b(?:im|i am) (?:currently )?(?:driving|out of the office|away from my (?:phone|desk))\b",
        r"^(?:jag )?(?:kor bil|kor|ar i ett mote|sitter i mote) (?:just nu )?(?:och |sa )?(?:jag )?"
        r"(?:kan inte (?:svara|prata)|ringer|aterkommer)\b",
        r"\bi(?:ll)? (?:cant|cannot) (?:talk|answer) (?:right )?now\b",
        r"\bill (?:call|get back to) you (?:back )?(?:later|when)\b",
        r"\b(?:du har|you have) (?:\d+|ett|en|a|an) (?:nytt |nya |new )?(?:missa\w*|missed|rostmeddelande\w*|voicemail\w*)\b",
        r"\b(?:missat samtal|missed call|nytt rostmeddelande|new voicemail) (?:fran|from)\b",
        r"\b(?:meddelandet|ditt sms|the message|your message) (?:kunde inte|could not|har inte|was not)"
        r" (?:levereras|skickas|be delivered|delivered|sent)\b",
        r"\b(?:ditt saldo|din faktura|surfpott|kontantkort\w*|tanka din (?:mobil|surf)|your balance)\b",
        r"\b(?:svara ej|svara inte|kan inte besvaras|gar inte att besvara|do not reply|no ?reply)"
        r" (?:pa )?(?:detta|det har|to this)(?: sms| meddelande| message)?$",
    ))
)  # fmt: skip


def _words(text: str) -> str:
    return fold(text[:_SCAN])


def complains(text: str) -> bool:
    """Fear of a helper, or anger at one."""
    return bool(_COMPLAINT.search(_words(text)))


def helped_partly(text: str) -> bool:
    """To "did you get help?": some of it, or the wrong thing."""
    return bool(_PARTLY.search(_words(text)))


def somebody_came(text: str) -> bool:
    """A plain statement that somebody has been there."""
    return bool(_HAS_COME.search(_words(text)))


def wants_less(text: str) -> bool:
    """Less of something, and not nothing at all."""
    return bool(_LESS.search(_words(text)))


def takes_back_cancelling(text: str) -> bool:
    """Speaks of cancelling, and wants no such thing."""
    return bool(_NO_CANCEL.search(_words(text)))


def has_phoned_112(text: str) -> bool:
    """Says that help has been called, and nothing else."""
    return bool(_HAS_PHONED_112.fullmatch(_words(text)))


def name_in(text: str) -> str | None:
    """The name by which the sender introduces him- or herself; None without one."""
    found = _INTRODUCES.search(text[:_SCAN])
    name = found["name"] if found else ""
    return name if name and fold(name.split()[0]) not in _NO_NAME else None


def address_in(text: str) -> str | None:
    """A street with its number, as written; None without one."""
    found = _ADDRESS.search(text[:_SCAN])
    return " ".join(found[0].split()) if found else None


def addresses_in(text: str) -> list[tuple[str, int, int]]:
    """All streets with their numbers, as written, and from where to where in the text each stands."""
    return [(" ".join(found[0].split()), *found.span()) for found in _ADDRESS.finditer(text[:_SCAN])]


def corrects_address(text: str) -> bool:
    """Says that the address is another one."""
    return bool(_WRONG_ADDRESS.search(_words(text)))


def is_automatic(text: str) -> bool:
    """Was it written by a machine: an answer while somebody is away, a missed call, a carrier's own message?"""
    return bool(_AUTOMATIC.search(_words(text)))
