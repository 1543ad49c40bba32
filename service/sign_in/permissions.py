"""Every page and every action, and who may use it. The application does not start with a route that is not in here.

An area lead's permissions hold in the own area only; whatever lies in another does not exist for them (404).
"""

from collections.abc import Mapping
from enum import StrEnum

LONGEST_NAME = 100  # characters of an account's name


class Role(StrEnum):
    """What an account may do. See ROUTES and ACTIONS."""

    OPERATOR = "operator"  # answers the hotline
    COORDINATOR = "coordinator"  # watches the board
    AREA_LEAD = "area-lead"  # sees one area
    SERVICE = "service"  # a municipal service group
    ADMINISTRATOR = "administrator"  # all of that, and the accounts


class Access(StrEnum):
    """How somebody without an account gets at a route."""

    PUBLIC = "public"
    PROGRAM = "program"  # the API's bearer token
    CARRIER = "carrier"  # a secret in the path, or a signature
    LINK = "link"  # a signed link


Needs = Access | frozenset[Role]

ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})
OFFICE = frozenset({Role.OPERATOR, Role.COORDINATOR, Role.ADMINISTRATOR})
BOARD = OFFICE | {Role.AREA_LEAD}
COORDINATORS = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR})
SERVICE = COORDINATORS | {Role.SERVICE}
EVERYBODY = frozenset(Role)

ROUTES: Mapping[tuple[str, str], Needs] = {
    # Machines
    ("GET", "/healthz"): Access.PUBLIC,
    ("GET", "/readyz"): Access.PUBLIC,
    ("GET", "/metrics"): Access.PUBLIC,
    ("POST", "/hooks/46elks/{key}/sms"): Access.CARRIER,
    ("POST", "/hooks/46elks/{key}/delivery"): Access.CARRIER,
    ("POST", "/hooks/twilio/sms"): Access.CARRIER,
    ("POST", "/hooks/twilio/status"): Access.CARRIER,
    ("POST", "/hooks/android-sms/{key}"): Access.CARRIER,
    ("POST", "/hooks/46elks/{key}/call"): Access.CARRIER,
    ("POST", "/hooks/46elks/{key}/call/hangup"): Access.CARRIER,
    ("POST", "/hooks/46elks/{key}/call/{turn}/{step}"): Access.CARRIER,
    ("POST", "/hooks/twilio/call"): Access.CARRIER,
    ("POST", "/hooks/twilio/call/{turn}/{step}"): Access.CARRIER,
    ("GET", "/voice/{name}"): Access.PUBLIC,  # what carriers play
    ("POST", "/hooks/46elks/{key}/out/{call}/{turn}/{step}"): Access.CARRIER,
    ("POST", "/hooks/twilio/out/{call}/{turn}/{step}"): Access.CARRIER,
    ("GET", "/voice/out/{token}/{name}"): Access.LINK,
    ("POST", "/hooks/telegram"): Access.CARRIER,
    ("GET", "/api/v1/openapi.json"): Access.PUBLIC,
    # Open311: without a key nothing of anybody
    ("GET", "/open311/discovery.{format}"): Access.PUBLIC,
    ("GET", "/open311/v2/discovery.{format}"): Access.PUBLIC,
    ("GET", "/open311/v2/services.{format}"): Access.PUBLIC,
    ("GET", "/open311/v2/services/{code}.{format}"): Access.PUBLIC,
    ("GET", "/open311/v2/requests.{format}"): Access.PUBLIC,
    ("POST", "/open311/v2/requests.{format}"): Access.PROGRAM,
    ("GET", "/open311/v2/requests/{code}.{format}"): Access.PUBLIC,
    ("GET", "/open311/v2/tokens/{code}.{format}"): Access.PUBLIC,
    ("POST", "/api/v1/needs"): Access.PROGRAM,
    ("GET", "/api/v1/tasks"): Access.PROGRAM,
    ("GET", "/api/v1/tasks/{code}"): Access.PROGRAM,
    ("POST", "/api/v1/tasks/{code}/{action}"): Access.PROGRAM,
    ("GET", "/api/v1/events"): Access.PROGRAM,
    # Everybody
    ("GET", "/"): Access.PUBLIC,
    ("GET", "/volunteer"): Access.PUBLIC,
    ("GET", "/volunteer/qr.svg"): Access.PUBLIC,
    ("GET", "/static/{name}"): Access.PUBLIC,
    ("POST", "/language"): Access.PUBLIC,
    # Signing in
    ("GET", "/login"): Access.PUBLIC,
    ("POST", "/login"): Access.PUBLIC,
    ("POST", "/logout"): EVERYBODY,
    ("GET", "/account"): EVERYBODY,
    ("POST", "/account/password"): EVERYBODY,
    ("POST", "/account/code"): EVERYBODY,
    ("POST", "/account/sessions"): EVERYBODY,
    ("GET", "/accounts"): ADMINISTRATORS,
    ("POST", "/accounts"): ADMINISTRATORS,
    ("POST", "/accounts/{id}/{action}"): ADMINISTRATORS,
    # The board
    ("GET", "/board"): BOARD,
    ("GET", "/board/live"): BOARD,
    ("GET", "/board/map.json"): BOARD,
    ("GET", "/board/{code}"): BOARD,
    ("POST", "/board/{code}/{action}"): BOARD,  # and ACTIONS
    ("GET", "/attachments/{id}"): OFFICE,
    # The operator's desk
    ("GET", "/desk"): OFFICE,
    ("POST", "/desk"): OFFICE,
    ("POST", "/desk/look"): OFFICE,
    ("GET", "/desk/map.json"): OFFICE,
    ("GET", "/desk/said/{form}"): OFFICE,
    ("POST", "/desk/add/{code}"): OFFICE,
    ("GET", "/desk/added/{code}"): OFFICE,
    ("GET", "/desk/live"): OFFICE,
    ("GET", "/desk/inbox"): OFFICE,
    ("GET", "/desk/inbox/{code}"): OFFICE,
    ("POST", "/desk/inbox/{code}/{action}"): OFFICE,
    ("GET", "/desk/calls"): OFFICE,
    ("POST", "/desk/calls/{id}/{action}"): OFFICE,
    ("GET", "/desk/phone"): OFFICE,
    ("POST", "/desk/phone/{id}/{action}"): OFFICE,
    # Phone chats
    ("GET", "/phone-chats"): OFFICE,
    ("POST", "/phone-chats"): OFFICE,
    ("GET", "/phone-chats/wishes"): OFFICE,
    ("GET", "/phone-chats/wishes/{id}"): OFFICE,
    ("POST", "/phone-chats/wishes/{id}"): OFFICE,
    ("POST", "/phone-chats/{id}/{action}"): OFFICE,
    # The routines: money
    ("GET", "/settlement"): COORDINATORS,
    ("GET", "/settlement.csv"): COORDINATORS,
    ("POST", "/settlement"): COORDINATORS,
    # The routines: equipment
    ("GET", "/equipment"): COORDINATORS,
    ("POST", "/equipment"): COORDINATORS,
    ("POST", "/equipment/{id}/{action}"): COORDINATORS,
    # People
    ("GET", "/people"): BOARD,
    ("POST", "/people"): OFFICE,
    ("GET", "/people/new"): OFFICE,
    ("GET", "/people/{id}"): BOARD,
    ("POST", "/people/{id}"): OFFICE,
    ("GET", "/people/{id}/edit"): OFFICE,
    ("POST", "/people/{id}/pause"): BOARD,
    ("POST", "/people/{id}/resume"): BOARD,
    ("POST", "/people/{id}/restart"): OFFICE,
    ("GET", "/people/patterns"): COORDINATORS,
    ("POST", "/people/{id}/talked"): COORDINATORS,
    ("POST", "/people/{id}/end-contact"): OFFICE,
    ("POST", "/people/{id}/apart"): OFFICE,
    ("POST", "/people/{id}/apart/{other}/end"): OFFICE,
    ("GET", "/people/{id}/merge"): COORDINATORS,
    ("POST", "/people/{id}/merge"): COORDINATORS,
    # Areas
    ("GET", "/areas"): COORDINATORS | {Role.AREA_LEAD},
    ("GET", "/areas/map.json"): COORDINATORS | {Role.AREA_LEAD},
    ("POST", "/areas/preview"): COORDINATORS,
    ("POST", "/areas/{key}"): COORDINATORS,
    # Ladders
    ("GET", "/ladders"): OFFICE,
    ("GET", "/ladders/edit"): COORDINATORS,
    ("POST", "/ladders/edit"): COORDINATORS,
    ("GET", "/ladders/try"): OFFICE,
    # Duty
    ("GET", "/duty"): BOARD,
    ("GET", "/duty/slot"): BOARD,
    ("GET", "/duty/group/{key}"): BOARD,
    ("POST", "/duty/{action}"): BOARD,
    ("GET", "/rota/{token}"): Access.LINK,
    ("POST", "/rota/{token}"): Access.LINK,
    ("GET", "/calendar/{token}.ics"): Access.LINK,
    # Service groups
    ("GET", "/service"): SERVICE,
    ("GET", "/service/live"): SERVICE,
    ("POST", "/service/{code}/{action}"): SERVICE,
    ("GET", "/s/{token}"): Access.LINK,
    ("POST", "/s/{token}"): Access.LINK,
    # Volunteers
    ("GET", "/t/{token}"): Access.LINK,
    ("POST", "/t/{token}"): Access.LINK,
}

