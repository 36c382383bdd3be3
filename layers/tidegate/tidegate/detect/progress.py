"""How far a detector has come: the cursor, the model and its snapshots.

A snapshot that cannot be used is refused by its name, and the newest earlier one that can takes its place; without
one, a new model does. Such a model is behind the cursor: it learns the intervals up to there again, and since the
cursor has passed them, nothing is told of them again.
"""

from dataclasses import replace
from typing import Final

from tidegate.config import DetectorConfig
from tidegate.contracts.errors import CorruptState
from tidegate.contracts.interval import DAY_SECONDS, Interval
from tidegate.detect.feedback import Tolerance, tolerances
from tidegate.detect.incidents import Incident
from tidegate.detect.models import Model, Models
from tidegate.detect.snapshot import fingerprint
from tidegate.detect.stores import DetectCursor, ModelStore, Verdicts

KEPT_SNAPSHOTS: Final = 3
RELEARN_SECONDS: Final = 28 * DAY_SECONDS
"""So much of the past a new model learns, be it the first one or because no snapshot is left: four of each weekday."""


NEWS_SECONDS: Final = 3600
"""What ended longer before the first run of all is history; what is going on when a detector begins is news."""


class WarmModel:
    """The model that a process keeps from one run to the next, usable while the stored cursor names its snapshot."""

    def __init__(self) -> None:
        self._snapshot = ""
        self._model: Model | None = None

    def take(self, snapshot: str) -> Model | None:
        """Hand the model out if it is in the state of that snapshot; it is kept no longer, for it will change."""
        model = self._model if snapshot == self._snapshot else None
        self._snapshot, self._model = "", None
        return model

    def keep(self, snapshot: str, model: Model) -> None:
        """Keep a model that is in the state of a snapshot."""
        self._snapshot, self._model = snapshot, model


class Progress:
    """One detector's state during a run: as the cursor says, and what has changed since.

    last: the last interval read. incidents: those open after it. tolerated: what people said that holds behind it.
    outbox: alert events as JSON that are to be sent once the cursor has them.
    refused: key and fault of each unusable snapshot, and of unusable notes.
    """

    def __init__(
        self, config: DetectorConfig, models: Models, store: ModelStore, verdicts: Verdicts, warm: WarmModel
    ) -> None:
        self._config = config
        self._identity = fingerprint(config)
        self._models, self._store, self._verdicts, self._warm = models, store, verdicts, warm
        self._cursor = store.cursor()
        self._model: Model | None = None
        self._learned: Interval | None = None
        self._live_from = self._cursor.live_from if self._cursor else 0
        self.refused: tuple[str, ...] = ()
        self.last: Interval | None = None
        self.incidents: tuple[Incident, ...] = ()
        self.tolerated: tuple[Tolerance, ...] = ()
        self.outbox: tuple[str, ...] = ()
        self._orphans: tuple[Incident, ...] = ()
        if self._cursor:
            self.refused = (self._cursor.fault,) if self._cursor.fault else ()
            self.last, self.outbox = self._cursor.last, self._cursor.outbox
            if self._is_same():
                self.incidents, self.tolerated = self._cursor.incidents, self._cursor.tolerated
            else:
                self._orphans = self._cursor.incidents

    def begin(self, now: float) -> None:
        """Where no run has come to an end yet, this one divides history from news. now: seconds since 1970 UTC."""
        if self._cursor is None:
            self._live_from = int(now) - NEWS_SECONDS

    def before_history(self, now: float) -> Interval:
        """The interval behind which a first run begins to read: a new model learns no more of the past."""
        return self._config.grid.containing(int(now) - RELEARN_SECONDS)

    def is_history(self, interval: Interval) -> bool:
        """Had it ended before the detector began?"""
        return interval.end <= self._live_from

    def take_orphans(self) -> tuple[Incident, ...]:
        """Open incidents that a changed configuration ends, once a run."""
        orphans, self._orphans = self._orphans, ()
        return orphans

    def model(self) -> Model:
        """The model after the last interval taken: at first from this process or a snapshot; new where none fits."""
        if self._model is None:
            self._model, self._learned = self._load()
        return self._model

    def behind(self) -> Interval | None:
        """The interval behind which the model has to learn again what it missed; None: it has missed nothing."""
        self.model()
        is_behind = self.last is not None and self._learned is not None and self._learned.start < self.last.start
        return self._learned if is_behind else None

    def take(self, interval: Interval) -> None:
        """An interval was read, whatever came of it."""
        self.learn(interval)
        self.last = interval

    def learn(self, interval: Interval) -> None:
        """An interval that was read before was read again for a model that is behind."""
        self._learned = interval

    def checkpoint(self) -> None:
        """Write the snapshot, advance the cursor (Conflict when another run did), forget snapshots before the last.

        What people have said until now holds from here on: it is written with the cursor.
        """
        assert self.last is not None
        self.tolerated = tolerances(self._verdicts.all(), self.tolerated, self._config.anomaly_threshold)
        snapshot = self._cursor.snapshot if self._cursor and self._is_same() else ""
        kept = (*self._cursor.kept, self._cursor.snapshot) if self._cursor else ()
        if self._model is not None:
            snapshot = self._store.put_snapshot(self._learned or self.last, self._model.to_bytes())
        kept = tuple(key for key in dict.fromkeys(kept) if key and key != snapshot)
        version = self._cursor.version + 1 if self._cursor else 1
        cursor = DetectCursor(
            last=self.last,
            snapshot=snapshot,
            kept=kept[1 - KEPT_SNAPSHOTS :],
            series=self._identity,
            incidents=self.incidents,
            version=version,
            tolerated=self.tolerated,
            live_from=self._live_from,
            outbox=self.outbox,
        )
        self._advance(cursor)
        self._store.forget(kept[: 1 - KEPT_SNAPSHOTS])

    def sent(self, count: int) -> None:
        """So many events of the stored outbox, from its beginning, are sent (Conflict when another run went on)."""
        assert self._cursor is not None
        self.outbox = self.outbox[count:]
        self._advance(replace(self._cursor, outbox=self.outbox, version=self._cursor.version + 1))

    def _advance(self, cursor: DetectCursor) -> None:
        self._store.advance(cursor)
        self._cursor = cursor

    def keep_warm(self) -> None:
        """Leave the model to the next run of this process, unless it is behind; only right behind a checkpoint."""
        if self._model is not None and self._cursor is not None and self.behind() is None:
            self._warm.keep(self._cursor.snapshot, self._model)

    def _load(self) -> tuple[Model, Interval | None]:
        """A model, and the last interval that it has learned or need not learn any more."""
        if self._cursor is None or not self._cursor.snapshot or not self._is_same():
            return self._models.new(), self.last
        kept = self._warm.take(self._cursor.snapshot)
        if kept is not None:
            return kept, self.last
        for key in (self._cursor.snapshot, *reversed(self._cursor.kept)):
            try:
                model = self._models.restore(self._store.snapshot(key))
            except CorruptState as error:
                self.refused += (f"{key}: {error}",)
            else:
                return model, self._config.grid.containing(model.last_end - 1)
        return self._models.new(), self._config.grid.containing(self._cursor.last.start - RELEARN_SECONDS)

    def _is_same(self) -> bool:
        return self._cursor is not None and self._cursor.series == self._identity
