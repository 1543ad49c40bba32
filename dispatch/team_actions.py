"""What staff do about a task that several people do together, as an action: see teams.py for the rules."""

from dispatch.actions import Scene
from dispatch.errors import BadRequest
from dispatch.offers import Decision
from dispatch.teams import decide_lead, decide_people


async def people(s: Scene) -> Decision:
    """How many it needs: details "people"."""
    return decide_people(s.case, s.command.details.get("people"), s.actor, s.office.network, s.now)


async def lead(s: Scene) -> Decision:
    """The person named leads those who help."""
    if s.person is None:
        raise BadRequest('say who leads: {"person": "+46…"}')
    return decide_lead(s.case, s.person.id, s.actor, s.now)
