"""The command line (contracts.md, "Command line"). Each command is thin: it reads its arguments and calls what does the work."""

import asyncio
import shlex
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import orjson

from dispatch.clock import SystemClock
from dispatch.mint import Mint
from service.area_commands import areas
from service.command_line import CONFIG, DEFAULT_NETWORK, fails_plainly, network_of, with_pool
from service.event_loop import run_async
from service.ladder_commands import ladders
from service.locate_command import locate_command
from service.logs import set_up_logging
from service.network_file import find_network_file, read_network
from service.place_commands import places
from service.settings import Settings, load_settings
from service.sign_in.permissions import LONGEST_NAME, Role
from sql import query
from sql.migrate import migrate


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="budkavle")
def main() -> None:
    """Budkavle: whoever needs help is heard, and somebody comes."""


@main.command()
@CONFIG
@click.option("--role", type=click.Choice(["all", "web", "worker"]), default="all", show_default=True)
@fails_plainly
def serve(config: Path | None, role: str) -> None:
    """Run the service until SIGTERM or Ctrl-C."""
    from service.serve import serve as run

    set_up_logging()
    settings = load_settings()
    run_async(run(settings, network_of(settings, config), role))


@main.command()
@click.option("--port", default=8080, show_default=True, type=click.IntRange(0, 65535))
@click.option("--speed", default=60.0, show_default=True, type=click.FloatRange(1, 600), help="Times as fast as life.")
@click.option("--seed", default=1, show_default=True, help="Which day it is in the simulated town.")
@fails_plainly
def demo(port: int, speed: float, seed: int) -> None:
    """Jönköping's network with simulated people, on a fast clock. Nothing leaves the machine."""
    from service.demo.run import run_demo

    run_async(run_demo(port, speed, seed))


@main.command()
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@fails_plainly
def init(directory: Path) -> None:
    """Write a commented starter network into DIRECTORY."""
    from service.starter import write_starter

    for path in write_starter(directory):
        click.echo(f"wrote {path}")
    click.echo(f"Next: fill in {directory / 'budkavle.env'}, read it into the environment, and run")
    click.echo(f"  budkavle serve --config {directory / 'network.toml'}")


@main.command("migrate")
@CONFIG
@fails_plainly
def migrate_command(config: Path | None) -> None:
    """Bring the database's schema up to date."""
    settings = load_settings()
    network = network_of(settings, config)

    async def work() -> list[str]:
        from service.database import open_database

        async with open_database(settings) as database:
            connection = await database.connection()
            try:
                return await migrate(connection, network.key, SystemClock().now())
            finally:
                await connection.close()

    applied = run_async(work())
    click.echo("\n".join(f"applied {name}" for name in applied) or "the schema is up to date")


@main.command()
@CONFIG
@fails_plainly
def doctor(config: Path | None) -> None:
    """Check every part of the configuration; say what is wrong and how to mend it."""
    from service.doctor import examine

    findings = run_async(examine(config))
    for finding in findings:
        click.echo(f"{'ok   ' if finding.ok else 'WRONG'} {finding.what}" + (f": {finding.say}" if finding.say else ""))
    if not all(f.ok for f in findings):
        raise SystemExit(1)


@main.command()
@CONFIG
@fails_plainly
def prompts(config: Path | None) -> None:
    """Speak what callers hear, as far as it has not been spoken yet. `serve` does so too when it starts."""
    from bots.voice.speech import SpeechUnavailable
    from service.carriers.telephone import open_prompts

    settings = load_settings()
    spoken = open_prompts(settings, network_of(settings, config))
    try:
        click.echo(f"{asyncio.run(spoken.prepare())} prompts are ready in {spoken.folder}")
    except SpeechUnavailable as error:
        raise click.ClickException(str(error)) from error


