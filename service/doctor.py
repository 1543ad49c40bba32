"""`budkavle doctor`: every part of a configuration tried, and what to do about what is wrong."""

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import aiosmtplib
from pydantic import SecretStr

from bots.carriers import gammu
from bots.carriers.email_smtp import what_is_wrong
from bots.telegram.api import ChatApi, TokenRefused
from bots.voice.prompts import CATALOGUE, wrong_recordings
from bots.voice.speech import SpeechUnavailable, speak
from bots.wording import languages
from dispatch.clock import SystemClock
from dispatch.ladder_check import check_ladder
from dispatch.ladder_edits import follow_edits
from dispatch.network import Geocoder, Network
from dispatch.outbox import CarrierRefused, CarrierUnavailable
from dispatch.phones import is_landline
from service.carriers.gammu_database import embedded_gammu
from service.carriers.opening import open_modem
from service.database import OLDEST, Database, open_database, open_pool
from service.geocoding.online import user_agent
from service.geocoding.services import SERVICES
from service.ladders.words import finding_told, title
from service.network_file import NetworkFileError, find_network_file, read_network, unknown_keys
from service.open311.check import look_at_systems
from service.postgres import PostgresUnavailable
from service.settings import Settings, SettingsError, load_settings
from service.web.texts import SOURCE, texts
from sql import query
from sql.migrate import MigrationError, pending
from sql.migrate import migrate as bring_schema_up

DEFAULT = "jonkoping"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. say: what it is, or how to mend it."""

    ok: bool
    what: str
    say: str = ""


async def examine(config: Path | None) -> list[Finding]:
    """Look at environment, network file, database, people and carrier. Sends nothing to anybody."""
    findings: list[Finding] = []
    try:
        settings = load_settings()
    except SettingsError as error:
        return [Finding(False, "environment", str(error))]
    network = _network(settings, config, findings)
    if network is None:
        return findings
    findings += _environment(settings, network)
    findings += _network_sense(network)
    findings += _voice(settings, network)
    findings += [finding async for finding in _database(settings, network)]
    checks = {"46elks": _elks, "twilio": _twilio, "android-sms": _phone}
    findings += [await checks[name](settings) for name in network.carriers if name in checks]
    if network.writes_mail or settings.smtp_host:
        findings.append(await _mail(settings))
    if settings.telegram_token is not None:
        findings.append(await _telegram(settings))
    findings += [
        Finding(ok, f"case system of {key}", say) for key, ok, say in await look_at_systems(network, settings, os.environ)
    ]
    if network.geocoder is not None:
        findings.append(await _geocoder(network.geocoder, network))
    return findings


def _network(settings: Settings, config: Path | None, findings: list[Finding]) -> Network | None:
    try:
        path = find_network_file(config or settings.config or DEFAULT)
        network = read_network(path)
    except NetworkFileError as error:
        findings += [Finding(False, "network file", line) for line in str(error).splitlines()]
        return None
    findings.append(Finding(True, "network file", f"{path}: {network.name}, {len(network.areas)} areas"))
    for key in unknown_keys(path):
        findings.append(Finding(False, "network file", f'nothing reads "{key}"; is it misspelt?'))
    return network


def _environment(settings: Settings, network: Network) -> list[Finding]:
    missing = settings.missing(network.carriers, network.writes_mail)
    found = [Finding(False, name, "is missing in the environment") for name in missing]
    if settings.secret_key and len(settings.secret_key.get_secret_value()) < 16:
        found.append(Finding(False, "BUDKAVLE_SECRET_KEY", "is shorter than 16 characters; make a longer one"))
    if settings.api_token is None:
        found.append(Finding(True, "BUDKAVLE_API_TOKEN", "is not set: nobody can use the API or sign in to the board"))
    if settings.public_url is None and network.writes_mail:
        found.append(Finding(False, "BUDKAVLE_PUBLIC_URL", "is not set: whoever is asked by e-mail has no link to answer by"))
    elif settings.public_url is None and (network.voice.mask or network.voice.read_aloud):
        found.append(Finding(False, "BUDKAVLE_PUBLIC_URL", "is not set: carriers cannot tell how a call goes, so none is made"))
    elif settings.public_url is None and network.carriers != (gammu.NAME,):
        found.append(Finding(True, "BUDKAVLE_PUBLIC_URL", "is not set: no delivery reports will come"))
    return found or [Finding(True, "environment", "complete")]


def _network_sense(network: Network) -> list[Finding]:
    found = []
    if not network.coordinators:
        found.append(Finding(False, "coordinators", "nobody is told when a human is needed: add coordinators"))
    for contact in network.coordinators:
        if "@" not in contact and is_landline(contact):
            found.append(Finding(False, "coordinators", f"{contact} is a landline and gets no SMS"))
    services = [g for g in network.groups if g.kind == "service"]
    if not any(g.contacts for g in services):
        found.append(Finding(True, "service group", "has no contacts in the file; import people with the role service"))
    for area in network.areas.values():
        if not area.places and not area.postcodes:
            found.append(Finding(False, f"area {area.key}", "has neither places nor postcodes: no request can find it"))
    return found


def _voice(settings: Settings, network: Network) -> list[Finding]:
    """The network's own recordings, and whether the rest can be spoken."""
    if not {"46elks", "twilio"} & set(network.carriers):
        return []
    folder = network.voice.recordings
    found = [Finding(False, "recordings", line) for line in wrong_recordings(network, folder)] if folder else []
    if not any(contact.startswith("+") for contact in network.coordinators):
        found.append(Finding(False, "telephone", "no coordinator has a number: when something is wrong no telephone rings"))
    try:
        for language in sorted({"sv", *network.languages} & languages(CATALOGUE)):
            speak("112", language)
    except SpeechUnavailable as error:
        return [*found, Finding(False, "telephone", f"{error}: record all prompts yourself, or install espeakng-loader anew")]
    return found or [Finding(True, "telephone", "prompts can be spoken; set the number's voice address, see deploy/running.md")]


