"""Twenty thousand records through the deployed functions: counts are equal, memory does not grow with them.

`make soak` sends a million.
"""

from tests.soak_load import POINTS, load

RECORDS = 20_000


def test_load_is_counted_and_memory_stays_flat() -> None:
    points = load(RECORDS)
    assert [point["records"] for point in points][-1] == RECORDS
    assert len(points) == POINTS
    half, end = points[POINTS // 2 - 1], points[-1]
    # The stream twin keeps a day: 10,000 records more, at less than a kilobyte each.
    assert end["resident_mb"] - half["resident_mb"] < 16
    assert all(point["per_cpu_second"] > 0 for point in points)
