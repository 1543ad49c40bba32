"""The measurements measure what they say. How fast it goes is not tested: machines are busy with other things."""

import json
import os
import subprocess
import sys
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import parse_qs

import pytest

from bots.dialogue.understand import Understander
from service.bench.address_file import HOUSES_A_STREET, LOCALITIES, Address, addresses, streets
from service.bench.gazetteer import KINDS, measure, written
from service.bench.load import requests, texts
from service.bench.run import shown
from service.bench.understand import new_messages
from service.database import Database
from service.network_file import find_network_file, read_network

BENCH = (sys.executable, "-c", "from service.cli import main; main()", "bench")


def test_both_measurements_show_verified_figures_beside_their_floors(tmp_path: Path) -> None:
    # Settings of the user's own must not lead a measurement to the user's own database.
    environment = os.environ | {"BUDKAVLE_DATABASE_URL": "postgresql://127.0.0.1:9/nobody", "BUDKAVLE_DATA_DIR": str(tmp_path)}
    command = [*BENCH, "intake", "dispatch", "--json", "--seconds", "0.5"]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    results: dict[str, Any] = json.loads(done.stdout)

    assert set(results) == {"machine", "intake", "dispatch"}
    assert set(results["machine"]) == {"cores", "python", "postgres"}
    for name in ("intake", "dispatch"):
        found = results[name]
        assert found["ours"] > 0 and found["floor"] > 0
        assert found["ratio"] == pytest.approx(found["ours"] / found["floor"], rel=0.05)
    intake = results["intake"]
    assert set(intake["connections"]) == {"16", "64"}
    for pair in intake["connections"].values():
        for side in ("ours", "floor"):
            assert 0 < pair[side]["p50_ms"] <= pair[side]["p99_ms"]
    assert intake["verified"]["answered"] > 0
    assert len(set(intake["verified"].values())) == 1
    tasks = results["dispatch"]["tasks_a_round"]
    assert results["dispatch"]["verified"] == {"tasks": tasks, "offers": 5 * tasks, "messages": 5 * tasks, "events": tasks}
    assert list(tmp_path.iterdir()) == []


def test_every_open_board_gets_every_change(tmp_path: Path) -> None:
    command = [*BENCH, "boards", "--json", "--seconds", "0.2"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    boards = json.loads(done.stdout)["boards"]
    assert boards["streams"] == 500 and boards["views"] == 10
    assert boards["verified"] == {"frames": 500 * boards["rounds"]}
    assert 0 < boards["floor"] <= boards["floor_slowest"]
    assert boards["gathered"] < boards["ours"] <= boards["slowest"] < 1000


def test_understanding_is_measured_cold_and_warm(tmp_path: Path) -> None:
    command = [*BENCH, "understand", "--json", "--seconds", "0.3"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)["understand"]
    assert found["verified"] == 6 * 200
    for kind in ("cold", "warm"):
        assert 0 < found[kind]["ours"] < found[kind]["floor"]


async def test_addresses_are_imported_and_searched_for(database: dict[str, Any], tmp_path: Path) -> None:
    found = await measure(Database(database, None), tmp_path, 2_000)
    assert found["import"]["addresses"] == 2_000
    assert 0 < found["import"]["floor"] < found["import"]["ours"]
    for kind in (*KINDS, "floor"):
        assert 0 < found["search"][kind]["p50_ms"] <= found["search"][kind]["p99_ms"]
    assert "search, misspelt" in shown({"machine": {"cores": 2, "python": "3"}, "gazetteer": found})


def test_addresses_are_written_as_people_write_them() -> None:
    row = Address("Storgatan", 4, "B", "56332", "Gränna", 58.0, 14.5)
    said = {kind: written(row, kind, Random(2)) for kind in KINDS}
    assert said["exact"] == "Storgatan 4 B, Gränna" and said["no number"] == "Storgatan, Gränna"
    assert said["no accents"] == "storgatan 4 b granna"
    for seed in range(200):
        misspelt = written(row, "misspelt", Random(seed)).removesuffix(" 4 B, Gränna")
        assert misspelt[0] == "S" and abs(len(misspelt) - len("Storgatan")) <= 1


def test_a_made_register_is_the_same_each_time_and_no_house_comes_twice() -> None:
    rows = list(addresses(streets(600, 1), 1))
    assert rows == list(addresses(streets(600, 1), 1))
    assert len({row[:5] for row in rows}) == len(rows) == 600 * HOUSES_A_STREET
    assert len({row.locality for row in rows}) == LOCALITIES


def test_no_message_of_the_measurement_comes_twice() -> None:
    made = list(islice(new_messages(Random(1), strange=2), 500))
    assert len(set(made)) == 500
    strange = [word for text in made for word in text.split() if word.startswith("q")]
    assert len(strange) == len(set(strange)) == 1000


def test_an_unknown_measurement_is_refused() -> None:
    done = subprocess.run([*BENCH, "nothing"], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 1
    assert "there is no measurement 'nothing'" in done.stderr


def test_every_text_of_the_load_is_a_complete_request() -> None:
    network = read_network(find_network_file("jonkoping"))
    understander = Understander(tuple(network.areas.values()), tuple(network.categories))
    for text in texts():
        understood = understander.understand(text)
        assert understood.intent == "request" and understood.category and understood.area, (text, understood)


def test_the_load_is_in_the_carriers_format() -> None:
    first, second = requests("/hooks/46elks/key/sms", 7, 2)
    head, _, body = first.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /hooks/46elks/key/sms HTTP/1.1\r\n")
    assert f"Content-Length: {len(body)}".encode() in head
    form = parse_qs(body.decode(), strict_parsing=True)
    assert set(form) == {"direction", "id", "from", "to", "created", "message"}
    assert form["from"] == ["+46700000007"]
    assert first != second
