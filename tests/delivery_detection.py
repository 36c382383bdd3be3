"""Detect and alert in histories of delivery: on what flush has published, a model whose every thought is known."""

import json
from bisect import bisect_right
from collections import Counter
from math import inf
from typing import Protocol

from tests.delivery_histories import CONFIG
from tests.detect_world import NAMES, NOBODY, PlainModels
from tidegate.alert.run import Surroundings as AlertSurroundings
from tidegate.alert.run import run as alert
from tidegate.alert.stores import Claim
from tidegate.contracts.alert_event import AlertEvent
from tidegate.contracts.interval import Interval
from tidegate.detect.progress import WarmModel
from tidegate.detect.run import Surroundings, run
from tidegate.detect.stores import PublishedInterval, PublishedObject
from tidegate.memory.alerts import MemoryAlerts
from tidegate.memory.anomalies import MemoryAnomalies
from tidegate.memory.model_store import MemoryModelStore
from tidegate.memory.notifications import MemoryNotifications
from tidegate.memory.objects import MemoryObjects


class Mortal(Protocol):
    """Makes stores at whose calls trouble may come."""

    def __call__[Store](self, store: Store) -> Store: ...


class PublishedByFlush:
    """`PublishedIntervals` over flush's bucket. Objects are never deleted, so what a key names is remembered.

    passed: starts between which there was no object when detect asked for the next one, seconds since 1970 UTC.
    incomplete: the keys of objects that were incomplete when they were read.
    """

    def __init__(self, objects: MemoryObjects) -> None:
        self.passed: set[tuple[float, int]] = set()
        self.incomplete: set[str] = set()
        self._objects = objects
        self._keys: dict[int, str] = {}
        self._starts: list[int] = []

    def next_after(self, interval: Interval | None) -> PublishedInterval | None:
        keys = self._objects.keys()
        if len(keys) > len(self._keys):
            found = ((CONFIG.grid.from_key(key), key) for key in keys)
            self._keys = {one.start: key for one, key in found if one is not None}
            self._starts = sorted(self._keys)
        place = bisect_right(self._starts, interval.start) if interval else 0
        if place == len(self._starts):
            return None
        start = self._starts[place]
        self.passed.add((interval.start if interval else -inf, start))
        return PublishedInterval(CONFIG.grid.containing(start), (self._keys[start],))

    def read(self, key: str) -> PublishedObject:
        found = self._objects.published(key)
        assert found is not None
        if found.incomplete:
            self.incomplete.add(key)
        return PublishedObject(self._objects.body(key), found.incomplete)


class Detection:
    """The detector's stores and processes. sent: the events that reached the alert function's queue."""

    def __init__(self, objects: MemoryObjects, mortal: Mortal) -> None:
        self._store, self._alerts, self._models = MemoryModelStore(), MemoryAlerts(), PlainModels()
        self._published = PublishedByFlush(objects)
        self._stores = mortal(self._store), mortal(self._published), mortal(self._alerts)
        self._warm = WarmModel()

    @property
    def sent(self) -> list[AlertEvent]:
        return self._alerts.sent

    def new_process(self) -> None:
        self._warm = WarmModel()

    def run(self, now: float, *, is_alone: bool) -> None:
        """A run at `now`, seconds since 1970 UTC; in the midst of another invocation it is another process."""
        store, published, alerts = self._stores
        warm = self._warm if is_alone else WarmModel()
        run(now, Surroundings(CONFIG, NAMES, self._models, store, published, alerts, NOBODY, warm), lambda: False)

    def seen(self) -> list[int]:
        """The starts of the intervals that the stored model has seen, in order."""
        cursor = self._store.cursor()
        return [start for start, _ in json.loads(self._store.snapshot(cursor.snapshot))] if cursor else []

    def passed_over(self, start: int) -> bool:
        """Was there nothing of the interval yet when detect went on to a later one?"""
        return any(before < start < after for before, after in self._published.passed)

    def was_incomplete(self, start: int) -> bool:
        """Was the interval incomplete when detect read it?"""
        return CONFIG.grid.key(CONFIG.output_prefix, CONFIG.grid.containing(start)) in self._published.incomplete

    def told(self) -> Counter[tuple[str, str]]:
        """How often each notice (incident and state) goes out when the alert function takes its queue."""
        told = Counter[tuple[str, str]]()
        notifications = MemoryNotifications()
        around = AlertSurroundings(CONFIG, MemoryAnomalies(), notifications)
        for number, event in enumerate(self.sent):
            report = alert(event.to_document(), Claim(str(number), number, number + 1), around)
            told.update((report.record.event_id, notice.value) for notice in report.notices)
        assert told.total() == len(notifications.published)
        return told
