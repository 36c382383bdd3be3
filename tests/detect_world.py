"""A small world for tests of detect: published intervals, a model whose every thought is known, what it alerts."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np

from tidegate.config import DetectorConfig, Function, Measure
from tidegate.contracts.anomaly import Kind, SeriesScore
from tidegate.contracts.errors import CorruptState
from tidegate.contracts.interval import Interval
from tidegate.contracts.names import DetectorNames
from tidegate.contracts.series import IntervalValues
from tidegate.detect.models import Models
from tidegate.detect.progress import WarmModel
from tidegate.detect.report import DetectReport
from tidegate.detect.run import Surroundings, run
from tidegate.detect.scores import KINDS, IntervalScores
from tidegate.detect.stores import Alerts, ModelStore, PublishedIntervals, Verdicts
from tidegate.memory.alerts import MemoryAlerts
from tidegate.memory.anomalies import MemoryAnomalies
from tidegate.memory.feedback import MemoryVerdicts
from tidegate.memory.model_store import MemoryModelStore
from tidegate.memory.published import MemoryPublishedIntervals

MIDNIGHT = 1_763_683_200
"""2025-11-21 00:00:00 UTC."""
STEP = 300
EXPECTED = 1000.0
CONFIG = DetectorConfig(
    measures=(Measure("views", Function.SUM), Measure("orders", Function.SUM)),
    detector_name="shop",
    timestamp_format="UNIX",
    dimensions=("market",),
)
NAMES = DetectorNames("aws", "eu-central-1", "123456789012", "shop")
NOBODY = MemoryVerdicts(MemoryAnomalies(), "shop")
"""Has said anything."""


def interval(number: int) -> Interval:
    """The interval of this number after midnight."""
    return Interval(MIDNIGHT + number * STEP, MIDNIGHT + (number + 1) * STEP)


def score(market: str, severity: float, value: float | None = 400, **more: object) -> SeriesScore:
    """A series of the measure views, expected to be 1000."""
    found = SeriesScore("views", (market,), value, EXPECTED, EXPECTED - 100, EXPECTED + 100, severity, Kind.DIP)
    return replace(found, **more)  # type: ignore[arg-type]  # fields by name


class PlainModel:
    """A value up to 100 is its own severity, larger ones are ordinary. Its state is what it has seen, in order."""

    def __init__(self, seen: list[tuple[int, int]] | None = None) -> None:
        self.seen = seen or []

    @property
    def last_end(self) -> int:
        return self.seen[-1][0] + STEP if self.seen else 0

    def observe(self, values: IntervalValues) -> IntervalScores:
        if self.seen and values.interval.start <= self.seen[-1][0]:
            raise ValueError(f"{values.interval} is not in order")
        self.seen.append((values.interval.start, len(values.values)))
        series = sorted(values.values)
        numbers = np.array([values.values[key] for key in series], np.float32)
        expected = np.full(len(series), EXPECTED, np.float32)
        return IntervalScores(
            interval=values.interval,
            series=series,
            value=numbers,
            expected=expected,
            lower=expected - 100,
            upper=expected + 100,
            severity=np.where(numbers <= 100, numbers, 0).astype(np.float32),
            learning=np.zeros(len(series), np.bool_),
            kind=np.full(len(series), KINDS.index(Kind.DIP), np.int8),
            learned=len(self.seen),
            needed=0,
        )

    def to_bytes(self) -> bytes:
        return json.dumps(self.seen).encode()


@dataclass
class PlainModels:
    """Counts how often a model is restored."""

    restored: int = 0

    def new(self) -> PlainModel:
        return PlainModel()

    def restore(self, payload: bytes) -> PlainModel:
        self.restored += 1
        try:
            return PlainModel([tuple(seen) for seen in json.loads(payload)])
        except ValueError:
            raise CorruptState("does not decode") from None


@dataclass
class DetectWorld:
    """The stores of one detector, and runs over them."""

    config: DetectorConfig = CONFIG
    objects: dict[str, bytes] = field(default_factory=dict)
    incomplete: set[str] = field(default_factory=set)
    store: MemoryModelStore = field(default_factory=MemoryModelStore)
    alerts: MemoryAlerts = field(default_factory=MemoryAlerts)
    anomalies: MemoryAnomalies = field(default_factory=MemoryAnomalies)
    models: PlainModels = field(default_factory=PlainModels)
    warm: WarmModel = field(default_factory=WarmModel)

    def publish(self, number: int, views: Mapping[str, float], orders: Mapping[str, float] | None = None) -> Self:
        """The object of an interval: views by market, and orders (1000 where they are not given)."""
        rows = [
            f"{interval(number).start},{market},{value},{(orders or {}).get(market, 1000)}"
            for market, value in views.items()
        ]
        body = "event_time,market,views,orders\n" + "".join(f"{row}\n" for row in rows)
        self.objects[self.key(number)] = body.encode()
        return self

    def publish_incomplete(self, number: int, views: Mapping[str, float]) -> Self:
        """The object of an interval, of which records may be missing."""
        self.incomplete.add(self.key(number))
        return self.publish(number, views)

    def key(self, number: int) -> str:
        return self.config.grid.key(self.config.output_prefix, interval(number))

    def run(
        self,
        now: float,
        out_of_time: Callable[[], bool] = lambda: False,
        *,
        store: ModelStore | None = None,
        published: PublishedIntervals | None = None,
        alerts: Alerts | None = None,
        verdicts: Verdicts | None = None,
        models: Models | None = None,
    ) -> DetectReport:
        """A run of detect at so many seconds after midnight."""
        around = Surroundings(
            self.config,
            NAMES,
            models or self.models,
            store or self.store,
            published or self.published(),
            alerts or self.alerts,
            verdicts or self.verdicts(),
            self.warm,
        )
        return run(MIDNIGHT + now, around, out_of_time)

    def published(self) -> MemoryPublishedIntervals:
        return MemoryPublishedIntervals(self.objects, self.config.grid, self.incomplete)

    def verdicts(self) -> MemoryVerdicts:
        return MemoryVerdicts(self.anomalies, self.config.detector_name)

    def seen(self) -> list[int]:
        """The numbers of the intervals that the stored model has seen, in order."""
        cursor = self.store.cursor()
        assert cursor is not None
        seen = json.loads(self.store.snapshots[cursor.snapshot]) if cursor.snapshot else []
        return [(start - MIDNIGHT) // STEP for start, _ in seen]

    def told(self) -> list[tuple[str, str, int]]:
        """(state, measure, number of the interval) of each event that was sent."""
        events = [(event, event.facts) for event in self.alerts.sent]
        return [
            (facts.state.value, event.measure, (facts.interval.start - MIDNIGHT) // STEP)
            for event, facts in events
            if facts
        ]
