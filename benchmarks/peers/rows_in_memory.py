"""The rows of an interval as columns in memory, like those that the benchmark of flush buffers."""

import numpy as np

PLATFORMS = ("pc_web", "mobile_web", "mobile_app")
MARKETPLACES = ("us", "uk", "de", "fr", "es", "it", "jp")


def columns(rows: int) -> dict[str, np.ndarray]:
    """sequence stands for the identity by which the rows are sorted; the other columns are those of the CSV."""
    random = np.random.default_rng(rows)
    moments = np.array([f"2026-06-01 09:{second // 60:02d}:{second % 60:02d}" for second in range(300)], dtype=object)
    views = random.integers(90, 700, rows)
    return {
        "sequence": np.arange(rows),
        "event_time": moments[random.integers(0, 300, rows)],
        "platform": np.array(PLATFORMS, dtype=object)[random.integers(0, len(PLATFORMS), rows)],
        "marketplace": np.array(MARKETPLACES, dtype=object)[random.integers(0, len(MARKETPLACES), rows)],
        "views": views,
        "revenue": np.round(views * 1.3, 2),
    }


def forget_peak() -> None:
    """Let `peak_mb` count from now on: Linux's clear_refs."""
    with open("/proc/self/clear_refs", "w") as control:
        control.write("5")


def peak_mb() -> float:
    """Most memory that this process has had since `forget_peak`, in megabytes; what lies in it is part of it."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM:"))
