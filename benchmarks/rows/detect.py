"""Detect: load, step and save of all series of an interval, against one model a series of krcf and of river."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np

from benchmarks import detect
from benchmarks.lines import Line, rounded
from benchmarks.peers import NotInstalled, ask
from benchmarks.processes import alone
from benchmarks.scale import Scale

ROW = "detect"
STEP, ALL, SIZE = "step", "load, step and save", "state"
POINTS: Final = 257
"""Points of a series that a peer gets: its forests are full after 256."""

PEERS: Final = {
    "krcf": ("krcf", "detect_krcf"),
    "river HalfSpaceTrees": ("river", "detect_river"),
    "river GaussianScorer": ("river", "detect_river_gaussian"),
}


def measure(scale: Scale) -> Iterator[Line]:
    """By number of series. A peer has a model for each series, so its figures a series hold for any number of them."""
    peers = {name: _peer(*place, scale) for name, place in PEERS.items()}
    for count in scale.series:
        found = alone(detect.measure, count)
        case = f"{count:,} series"
        ours = {
            STEP: 1000 * found["step_cpu_ms"] / count,
            ALL: 1000 * found["total_cpu_ms"] / count,
            SIZE: found["bytes_a_series"],
        }
        yield Line(ROW, case, count, "load, step and save, all series", "CPU ms", rounded(found["total_cpu_ms"]))
        for name, (theirs, reason) in peers.items():
            for figure, value in ours.items():
                unit = "bytes/series" if figure is SIZE else "CPU us/series"
                yield Line(ROW, case, count, figure, unit, rounded(value), name, theirs.get(figure), reason)


def _peer(package: str, module: str, scale: Scale) -> tuple[Mapping[str, float], str]:
    """Figures a series, and on how many series they were measured."""
    with TemporaryDirectory() as folder:
        points = Path(folder) / "points.npy"
        alone(write_points, points, scale.series[0])
        try:
            found: dict[str, Any] = ask(package, module, points, scale.peer_seconds)
        except NotInstalled as missing:
            return {}, str(missing)
    done = found["series"]
    seconds = [found[f"{part}_seconds"] for part in ("load", "step", "save")]
    figures = {STEP: 1e6 * seconds[1] / done, ALL: 1e6 * sum(seconds) / done, SIZE: found["bytes"] / done}
    return {name: rounded(value) for name, value in figures.items()}, f"measured on {done:,} series, one model each"


def write_points(path: Path, count: int) -> None:
    """The last POINTS values of each series that our detector gets, a row a series."""
    random, keys = np.random.default_rng(1), detect.series_keys(count)
    values = (detect.interval_values(keys, number, random).values for number in range(detect.STEPS))
    known = np.full(count, 50.0)
    columns = []
    for present in values:
        known = np.array([present.get(key, before) for key, before in zip(keys, known.tolist(), strict=True)])
        columns.append(known)
    np.save(path, np.stack(columns[-POINTS:], axis=1))