async def _database(settings: Settings, network: Network) -> AsyncIterator[Finding]:
    where = "outside" if settings.database_url else f"embedded in {settings.data_dir}"
    try:
        async with open_database(settings) as database:
            connection = await database.connection()
            try:
                schema = await _schema(connection, network, embedded=database.server is not None, where=where)
            finally:
                await connection.close()
            yield schema
            if schema.ok:
                async with open_pool(database, network.key, 2) as pool:
                    yield await _people(pool, network)
                    for finding in await _ladders(pool, network):
                        yield finding
            if gammu.NAME in network.carriers:
                yield await _modem(settings, network, database)
    except (PostgresUnavailable, MigrationError, SettingsError) as error:
        yield Finding(False, "database", str(error))
    except Exception as error:
        yield Finding(False, "database", f"{where}: {type(error).__name__}: {error}")


async def _schema(connection: Any, network: Network, embedded: bool, where: str) -> Finding:
    version = int(await connection.fetchval("SHOW server_version_num"))
    if version < OLDEST:
        return Finding(False, "database", f"{where}: PostgreSQL {version // 10000} is too old; 16 is the oldest")
    behind = await pending(connection, network.key)
    if behind and embedded:
        await bring_schema_up(connection, network.key, SystemClock().now())
    elif behind:
        return Finding(False, "database", f"{where}: {len(behind)} migration(s) behind; run 'budkavle migrate'")
    return Finding(True, "database", f"{where}: PostgreSQL {version // 10000}, schema up to date")


async def _people(pool: Any, network: Network) -> Finding:
    counts = {row["group_key"]: row["n"] for row in await pool.fetch(query("members_by_group"))}
    empty = [a.key for a in network.areas.values() if not counts.get(f"area:{a.key}")]
    if len(empty) == len(network.areas):
        return Finding(True, "volunteers", "there are none yet: budkavle people import people.csv")
    if empty:
        return Finding(True, "volunteers", f"none in {', '.join(empty)}: the ladder's next step is asked at once")
    return Finding(True, "volunteers", "in every area")


async def _ladders(pool: Any, network: Network) -> list[Finding]:
    """What is to be said about each ladder in force, of the network file or edited on the page."""
    words = texts(SOURCE)
    async with pool.acquire() as connection:
        await follow_edits(connection, network)
    members = {row["group_key"]: row["n"] for row in await pool.fetch(query("ladder_members"))}
    found = [
        Finding(not about.is_wrong, f"ladder ({title(rule.key, network, words)})", finding_told(about, rule.steps, words))
        for rule in network.ladders.rules
        for about in check_ladder(rule, network, members)
    ]
    return found or [Finding(True, "ladders", f"{len(network.ladders.rules)} in force, nothing to say")]


async def _elks(settings: Settings) -> Finding:
    return await _account("46elks", settings.elks_api, "/me", settings.elks_username, settings.elks_password)


