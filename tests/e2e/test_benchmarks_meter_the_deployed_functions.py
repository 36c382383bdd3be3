"""What the cost table is made of: the deployed functions' calls, counted on their way."""

import pytest

from benchmarks.deployed import use


@pytest.mark.parametrize("chunks_in_s3", [False, True])
def test_calls_are_metered_by_function(chunks_in_s3: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.chunks_in_s3.LEAST_BYTES", 1)

    used = use(2, 600, chunks_in_s3)

    ingest, flush = used.units["ingest"], used.units["flush"]
    assert (used.records, used.rate) == (1200, 2.0)
    assert used.intervals in (2, 3)  # a record may have happened before the first of them
    assert flush["puts"] == used.intervals
    assert flush["object bytes"] > 1200 * 30
    assert ingest["invocations"] == 10
    assert ingest.get("puts", 0) == (ingest["invocations"] + used.intervals - 1 if chunks_in_s3 else 0)
    assert flush.get("gets", 0) >= ingest.get("puts", 0)
    assert used.idle["flush"].get("write units", 0) == 0
    assert set(used.memory) >= {"ingest", "flush", "detect"}
