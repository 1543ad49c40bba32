"""Gammu's tables are made from what Debian's package brings, its daemon gets its settings, and the doctor looks at both."""

import gzip
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from pydantic import SecretStr

from service.carriers import gammu_database
from service.carriers.gammu_database import embedded_gammu, make_tables, prepare, read_schema, write_smsdrc
from service.database import Database, open_database
from service.doctor import _modem
from service.settings import Settings, SettingsError
from tests.acceptance.conftest import jonkoping
from tests.gammu import OWN_TABLES

NETWORK = jonkoping(lambda raw: raw["network"].update(carriers=["gammu"]))
DEFINITIONS = f"CREATE LANGUAGE plpgsql;\n{OWN_TABLES.read_text(encoding='utf-8')}"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the package has put its definitions, as far as this test's machine goes: nowhere yet."""
    monkeypatch.setattr(gammu_database, "EXAMPLES", tmp_path / "examples")
    (tmp_path / "examples").mkdir()
    return tmp_path / "examples"


def test_the_definitions_are_found_plain_and_packed(package: Path) -> None:
    with pytest.raises(SettingsError, match="sudo apt-get install --reinstall"):
        read_schema()
    (package / "pgsql.sql.gz").write_bytes(gzip.compress(DEFINITIONS.encode()))
    assert "CREATE TABLE inbox" in read_schema()
    (package / "pgsql.sql").write_text(DEFINITIONS, encoding="utf-8")
    assert "CREATE TABLE inbox" in read_schema()
    assert "CREATE LANGUAGE" not in read_schema()


async def test_tables_are_made_whole_and_once(package: Path, empty_database: dict[str, Any]) -> None:
    connection = await asyncpg.connect(**empty_database)
    try:
        (package / "pgsql.sql").write_text(DEFINITIONS + "\nSELECT oops;", encoding="utf-8")
        with pytest.raises(asyncpg.UndefinedColumnError):
            await make_tables(connection)
        (package / "pgsql.sql").write_text(DEFINITIONS, encoding="utf-8")
        assert await make_tables(connection)
        assert not await make_tables(connection)
    finally:
        await connection.close()


def test_settings_of_the_daemon_are_private_and_never_overwritten(tmp_path: Path) -> None:
    path = write_smsdrc(tmp_path / "new", {"host": "/run/somewhere", "user": "gammu", "database": "gammu"})
    assert path.stat().st_mode & 0o777 == 0o600
    assert "host = /run/somewhere\nuser = gammu\ndatabase = gammu\n" in path.read_text(encoding="utf-8")
    with pytest.raises(SettingsError, match="there already"):
        write_smsdrc(tmp_path / "new", {})


ADDRESSES = [
    ("postgresql://smsd:s%40cret@db.example:5433/sms", "host = db.example:5433\nuser = smsd\npassword = s@cret\ndatabase = sms"),
    ("postgresql://smsd@localhost/smsd", "host = localhost:5432\nuser = smsd\ndatabase = smsd"),
]


@pytest.mark.parametrize(("address", "told"), ADDRESSES)
def test_an_outside_database_in_the_daemons_words(address: str, told: str) -> None:
    assert "\n".join(f"{k} = {v}" for k, v in gammu_database._of_url(address).items()) == told


async def test_whoever_has_an_outside_database_must_say_where_gammus_is() -> None:
    with pytest.raises(SettingsError, match="BUDKAVLE_GAMMU_DATABASE_URL"):
        await prepare(Settings(), Database({}, None))


async def test_without_the_package_the_service_runs_and_says_what_is_missing(package: Path, tmp_path: Path) -> None:
    """... and when the package has come, the tables are made, and are gammu's: the role sees nothing of ours."""
    settings = Settings(data_dir=tmp_path / "data")
    async with open_database(settings) as database:
        reach = await embedded_gammu(settings, NETWORK, database)
        assert reach is not None
        assert "tables are missing: run 'budkavle gammu'" in (await _modem(settings, NETWORK, database)).say
        with pytest.raises(SettingsError, match="not on this machine"):
            await prepare(settings, database)
        (package / "pgsql.sql").write_text(DEFINITIONS, encoding="utf-8")
        assert (await prepare(settings, database))["host"] == reach["host"]
        assert "start it" in (await _modem(settings, NETWORK, database)).say
        ours = await database.connection()
        await ours.execute("CREATE SCHEMA town CREATE TABLE secret (said text)")
        await ours.close()
        gammu = await asyncpg.connect(**reach | {"database": "budkavle"})
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await gammu.fetch("SELECT * FROM town.secret")
        await gammu.close()


async def test_a_path_that_the_daemon_cannot_use(package: Path, tmp_path: Path) -> None:
    (package / "pgsql.sql").write_text(DEFINITIONS, encoding="utf-8")
    settings = Settings(data_dir=tmp_path / "a:b")
    async with open_database(settings) as database:
        if ":" in str(database.connect_args["host"]):
            with pytest.raises(SettingsError, match="a colon"):
                await prepare(settings, database)
        else:  # the directory's path was too long for a socket, so a short one was chosen
            assert await prepare(settings, database)


PHONE = 'INSERT INTO phones ("ID", "IMEI", "IMSI", "Client", "Signal", "Battery") VALUES (\'\', \'1\', \'2\', \'Gammu\', {}, {})'
OLD = "UPDATE phones SET \"UpdatedInDB\" = LOCALTIMESTAMP - interval '1 hour'"
LOOKS = [
    ("well", [PHONE.format(55, 80)], True, "the modem answers, signal 55 %, battery 80 %"),
    ("a stick has no battery", [PHONE.format(55, -1)], True, "the modem answers, signal 55 %"),
    ("no signal", [PHONE.format(0, 80)], False, "has no signal"),
    ("never told of", [], False, "start it"),
    ("silent", [PHONE.format(55, 80), "ALTER TABLE phones DISABLE TRIGGER update_timestamp", OLD], False, "does it run?"),
    ("other tables", ['UPDATE gammu SET "Version" = 13'], False, "version 13"),
]


@pytest.mark.parametrize(("statements", "ok", "say"), [row[1:] for row in LOOKS], ids=[row[0] for row in LOOKS])
async def test_what_the_doctor_says(
    postgres: dict[str, Any], empty_database: dict[str, Any], statements: list[str], ok: bool, say: str
) -> None:
    connection = await asyncpg.connect(**empty_database)
    for statement in (OWN_TABLES.read_text(encoding="utf-8"), *statements):
        await connection.execute(statement)
    await connection.close()
    reach = postgres.get("dsn") or f"postgresql://{postgres['user']}@/?host={postgres['host']}&port={postgres['port']}"
    parts = reach.partition("?")
    address = f"{parts[0].rpartition('/')[0]}/{empty_database['database']}?{parts[2]}"
    finding = await _modem(Settings(gammu_database_url=SecretStr(address)), NETWORK, Database({}, None))
    assert (finding.ok, say in finding.say) == (ok, True), finding


async def test_the_doctor_without_a_place_to_look() -> None:
    finding = await _modem(Settings(), NETWORK, Database({}, None))
    assert (finding.ok, "BUDKAVLE_GAMMU_DATABASE_URL" in finding.say) == (False, True)