async def _twilio(settings: Settings) -> Finding:
    path = f"/2010-04-01/Accounts/{settings.twilio_account}.json"
    return await _account("twilio", settings.twilio_api, path, settings.twilio_account, settings.twilio_token)


async def _phone(settings: Settings) -> Finding:
    username, password = settings.android_sms_username, settings.android_sms_password
    return await _account("android-sms", settings.android_sms_api, "/health", username, password)


async def _modem(settings: Settings, network: Network, database: Database) -> Finding:
    """Are gammu's tables there, does its daemon run, and does the modem hear the mobile network?"""
    modem = open_modem(settings, network, SystemClock(), await embedded_gammu(settings, network, database))
    if modem is None:
        return Finding(False, "gammu", "BUDKAVLE_GAMMU_DATABASE_URL is missing: where is gammu-smsd's database?")
    try:
        (row,) = await modem.tables.fetch("gammu_version")
        if row["version"] != gammu.VERSION:
            return Finding(False, "gammu", f"its tables are version {row['version']}, and {gammu.VERSION} is needed (Gammu 1.40)")
        state = await gammu.look_at(modem.tables, network.key)
    except CarrierUnavailable as error:
        return Finding(False, "gammu", str(error))
    finally:
        await modem.tables.close()
    if state.silent is None:
        return Finding(False, "gammu", "its tables are there, and gammu-smsd has never said anything of a modem: start it")
    if state.wrong:
        return Finding(False, "gammu", state.wrong)
    told = [f"the modem {state.phone}".strip() + " answers"]
    if state.signal == 0:  # also when smsd is told not to ask
        told.append("no signal: is the SIM card in, and the antenna? (or checksignal is off)")
    elif state.signal > 0:
        told.append(f"signal {state.signal} %")
    if state.battery > 0:
        told.append(f"battery {state.battery} %")
    return Finding(True, "gammu", ", ".join(told))


async def _account(name: str, api: str, path: str, username: str | None, password: SecretStr | None) -> Finding:
    """Is a carrier there, and does it know us? path: something of the API that costs nothing."""
    if not username or not password:
        return Finding(False, name, "user name or password is missing")
    headers = {"Authorization": aiohttp.encode_basic_auth(username, password.get_secret_value())}
    try:
        timeout = aiohttp.ClientTimeout(total=10)
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(api + path, headers=headers) as response:
            if response.status in (401, 403):
                return Finding(False, name, "refuses the user name and password")
            return Finding(True, name, f"answers at {api}")
    except (aiohttp.ClientError, TimeoutError) as error:
        return Finding(False, name, f"cannot be reached at {api} ({type(error).__name__})")


async def _telegram(settings: Settings) -> Finding:
    token = settings.telegram_token.get_secret_value() if settings.telegram_token else ""
    api = ChatApi(token, settings.telegram_api)
    try:
        name = await api.ask_name()
    except TokenRefused:
        return Finding(False, "Telegram", "refuses the token; get the right one from @BotFather")
    except (CarrierUnavailable, CarrierRefused) as error:
        return Finding(False, "Telegram", f"cannot be reached at {settings.telegram_api} ({error})")
    finally:
        await api.close()
    how = "by webhook" if settings.telegram_webhook else "by polling"
    return Finding(True, "Telegram", f"@{name}; updates come {how}")


async def _geocoder(config: Geocoder, network: Network) -> Finding:
    """Does it answer? No address is sent."""
    url, headers = config.url.rstrip("/") + SERVICES[config.kind].status, {"User-Agent": user_agent(network)}
    try:
        timeout = aiohttp.ClientTimeout(total=10)
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url, headers=headers) as response:
            if response.status != 200:
                return Finding(False, "geocoder", f"{config.kind} at {config.url} answers {response.status}")
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        return Finding(False, "geocoder", f"{config.kind} cannot be reached at {config.url} ({type(error).__name__})")
    return Finding(True, "geocoder", f"{config.kind} answers; addresses that an operator looks up online leave the house")


async def _mail(settings: Settings) -> Finding:
    server = settings.mail_server()
    if server is None or settings.mail_from is None:
        return Finding(False, "e-mail", "the network file names e-mail addresses, and nothing says how to send e-mail")
    where = f"{server.host}:{server.port}"
    try:
        async with server.session():
            login = "takes the login" if server.username else "answers without a login"
            return Finding(True, "e-mail", f"{where} {login} ({server.security})")
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
        return Finding(False, "e-mail", f"{where}: {what_is_wrong(error)}")
