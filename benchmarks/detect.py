"""Scale of the detector: CPU time to load, step and save, and bytes a series, at 1,000, 10,000 and 50,000 series.

usage: python -m benchmarks.detect [--json FILE]

Each size is trained on STEPS intervals of generated counts, every series present but one in a hundred, which is absent
now and then. CPU milliseconds are medians of REPEATS runs of this process, on one core.
"""

import argparse
import json
import os
import statistics
import time
from itertools import pairwise
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from tidegate.config import DetectorConfig, Function, Measure
from tidegate.contracts.interval import DAY_SECONDS, Interval
from tidegate.contracts.series import IntervalValues, SeriesKey
from tidegate.detect.detector import Detector

SIZES = (1_000, 10_000, 50_000)
STEPS = 320
REPEATS = 5
SECONDS = 300
START = 1_767_571_200
CONFIG = DetectorConfig(measures=(Measure("orders", Function.SUM),), dimensions=("shop", "product"))


def interval_values(keys: list[SeriesKey], number: int, random: np.random.Generator) -> IntervalValues:
    start = START + number * SECONDS
    mean = 50 * (1 + 0.5 * np.sin(2 * np.pi * (start % DAY_SECONDS) / DAY_SECONDS))
    counts = random.poisson(mean, len(keys)).tolist()
    absent = number % 100
    present = (row for row in range(len(keys)) if row % 100 != absent)
    return IntervalValues(Interval(start, start + SECONDS), {keys[row]: float(counts[row]) for row in present})


def series_keys(count: int) -> list[SeriesKey]:
    return [("orders", (f"shop-{row % 50:02d}", f"product-{row // 50:04d}")) for row in range(count)]


def measure(count: int) -> dict[str, float]:
    random = np.random.default_rng(1)
    keys = series_keys(count)
    detector = Detector(CONFIG)
    for number in range(STEPS):
        detector.observe(interval_values(keys, number, random))
    times: dict[str, list[float]] = {"load": [], "step": [], "save": []}
    data = detector.to_bytes()
    for number in range(STEPS, STEPS + REPEATS):
        values = interval_values(keys, number, random)
        marks = [time.process_time()]
        detector = Detector.from_bytes(data, CONFIG)
        marks.append(time.process_time())
        detector.observe(values)
        marks.append(time.process_time())
        data = detector.to_bytes()
        marks.append(time.process_time())
        for name, (start, end) in zip(times, pairwise(marks), strict=True):
            times[name].append(1000 * (end - start))
    row = {f"{name}_cpu_ms": round(statistics.median(runs), 1) for name, runs in times.items()}
    total = round(sum(row.values()), 1)
    return {"series": count, **row, "total_cpu_ms": total, "bytes_a_series": round(len(data) / count)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rows = []
    for count in SIZES:
        rows.append(measure(count))
        print("  ".join(f"{name} {value}" for name, value in rows[-1].items()), flush=True)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()
