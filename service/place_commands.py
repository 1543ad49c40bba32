"""`budkavle places`: the gazetteer is filled, listed and emptied."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dispatch.clock import SystemClock
from service.command_line import CONFIG, fails_plainly, network_of, with_pool
from service.gazetteer.files import FORMATS, Refused
from service.gazetteer.store import Busy, remove, tidy
from service.settings import load_settings
from sql import query

if TYPE_CHECKING:  # these load libraries that no other command needs
    from service.gazetteer.entries import Reject
    from service.gazetteer.run import Report, Source

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group()
def places() -> None:
    """Places, streets and addresses, so that requests are found by them."""


@places.command("import")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=FILE)
@CONFIG
@click.option("--format", "form", type=click.Choice(FORMATS), help="Default: what the file looks like.")
@click.option("--source", help="A name for what is imported; its next import replaces it. Default: by the format.")
@click.option("--crs", help="What coordinates are in, such as EPSG:3006. Default: what they look like.")
@click.option("--everywhere", is_flag=True, help="Take what is far from the network too.")
@click.option("--rejected", type=click.Path(path_type=Path, dir_okay=False), help="Write all rows not taken into this CSV.")
@fails_plainly
def places_import(
    files: tuple[Path, ...],
    config: Path | None,
    form: str | None,
    source: str | None,
    crs: str | None,
    everywhere: bool,
    rejected: Path | None,
) -> None:
    """Take places and addresses from tables, GeoNames, OpenStreetMap or an address register.

    What the same source said before is replaced. Bad rows are told with their lines, good ones are taken; twice changes
    nothing, and neither does an import that is broken off."""
    from service.gazetteer.run import sources_of

    settings = load_settings()
    network = network_of(settings, config)
    with _plainly(), _rejects(rejected) as write:
        found = sources_of(files, form, _name(source), crs, everywhere)

        async def work(pool: Any) -> bool:
            all_taken = True
            for each in found:
                report = await _import(pool, network, each, write)
                click.echo(_told(report))
                all_taken = all_taken and not report.rejected
            return all_taken

        if not with_pool(settings, network, work):
            raise SystemExit(1)


async def _import(pool: Any, network: Any, source: "Source", write: Any) -> "Report":
    from service.gazetteer.progress import progress
    from service.gazetteer.run import Watcher, import_source

    async with pool.acquire() as connection:
        with progress() as seen:
            report = await import_source(connection, network, source, SystemClock().now(), Watcher(seen, write, seen.storing))
    for path, row in report.first:
        click.echo(f"{path}:{row.line}: {row.why}", err=True)
    if (more := report.rejected.total() - len(report.first)) > 0:
        click.echo(f"and {more} more; --rejected OUT.csv writes all of them", err=True)
    return report


@contextmanager
def _plainly() -> Iterator[None]:
    try:
        yield
    except Refused as error:
        raise click.ClickException(str(error)) from error
    except Busy as error:
        raise click.ClickException(f'"{error}" is being imported right now: try again when that is done') from error


@contextmanager
def _rejects(path: Path | None) -> Iterator[Any]:
    """A function that writes down a row that was not taken."""
    if path is None:
        yield lambda file, row: None
        return
    with path.open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(("file", "line", "reason", "detail"))

        def write(file: Path, row: "Reject") -> None:
            table.writerow((file, row.line, row.reason, row.detail))

        yield write


def _name(source: str | None) -> str | None:
    if source is None:
        return None
    source = source.strip()
    if not 0 < len(source) <= 60 or not source.isprintable():
        raise Refused("--source must have 1 to 60 printable characters")
    return source


def _told(report: "Report") -> str:
    lines = [f"{report.source}: {report.rejected.total()} rows not taken"]
    for what, counts in (("names", report.names), ("house numbers", report.houses)):
        if counts.taken or counts.gone:
            lines.append(f"  {counts.taken} {what} ({counts.new} new, {counts.gone} gone, {counts.unchanged} unchanged)")
    if report.far:
        lines.append(f"  {report.far} are too far from the network and were left out; --everywhere takes them")
    if report.twice:
        lines.append(f"  {report.twice} stand there more than once")
    lines += [f"  {count}: {text}" for text, count in report.notes.most_common()]
    lines += [f"  not taken, {count}: {reason}" for reason, count in report.rejected.most_common()]
    return "\n".join(lines)


@places.command("list")
@CONFIG
@fails_plainly
def places_list(config: Path | None) -> None:
    """What the gazetteer was filled from."""
    settings = load_settings()
    network = network_of(settings, config)

    async def work(pool: Any) -> list[Any]:
        return list(await pool.fetch(query("gazetteer_sources")))

    rows = with_pool(settings, network, work)
    for row in rows:
        when = row["imported_at"].astimezone(network.zone)
        click.echo(
            f"{row['name']}: {row['format']}, imported {when:%Y-%m-%d %H:%M}, {row['names']} names, "
            f"{row['addresses']} house numbers, {row['rejected']} rows not taken"
        )
    if not rows:
        click.echo("nothing has been imported; the network file's own places are known without it")


@places.command("remove")
@click.argument("name")
@CONFIG
@fails_plainly
def places_remove(name: str, config: Path | None) -> None:
    """Forget what was imported as NAME."""
    settings = load_settings()

    async def work(pool: Any) -> bool:
        async with pool.acquire() as connection:
            found = await remove(connection, name)
            if found:
                await tidy(connection)
            return found

    with _plainly():
        if not with_pool(settings, network_of(settings, config), work):
            raise click.ClickException(f'nothing was imported as "{name}"; see budkavle places list')
    click.echo(f'"{name}" is removed')
