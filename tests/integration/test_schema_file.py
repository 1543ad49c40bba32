"""sql/schema.sql, which people read, says what the migrations do."""

from pathlib import Path

from service.postgres import EmbeddedPostgres
from service.schema_file import describe
from tests.conftest import scratch_directory

SCHEMA_FILE = Path(__file__).parents[2] / "sql" / "schema.sql"


def test_schema_file_is_current() -> None:
    # A server of its own, so that the run may use an outside one of another version.
    with (
        scratch_directory() as directory,
        EmbeddedPostgres.start(Path(directory), durable=False) as server,
    ):
        current = describe(server)
    assert SCHEMA_FILE.read_text(encoding="utf-8") == current, "run `make schema`"