@main.command()
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@CONFIG
@fails_plainly
def gammu(directory: Path, config: Path | None) -> None:
    """For a modem: make gammu-smsd's tables, and write its settings into DIRECTORY."""
    from service.carriers.gammu_database import prepare, write_smsdrc
    from service.database import open_database

    settings = load_settings()
    network = network_of(settings, config)

    async def work() -> dict[str, str]:
        async with open_database(settings) as database:
            return await prepare(settings, database)

    path = write_smsdrc(directory, run_async(work()))
    click.echo(f"wrote {path}")
    if "gammu" not in network.carriers:
        click.echo('The network file has no modem yet: write carriers = ["gammu"] below [network]')
    click.echo(
        "Next: plug in the modem; 'gammu-detect' says whether the device in that file is right. Beside 'budkavle serve' run"
    )
    click.echo(f"  while sleep 2; do gammu-smsd -c {shlex.quote(str(path))}; done")


@main.group()
def people() -> None:
    """Volunteers, residents and staff."""


@people.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@CONFIG
@fails_plainly
def people_import(file: Path, config: Path | None) -> None:
    """Take people from a CSV. Bad rows are told with their lines, good ones are taken; twice changes nothing."""
    from service.people import NotACsv, Report, import_people, sync_network

    settings = load_settings()
    network = network_of(settings, config)
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{file}: save it as UTF-8 ({error.reason} at byte {error.start})") from error

    async def work(pool: Any) -> Report:
        now, mint = SystemClock().now(), Mint()
        async with pool.acquire() as connection:
            await sync_network(connection, network, mint, now)
            return await import_people(connection, text, network, mint, now)

    try:
        report = with_pool(settings, network, work)
    except NotACsv as error:
        raise click.ClickException(f"{file}: {error}") from error
    for bad in report.bad:
        click.echo(f"{file}:{bad.line}: {bad.why}", err=True)
    click.echo(
        f"{report.taken} people taken ({report.new_people} new, {report.new_memberships} new memberships), "
        f"{len(report.bad)} rows not taken"
    )
    if report.unasked:
        click.echo(f"{report.unasked} volunteers have neither area nor group and will not be asked")
    if report.bad:
        raise SystemExit(1)


@people.command("erase")
@click.argument("phone")
@click.option("--yes", is_flag=True, help="Do not ask.")
@CONFIG
@fails_plainly
def people_erase(phone: str, yes: bool, config: Path | None) -> None:
    """Forget the person with this number: what they have is given back, and what says who they were goes for good."""
    from dispatch import store
    from dispatch.erasure import erase
    from dispatch.errors import Outcome
    from dispatch.office import Office
    from dispatch.phones import read_phone

    settings = load_settings()
    network, number = network_of(settings, config), read_phone(phone)
    if number is None:
        raise click.ClickException(f'"{phone}" is no phone number')

    async def work(pool: Any) -> None:
        async with pool.acquire() as connection:
            person = await store.person_by_phone(connection, number)
        if person is None:
            raise click.ClickException("nobody has this number")
        if not yes:
            click.confirm(f"Erase {person.name or 'the person'}? It cannot be undone.", abort=True)
        try:
            await erase(Office(pool, network, Mint(), lambda changes: None), person.id, SystemClock().now())
        except Outcome as refused:
            raise click.ClickException(str(refused)) from refused

    with_pool(settings, network, work)
    click.echo("erased")


ROLES = {r.value: r for r in Role} | {"lead": Role.AREA_LEAD, "service-group": Role.SERVICE, "admin": Role.ADMINISTRATOR}


