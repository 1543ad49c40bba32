"""What `budkavle doctor` says of the case systems of service groups."""

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

import aiohttp

from dispatch.network import CaseSystem, Network
from service.open311.client import Endpoint, Refused, Unavailable
from service.settings import Settings

Found = tuple[str, bool, str]  # the group's key, is it well, what to say


async def look_at_systems(network: Network, settings: Settings, environment: Mapping[str, str]) -> list[Found]:
    """Does each answer, and has it the codes that the network file names? Nothing is filed."""
    found: list[Found] = []
    async with aiohttp.ClientSession() as session:
        for key, system in network.systems.items():
            found += [(key, False, wrong) for wrong in _wrong_here(system, settings, environment)]
            found.append((key, *await _asked(system, Endpoint(system, None, session))))
    return found


def _wrong_here(system: CaseSystem, settings: Settings, environment: Mapping[str, str]) -> list[str]:
    wrong = []
    if not environment.get(system.key_name):
        wrong.append(f"{system.key_name} is missing in the environment: the key that the case system has given you")
    if settings.public_url is None:
        wrong.append("BUDKAVLE_PUBLIC_URL is not set: what is filed has no link to the name and the address")
    if system.url.startswith("http:") and not _is_near(system.url):
        wrong.append(f"{system.url} is not encrypted: everybody on the way can read the key and the link; use https")
    return wrong


def _is_near(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return host == "localhost"


async def _asked(system: CaseSystem, endpoint: Endpoint) -> tuple[bool, str]:
    try:
        known = {s.get("service_code", "") for s in await endpoint.services()}
    except (Refused, Unavailable) as error:
        return False, f"{system.url}: {error}; is the address the one that ends in /v2, and format and jurisdiction_id right?"
    if missing := sorted(set(system.services.values()) - known):
        return False, f"{system.url} has no service_code {', '.join(missing)}; it has {', '.join(sorted(known)[:20]) or 'none'}"
    return True, f"answers at {system.url}, and has every code"
