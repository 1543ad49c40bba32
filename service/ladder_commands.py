"""`budkavle ladders`: those in force are exported, and one is tried without asking anybody."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from dispatch.clock import SystemClock
from dispatch.dry_run import Trial
from dispatch.ladder_edits import follow_edits
from dispatch.model import Urgency
from dispatch.network import Network
from service.command_line import CONFIG, fails_plainly, network_of, with_pool
from service.settings import load_settings


@click.group()
def ladders() -> None:
    """Ladders: who is asked, how long, and who next. They are edited on the page /ladders, or in the network file."""


@ladders.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), required=False)
@CONFIG
@fails_plainly
def ladders_export(file: Path | None, config: Path | None) -> None:
    """Write all ladders in force, edited or not, as a network file has them, into FILE or on standard output."""
    from service.ladders.toml import as_toml

    settings = load_settings()
    network = network_of(settings, config)
    with_pool(settings, network, _follow(network))
    text = as_toml(network.ladders.rules)
    if file is None:
        click.echo(text, nl=False)
    else:
        file.write_text(text, encoding="utf-8")
        click.echo(f"wrote {len(network.ladders.rules)} ladders into {file}", err=True)


@ladders.command("try")
@click.option("--category", required=True, help="A key of the network file, such as groceries.")
@click.option("--area", required=True, help="A key of the network file, such as granna.")
@click.option("--urgency", type=click.Choice([u.value for u in Urgency]), default=Urgency.NORMAL.value, show_default=True)
@click.option("--at", default="now", show_default=True, help="now, tonight, christmas, or a local time: 2020-12-24T03:00.")
@click.option("--language", default="sv", show_default=True, help="The resident's.")
@click.option("--protected", is_flag=True, help="The resident's identity is protected.")
@click.option("--names", is_flag=True, help="Say who would be asked, not only how many.")
@CONFIG
@fails_plainly
def ladders_try(
    category: str, area: str, urgency: str, at: str, language: str, protected: bool, names: bool, config: Path | None
) -> None:
    """Say minute by minute what would happen to a request if nobody answered. Nobody is asked, and nothing is stored."""
    from service.ladders.try_page import moment_of
    from service.ladders.trying import moments_told, try_out
    from service.ladders.words import title
    from service.web.texts import texts
    from service.web.times import absolute

    settings = load_settings()
    network = network_of(settings, config)
    for name, value, values in (("category", category, network.categories), ("area", area, network.areas)):
        if value not in values:
            raise click.ClickException(f'there is no {name} "{value}"; there are {", ".join(values)}')
    moment = moment_of(at, at, network, SystemClock().now())
    if moment is None:
        raise click.ClickException(f'"{at}" is no time; write now, tonight, christmas or 2020-12-24T03:00')
    trial = Trial(category, area, Urgency(urgency), moment, language, protected)

    async def work(pool: Any) -> Any:
        await _follow(network)(pool)
        return await try_out(pool, network, trial)

    course, words = with_pool(settings, network, work), texts("en")

    def clock_time(when: datetime) -> str:
        return absolute(when, network.zone, "en", trial.at)

    used = title(course.rule, network, words) if course.rule else "the program's own"
    click.echo(f"{moment.astimezone(network.zone):%Y-%m-%d %H:%M}  ladder: {used}")
    for told in moments_told(course, words, clock_time, names):
        for line in told.lines:
            click.echo(f"{clock_time(told.at)}  {line.text}")


def _follow(network: Network) -> Callable[[Any], Any]:
    async def work(pool: Any) -> None:
        async with pool.acquire() as connection:
            await follow_edits(connection, network)

    return work
