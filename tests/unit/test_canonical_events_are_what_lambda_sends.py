"""The events in events/: as their script makes them, in the form in which Lambda's event source sends them."""

import gzip
import json
import re
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

from events.regenerate import FOLDER, events

INGEST = sorted(name for name in events() if name.startswith("ingest-"))
SEQUENCE = re.compile(r"49\d{54}")


def stored(name: str) -> dict[str, Any]:
    document = json.loads((FOLDER / name).read_text())
    assert isinstance(document, dict)
    return document


def unzipped(event: dict[str, Any]) -> dict[str, Any]:
    """With whole gzip data unpacked: another build of zlib packs the same bytes otherwise."""
    for record in event.get("Records", ()):
        data = b64decode(record["kinesis"]["data"])
        if record["kinesis"]["partitionKey"] == "gzip":
            record["kinesis"]["data"] = gzip.decompress(data).decode()
        elif record["kinesis"]["partitionKey"] == "broken_gzip":
            record["kinesis"]["data"] = ""
    return event


@pytest.mark.parametrize("name", events())
def test_the_script_makes_the_stored_events(name: str) -> None:
    assert unzipped(stored(name)) == unzipped(json.loads(json.dumps(events()[name])))


@pytest.mark.parametrize("name", INGEST)
def test_kinesis_records_have_the_fields_of_lambdas_documentation(name: str) -> None:
    records = stored(name)["Records"]
    for record in records:
        assert set(record) == {
            *("kinesis", "eventSource", "eventVersion", "eventID", "eventName"),
            *("invokeIdentityArn", "awsRegion", "eventSourceARN"),
        }
        assert set(record["kinesis"]) == {
            *("kinesisSchemaVersion", "partitionKey", "sequenceNumber", "data", "approximateArrivalTimestamp"),
        }
        assert SEQUENCE.fullmatch(record["kinesis"]["sequenceNumber"])
        assert record["eventID"] == f"shardId-000000000000:{record['kinesis']['sequenceNumber']}"
    sequences = [int(record["kinesis"]["sequenceNumber"]) for record in records]
    assert sequences == sorted(set(sequences))


def test_every_event_is_named_for_its_function() -> None:
    for path in Path(FOLDER).glob("*.json"):
        assert path.name.split("-")[0] in ("ingest", "flush", "detect", "alert", "generate")
