"""Times as people read them: how long ago and when, in the network's zone. The browser keeps them ticking (static/page.js)."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_timedelta
from markupsafe import Markup

from service.web.texts import Texts


def absolute(moment: datetime, zone: ZoneInfo, language: str, now: datetime) -> str:
    """The hour for today, the day too for other days."""
    local = moment.astimezone(zone)
    same_day = local.date() == now.astimezone(zone).date()
    return format_datetime(local, "HH:mm" if same_day else "EEE d MMM HH:mm", locale=language)


def day(moment: date, language: str) -> str:
    """The day of an occasion: "fredag 27 november"."""
    return format_date(moment, "EEEE d MMMM", locale=language)


def span(length: timedelta, texts: Texts) -> str:
    """A length in its largest unit: "3 minutes"."""
    if abs(length) < timedelta(minutes=1):
        return texts.gettext("under a minute")
    return format_timedelta(length, threshold=1.5, granularity="minute", locale=texts.language)


def ago(moment: datetime, now: datetime, texts: Texts) -> str:
    """ "3 minutes ago"."""
    if now - moment < timedelta(minutes=1):
        return texts.gettext("just now")
    return texts.gettext("%(span)s ago") % {"span": span(now - moment, texts)}


def left(moment: datetime, now: datetime, texts: Texts) -> str:
    """ "in 3 minutes", or that it is now."""
    if moment <= now:
        return texts.gettext("now")
    return texts.gettext("in %(span)s") % {"span": span(moment - now, texts)}


def when(moment: datetime | None, now: datetime, zone: ZoneInfo, texts: Texts) -> Markup:
    """A past time: relative to read, absolute in brackets."""
    if moment is None:
        return Markup("")
    return Markup('<time class="ago" datetime="{}">{}</time> <span class="quiet">({})</span>').format(
        moment.isoformat(timespec="seconds"), ago(moment, now, texts), absolute(moment, zone, texts.language, now)
    )


def countdown(moment: datetime | None, now: datetime, zone: ZoneInfo, texts: Texts) -> Markup:
    """A coming time: how long it is until then, ticking in the browser; the hour in brackets."""
    if moment is None:
        return Markup("")
    return Markup('<time class="until" datetime="{}">{}</time> <span class="quiet">({})</span>').format(
        moment.isoformat(timespec="seconds"), left(moment, now, texts), absolute(moment, zone, texts.language, now)
    )