class _RoleName(click.Choice[str]):
    """A role as people write it: "area lead", "area_lead", "Coordinator"."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        return super().convert("-".join(str(value).casefold().replace("_", " ").split()), param, ctx)


@main.group()
def user() -> None:
    """Staff who sign in: operators, coordinators, area leads, service groups, administrators."""


@user.command("add")
@click.argument("name")
@click.option("--role", type=_RoleName(list(ROLES)), required=True, help="What the account may do.")
@click.option("--area", help="The area's key; a coordinator with an area is an area lead, and sees that area only.")
@click.option("--group", help="The group's key; for a service group that sees its own tasks only.")
@CONFIG
@fails_plainly
def user_add(name: str, role: str, area: str | None, group: str | None, config: Path | None) -> None:
    """Create an account and print a sign-in link that works once."""
    from service.sign_in.accounts import NameTaken, create_account, make_link

    settings = load_settings()
    network = network_of(settings, config)
    name, kind = name.strip(), ROLES[role]
    if kind is Role.COORDINATOR and area is not None:
        kind = Role.AREA_LEAD
    services = [g.key for g in network.groups if g.kind == "service"]
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise click.ClickException(f"NAME must have 1 to {LONGEST_NAME} printable characters")
    if (kind is Role.AREA_LEAD) != (area is not None):
        raise click.ClickException("an area lead, and nobody else, needs --area KEY")
    if area is not None and area not in network.areas:
        raise click.ClickException(f"there is no area '{area}'; there are {', '.join(network.areas)}")
    if group is not None and (kind is not Role.SERVICE or group not in services):
        raise click.ClickException(f"--group is for --role service, and one of {', '.join(services) or '(none)'}")

    async def work(pool: Any) -> str:
        now = SystemClock().now()
        account = await create_account(pool, Mint(), name, kind, area, group, now)
        return await make_link(pool, account, now)

    try:
        token = with_pool(settings, network, work)
    except NameTaken as error:
        raise click.ClickException(f"there is an account '{name}' already; for a new link: budkavle user link") from error
    click.echo(f"{name} may sign in as {kind.value}. This link works once, within two days:")
    click.echo(_sign_in_address(settings, token))


@user.command("link")
@click.argument("name")
@CONFIG
@fails_plainly
def user_link(name: str, config: Path | None) -> None:
    """Print a new sign-in link: a forgotten password, a link that was used up."""
    from service.sign_in.accounts import make_link

    settings = load_settings()

    async def work(pool: Any) -> str | None:
        row = await pool.fetchrow(query("account_by_name"), name.strip())
        return await make_link(pool, row["id"], SystemClock().now(), anew=True) if row else None

    token = with_pool(settings, network_of(settings, config), work)
    if token is None:
        raise click.ClickException(f"there is no account '{name}'")
    click.echo(_sign_in_address(settings, token))


def _sign_in_address(settings: Settings, token: str) -> str:
    return f"{settings.public_url or f'http://{settings.listen}'}/login?link={token}"


main.add_command(areas)
main.add_command(places)
main.add_command(ladders)
main.add_command(locate_command)


@main.command()
@click.option("--network", default=DEFAULT_NETWORK, show_default=True, help="A network that comes along, or a file.")
@click.option("--explain", is_flag=True, help="Add what decided: phrases, weights, time, place, on whose behalf.")
@fails_plainly
def understand(network: str, explain: bool) -> None:
    """What messages mean: one a line on standard input, one JSON object a line out."""
    from bots.dialogue.times import read_when
    from bots.dialogue.understand import Understander

    found = read_network(find_network_file(network))
    understander = Understander(tuple(found.areas.values()), tuple(found.categories), found.words)
    for raw in sys.stdin.buffer:
        text = raw.decode("utf-8", "replace").strip()
        u = understander.understand(text)
        row: dict[str, Any] = {
            "intent": u.intent,
            "category": u.category,
            "area": u.area,
            "place": u.place,
            "urgency": u.urgency,
            "language": u.language,
            "asks": None if u.intent != "request" else "category" if not u.category else "place" if not u.area else None,
        }
        if explain:
            when = read_when(text, datetime.now(UTC), found.zone)
            row |= {"wanted": u.wanted, "when": when, "behalf": u.behalf, "reasons": u.reasons, **understander.explain(text)}
        sys.stdout.buffer.write(orjson.dumps(row) + b"\n")
        sys.stdout.buffer.flush()


@main.command()
@click.argument("names", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@click.option("--seconds", default=3.0, show_default=True, type=click.FloatRange(0.2, 60), help="A measurement's length.")
@fails_plainly
def bench(names: tuple[str, ...], as_json: bool, seconds: float) -> None:
    """Measure (intake, dispatch, boards, understand, gazetteer, geo), each beside a plain floor in the same run."""
    from service.bench.run import BENCHES, run_benches, shown

    for name in names:
        if name not in BENCHES:
            raise click.ClickException(f"there is no measurement '{name}'; there are {', '.join(BENCHES)}")
    results = asyncio.run(run_benches(names or tuple(BENCHES), seconds))
    click.echo(orjson.dumps(results, option=orjson.OPT_INDENT_2).decode() if as_json else shown(results))
