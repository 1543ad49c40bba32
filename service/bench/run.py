"""`budkavle bench`: the list of measurements, and how they are run and shown."""

import os
import platform
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from service.bench.boards import measure_boards
from service.bench.dispatch import measure_dispatch
from service.bench.gazetteer import measure_gazetteer
from service.bench.geo import measure_geo
from service.bench.intake import measure_intake
from service.bench.stage import Stage, open_stage
from service.bench.understand import measure_understand

# Each gets the stage and the seconds that one round lasts, and returns what --json shows.
BENCHES: dict[str, Callable[[Stage, float], Awaitable[dict[str, Any]]]] = {
    "intake": measure_intake,
    "dispatch": measure_dispatch,
    "boards": measure_boards,
    "understand": measure_understand,
    "gazetteer": measure_gazetteer,
    "geo": measure_geo,
}


async def run_benches(names: Sequence[str], seconds: float) -> dict[str, Any]:
    """Run the measurements named, one after the other, each on databases of its own. Nothing of the user's is touched.

    Raises stage.Unverified when the database does not hold what was counted: a figure that is not verified is none.
    """
    results: dict[str, Any] = {"machine": {"cores": os.cpu_count(), "python": platform.python_version()}}
    async with open_stage() as stage:
        results["machine"]["postgres"] = stage.postgres
        for name in names:
            results[name] = await BENCHES[name](stage, seconds)
    return results


def shown(results: dict[str, Any]) -> str:
    """The results as a short table for people."""
    machine = results["machine"]
    lines = [f"{machine['cores']} cores, Python {machine['python']}, PostgreSQL {machine.get('postgres', '-')}", ""]
    if "intake" in results or "dispatch" in results:
        lines.append(f"{'':22}{'ours':>8}{'floor':>8}{'ratio':>7}   p50/p99 ms (floor's)")
    if intake := results.get("intake"):
        for connections, pair in intake["connections"].items():
            ours, floor = pair["ours"], pair["floor"]
            waits = f"   {ours['p50_ms']}/{ours['p99_ms']} ({floor['p50_ms']}/{floor['p99_ms']})"
            lines.append(_row(f"intake, {connections} at once", ours["per_second"], floor["per_second"], pair["ratio"]) + waits)
    if dispatch := results.get("dispatch"):
        lines.append(_row("dispatch", dispatch["ours"], dispatch["floor"], dispatch["ratio"]))
    if understand := results.get("understand"):
        lines += [f"{'':22}{'ours':>8}{'floor':>8}{'ratio':>7}   messages a second on one core; floor: fold and split"]
        for kind in ("cold", "warm"):
            pair = understand[kind]
            lines.append(_row(f"understand, {kind}", pair["ours"], pair["floor"], pair["ratio"]))
    if geo := results.get("geo"):
        lines += [f"{'':22}{'ours':>8}{'floor':>8}{'ratio':>7}   positions a second on one core; floor: bare shapely"]
        for name in ("jonkoping", "large"):
            for kind in ("single", "many"):
                pair = geo[name][kind]
                lines.append(_row(f"geo, {geo[name]['areas']} areas, {kind}", pair["ours"], pair["floor"], pair["ratio"]))
    if boards := results.get("boards"):
        lines += [f"{'':22}{'ours':>8}{'floor':>8}{'ratio':>7}   ms; slowest (floor's)"]
        waits = (
            f"   {boards['slowest']} ({boards['floor_slowest']}); of ours, {boards['gathered']:.0f} ms gather what comes together"
        )
        row = f"{boards['ours']:8.1f}{boards['floor']:8.1f}{boards['ratio']:7.2f}"
        lines.append(f"{'boards, last of ' + str(boards['streams']):22}{row}{waits}")
    if gazetteer := results.get("gazetteer"):
        lines += _gazetteer(gazetteer)
    return "\n".join(lines)


def _gazetteer(found: dict[str, Any]) -> list[str]:
    pair = found["import"]
    row = f"{pair['ours']:8.1f}{pair['floor']:8.1f}{pair['ratio']:7.2f}"
    lines = [f"{'':22}{'ours':>8}{'floor':>8}{'ratio':>7}   seconds; floor: a bare COPY"]
    lines += [f"{'gazetteer, import':22}{row}   {pair['addresses']} addresses", f"{'':22}{'p50':>8}{'p99':>8}{'right':>7}   ms"]
    for kind, times in found["search"].items():
        lines.append(f"{'search, ' + kind:22}{times['p50_ms']:8.2f}{times['p99_ms']:8.2f}{times.get('right', 1.0):7.3f}")
    return lines


def _row(name: str, ours: float, floor: float, ratio: float) -> str:
    return f"{name:22}{ours:8.0f}{floor:8.0f}{ratio:7.2f}"
