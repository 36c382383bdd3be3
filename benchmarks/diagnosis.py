"""Search for root causes: F1 and CPU time over synthetic faults of 48,000 leaves (faults.py).

usage: python -m benchmarks.diagnosis [--faults N] [--json FILE]

An element counts as found when it is named exactly. The leaves have no history here: a leaf's standard deviation is
taken as the median relative deviation of all leaves, which most often did not change. Published on the generator that
faults.py follows: RiskLoc F1 .51 in 6.6 s a fault, AutoRoot .45 in 3.1 s, Adtributor .08 in .5 s.
"""

import argparse
import json
import os
import statistics
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from benchmarks.faults import Element, Fault, fault
from tidegate.detect.localization import localize

FAULTS = 300
SEED = 121
MEDIAN_OF_NORMAL = 0.6745
SMALLEST_NOISE = 0.01


def found(case: Fault) -> frozenset[Element]:
    """What the search names."""
    means = (case.values + case.expected) / 2
    there = means > 0
    deviations = np.abs(case.values - case.expected)[there] / means[there]
    noise = max(float(np.median(deviations)) / MEDIAN_OF_NORMAL, SMALLEST_NOISE)
    codes = [code[there] for code in case.codes]
    elements = localize(codes, case.values[there], case.expected[there], noise * means[there])
    return frozenset(tuple(sorted(element.values.items())) for element in elements)


def measure(count: int) -> dict[str, float]:
    random = np.random.default_rng(SEED)
    hits = named = wanted = 0
    times = []
    for _ in range(count):
        case = fault(random)
        start = time.process_time()
        elements = found(case)
        times.append(1000 * (time.process_time() - start))
        hits, named, wanted = hits + len(elements & case.truth), named + len(elements), wanted + len(case.truth)
    return {
        "faults": count,
        "leaves": 48_000,
        "precision": round(hits / named, 3),
        "recall": round(hits / wanted, 3),
        "f1": round(2 * hits / (named + wanted), 3),
        "median_cpu_ms": round(statistics.median(times), 1),
        "largest_cpu_ms": round(max(times), 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--faults", type=int, default=FAULTS)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    row = measure(options.faults)
    print("  ".join(f"{name} {value}" for name, value in row.items()))
    if options.json:
        options.json.write_text(json.dumps([row], indent=2) + "\n")


if __name__ == "__main__":
    main()
