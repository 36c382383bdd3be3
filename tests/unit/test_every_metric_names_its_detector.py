"""However many values a run sends: each metric has the dimension that the alarms watch, and none is lost.

Powertools publishes by itself when a metric has a hundred values, with the dimensions that it was given by then.
"""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from functions.detect import app as detect_app
from functions.flush import app as flush_app
from functions.ingest import app as ingest_app
from local.kinesis_event import kinesis_event
from tests.detect_world import NAMES, DetectWorld
from tests.event_sources import ROLE_ARN, STREAM_ARN
from tests.flush_world import CONFIG, MIDNIGHT, STEP, Event, World
from tests.function_output import metrics
from tests.ingesting import PARAMETERS, line, record
from tests.template import resources
from tidegate.config import DetectorConfig
from tidegate.detect.run import Surroundings
from tidegate.ingest.process import Ingest
from tidegate.memory.buffer import MemoryBuffer
from tidegate.memory.quarantine import MemoryQuarantine

CONTEXT: Any = SimpleNamespace(get_remaining_time_in_millis=lambda: 300_000, invoked_function_arn="arn")
PUBLISHED_BY_ITSELF = 100


def at(seconds: float) -> dict[str, str]:
    """The schedule's event at so many seconds after midnight."""
    return {"time": datetime.fromtimestamp(MIDNIGHT + seconds, UTC).isoformat()}


def sent(capsys: pytest.CaptureFixture[str]) -> dict[str, list[float]]:
    """The values of each metric, all of which name the detector and nothing else."""
    values: dict[str, list[float]] = {}
    for document in metrics(capsys.readouterr().out):
        assert {name: value for name, value in document.items() if isinstance(value, str)} == {"DetectorName": "shop"}
        for name, found in document.items():
            if isinstance(found, list):
                values[name] = values.get(name, []) + found
    return values


def test_alarms_on_metrics_of_ours_watch_this_dimension() -> None:
    alarms = [one for one in resources("AWS::CloudWatch::Alarm").values() if one["Namespace"] == "Tidegate"]
    assert alarms
    assert all([one["Name"] for one in alarm["Dimensions"]] == ["DetectorName"] for alarm in alarms)


@pytest.mark.parametrize("count", [PUBLISHED_BY_ITSELF, 150])
def test_flush_closes_many_intervals_at_once(
    count: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    world = World()
    world.take([Event(1, 10, 10), Event(2, (count - 1) * STEP, (count - 1) * STEP)])
    config = DetectorConfig(measures=CONFIG.measures, dimensions=CONFIG.dimensions, detector_name="shop")
    given = flush_app.Dependencies(config, world.buffer, world.shards, world.objects, 180)
    monkeypatch.setattr(flush_app, "dependencies", lambda: given)
    assert flush_app.handler(at(count * STEP + 60), CONTEXT)["closed"] == count
    values = sent(capsys)
    assert values["CloseDelay"] == [60 + STEP * left for left in reversed(range(count))]
    assert (len(values["OverdueIntervals"]), len(values["WatermarkLag"])) == (1, 1)


@pytest.mark.parametrize("count", [PUBLISHED_BY_ITSELF, 150])
def test_detect_finds_many_anomalies_at_once(
    count: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    world = DetectWorld().publish(0, {"us": 1000})
    given = Surroundings(
        world.config, NAMES, world.models, world.store, world.published(), world.alerts, world.verdicts(), world.warm
    )
    monkeypatch.setattr(detect_app, "dependencies", lambda _: given)
    detect_app.handler(at(STEP + 60), CONTEXT)
    sent(capsys)
    for number in range(1, count + 1):
        world.publish(number, {"us": 80})
    assert detect_app.handler(at((count + 1) * STEP + 60), CONTEXT)["intervals"] == count
    values = sent(capsys)
    assert (len(values["AnomalySeverity"]), len(values["SeriesScored"])) == (count, 1)


@pytest.mark.parametrize("count", [PUBLISHED_BY_ITSELF, 150])
def test_ingest_takes_many_records_at_once(
    count: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = DetectorConfig.from_parameters(PARAMETERS)
    given = ingest_app.Dependencies("shop", Ingest(config, MemoryBuffer(), MemoryQuarantine()))
    monkeypatch.setattr(ingest_app, "dependencies", lambda: given)
    records = [record(data, number) for number, data in enumerate([line(), b"bad"] * count)]
    ingest_app.handler(kinesis_event(records, STREAM_ARN, ROLE_ARN), CONTEXT)
    assert sent(capsys) == {"RecordsStored": [count], "RecordsQuarantined": [count]}