# What may be done to a task from the board. Keys of dispatch.handlers.COMMANDS.
ACTIONS: Mapping[str, frozenset[Role]] = {
    "offer": BOARD,
    "assign": BOARD,
    "escalate": BOARD,
    "hold": BOARD,
    "resume": BOARD,
    "note": BOARD,
    "call_back": BOARD,
    "start": BOARD,
    "done": BOARD,
    "withdraw": BOARD,
    "late": BOARD,
    "need_service": BOARD,
    "confirm": BOARD,
    "deny": BOARD,
    "add": OFFICE,
    "acknowledge": OFFICE,
    "release": OFFICE,
    "plan": OFFICE,
    "answer": OFFICE,
    "change": OFFICE,
    "merge": OFFICE,
    "split": OFFICE,
    "cancel": OFFICE,
    "nobody_home": BOARD,
    "people": BOARD,
    "lead": BOARD,
    "skip": BOARD,
    "holidays": BOARD,
    "reply": COORDINATORS,
}

# What somebody who sees a person may see and change besides. An area lead sees the volunteers of the own area only, and nobody
# with a protected identity.
PEOPLE: Mapping[str, frozenset[Role]] = {
    "all": OFFICE,  # residents, staff and other areas; notes, consents and what was written
    "contact": OFFICE,  # change how residents and volunteers are reached, and what they say that they can do
    "vetting": COORDINATORS,
    "confidential": COORDINATORS,  # what a helper has told in confidence
    "roles": COORDINATORS,
    "staff": COORDINATORS,  # change somebody of the staff
    "pause": BOARD,
    "restart": OFFICE,
    "merge": COORDINATORS,
}


# Who reads what a helper tells in confidence.
CONFIDENTIAL = COORDINATORS


def may(role: Role, method: str, route: str) -> bool:
    """May an account with this role use this route (aiohttp's pattern)?"""
    needs = ROUTES.get((method, route))
    return isinstance(needs, frozenset) and role in needs
