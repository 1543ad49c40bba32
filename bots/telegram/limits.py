"""Floods: somebody, or somebody's program, who writes faster than people do."""

from datetime import datetime, timedelta

from bots.limits import Limiter

MOST, WITHIN = 30, timedelta(minutes=1)  # updates from one chat


class Floods:
    """Knows which chats write too fast. What comes then is kept and not answered, but for danger to life."""

    def __init__(self) -> None:
        self._limiter = Limiter(MOST, WITHIN)

    def calm(self, chat: int, now: datetime) -> bool:
        """May this update be answered?"""
        return self._limiter.allows(str(chat), now)
