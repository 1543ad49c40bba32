"""The carriers of the network file, with their secrets, as those who send and those who phone."""

from typing import Any

import aiohttp
from pydantic import SecretStr

from bots.carriers import android_sms, elks46, gammu, twilio
from bots.carriers.android_sms import AndroidSms
from bots.carriers.elks46 import Elks46
from bots.carriers.email_smtp import EmailSmtp
from bots.carriers.gammu import Gammu, GammuTables
from bots.carriers.several import OnHealth, SeveralCarriers
from bots.carriers.twilio import Twilio
from bots.voice.outgoing import ElksCaller, TwilioCaller
from dispatch.clock import Clock
from dispatch.dialler import Caller
from dispatch.network import Network
from dispatch.outbox import Carrier
from service.carriers.spool import Spool
from service.settings import Settings


def open_carriers(
    settings: Settings,
    network: Network,
    session: aiohttp.ClientSession,
    clock: Clock,
    on_health: OnHealth,
    modem: Gammu | None = None,
) -> dict[str, Carrier]:
    """Who sends, by channel. Without a mail server e-mail is refused at once, and somebody phones instead.

    modem: see `open_modem`.
    """
    for_sms: dict[str, Carrier] = {}
    for name in network.carriers:
        carrier = modem if name == gammu.NAME else _carrier(name, settings, network, session)
        if carrier is not None:
            for_sms[name] = carrier
    carriers: dict[str, Carrier] = {"sms": SeveralCarriers(for_sms, clock.now, on_health)}
    server, sender = settings.mail_server(), settings.mail_sender(network.name)
    if server and sender:
        carriers["email"] = EmailSmtp(server, sender, network.key, clock.now)
    return carriers


def open_modem(settings: Settings, network: Network, clock: Clock, embedded: dict[str, Any] | None = None) -> Gammu | None:
    """The modem of a network that has one; nothing is reached yet. embedded: how gammu's database on the embedded server is
    reached, for whoever gives no GAMMU_DATABASE_URL."""
    url = settings.gammu_database_url
    reach = {"dsn": url.get_secret_value()} if url else embedded
    if gammu.NAME not in network.carriers or reach is None:
        return None
    return Gammu(GammuTables(reach), network.key, clock.now)


def open_spool(settings: Settings, network: Network) -> Spool:
    """Where this network's texts wait on this machine's disk."""
    return Spool(settings.data_dir / "spool" / network.key)


def _carrier(name: str, settings: Settings, network: Network, session: aiohttp.ClientSession) -> Carrier | None:
    sender, public = network.sms_number_of(name), settings.public_url
    match name:
        case elks46.NAME:
            key = _said(settings.elks_key)
            delivery = f"{public}/hooks/46elks/{key}/delivery" if public and key else None
            return Elks46(
                session, settings.elks_api, settings.elks_username or "", _said(settings.elks_password), sender, delivery
            )
        case twilio.NAME:
            status = f"{public}/hooks/twilio/status" if public else None
            return Twilio(
                session, settings.twilio_api, settings.twilio_account or "", _said(settings.twilio_token), sender, status
            )
        case android_sms.NAME:
            username, password = settings.android_sms_username or "", _said(settings.android_sms_password)
            return AndroidSms(session, settings.android_sms_api, username, password)
        case _:
            return None


def open_caller(settings: Settings, network: Network, session: aiohttp.ClientSession) -> Caller | None:
    """Who phones: the network's first carrier that can, where its webhooks reach us; None: nobody."""
    public = settings.public_url
    for name in network.carriers if public else ():
        if name == elks46.NAME and (key := _said(settings.elks_key)):
            username, password = settings.elks_username or "", _said(settings.elks_password)
            return ElksCaller(session, settings.elks_api, username, password, network.phone, f"{public}/hooks/46elks/{key}")
        if name == twilio.NAME and settings.twilio_account:
            account, token = settings.twilio_account, _said(settings.twilio_token)
            return TwilioCaller(session, settings.twilio_api, account, token, network.phone, f"{public}/hooks/twilio")
    return None


def _said(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""
