"""How people get about, as pages name it."""

from collections.abc import Mapping

from geo.travel import Travel
from service.web.texts import N_

TRAVELS: Mapping[str, str] = {
    Travel.CAR: N_("by car"),
    Travel.BICYCLE: N_("by bicycle"),
    Travel.FOOT: N_("on foot"),
}
