"""`budkavle areas`: boundaries are imported, exported, checked and drawn."""

from pathlib import Path
from typing import Any

import click
import orjson

from dispatch.areas import load_outlines, redraw, store_outlines
from dispatch.clock import SystemClock
from geo.geojson import as_geojson
from service.command_line import CONFIG, fails_plainly, network_of, with_pool
from service.settings import load_settings

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
NEW_FILE = click.Path(path_type=Path, dir_okay=False)
CRS = click.option("--crs", help="What coordinates are in, such as EPSG:3006. Default: what the file says, else degrees.")
LAYER = click.option("--layer", help="Which layer of a GeoPackage with several.")


@click.group()
def areas() -> None:
    """The areas' boundaries: what nobody has drawn is drawn from the places."""


@areas.command("import")
@click.argument("file", type=FILE)
@CRS
@LAYER
@click.option("--skip-refused", is_flag=True, help="Take the others when a feature cannot be used.")
@CONFIG
@fails_plainly
def areas_import(file: Path, crs: str | None, layer: str | None, skip_refused: bool, config: Path | None) -> None:
    """Take boundaries from GeoJSON or a GeoPackage, by area key. Areas that FILE does not have stay as they are.

    All of it is taken or nothing: a feature that cannot be used refuses the file, unless --skip-refused is given. Twice changes
    nothing."""
    settings = load_settings()
    network = network_of(settings, config)
    found = _read(file, network, crs, layer)
    for told in found.mended:
        click.echo(f"{file}: {told}")
    for told in found.refused:
        click.echo(f"{file}: {told}", err=True)
    if found.refused and not skip_refused:
        raise click.ClickException("nothing has been changed; mend the file, or take the others with --skip-refused")
    if not found.outlines:
        raise click.ClickException(f"{file}: no feature could be used, so nothing has been changed")

    async def work(pool: Any) -> tuple[int, int]:
        async with pool.acquire() as connection, connection.transaction():
            before, _ = await load_outlines(connection)
            return before, await store_outlines(connection, network, found.outlines, "import", None, None, SystemClock().now())

    before, after = with_pool(settings, network, work)
    names = ", ".join(found.outlines)
    click.echo(f"{names}: {'drawn as in the file' if after != before else 'drawn like that already, nothing has changed'}")
    click.echo("Next: budkavle areas check")
    if found.refused:
        raise SystemExit(1)


@areas.command("export")
@click.argument("file", type=NEW_FILE, required=False)
@CONFIG
@fails_plainly
def areas_export(file: Path | None, config: Path | None) -> None:
    """Write all areas as they are now, drawn or not, as GeoJSON into FILE, or on standard output."""
    settings = load_settings()
    network = network_of(settings, config)

    async def work(pool: Any) -> None:
        async with pool.acquire() as connection:
            await redraw(connection, network)

    with_pool(settings, network, work)
    told = as_geojson(tuple(network.areas.values()), network.atlas.map.outlines)
    text = orjson.dumps(told, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    if file is None:
        click.echo(text, nl=False)
    else:
        file.write_bytes(text)
        click.echo(f"wrote {len(told['features'])} areas into {file}", err=True)


def _read(file: Path, network: Any, crs: str | None, layer: str | None) -> Any:
    from geo.area_files import BadAreaFile, read_areas

    try:
        return read_areas(file, network.atlas.geography, crs, layer)
    except BadAreaFile as error:
        raise click.ClickException(f"{file}: {error}") from error
