"""How far a detector has come: the cursor, the model and its snapshots."""

from typing import Final

from tidegate.config import DetectorConfig
from tidegate.contracts.errors import CorruptState
from tidegate.contracts.interval import Interval
from tidegate.detect.incidents import Incident
from tidegate.detect.models import Model, Models
from tidegate.detect.snapshot import fingerprint
from tidegate.detect.stores import DetectCursor, ModelStore

KEPT_SNAPSHOTS: Final = 3


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

    last: the last interval read. incidents: those open after it.
    """

    def __init__(self, config: DetectorConfig, models: Models, store: ModelStore, warm: WarmModel) -> None:
        self._identity = fingerprint(config)
        self._models, self._store, self._warm = models, store, warm
        self._cursor = store.cursor()
        self._model: Model | None = None
        self.last: Interval | None = None
        self.incidents: tuple[Incident, ...] = ()
        self._orphans: tuple[Incident, ...] = ()
        if self._cursor:
            self.last = self._cursor.last
            if self._is_same():
                self.incidents = self._cursor.incidents
            else:
                self._orphans = self._cursor.incidents

    def take_orphans(self) -> tuple[Incident, ...]:
        """Open incidents that a changed configuration ends, once a run."""
        orphans, self._orphans = self._orphans, ()
        return orphans

    def model(self) -> Model:
        """The model after the last interval: at first from this process or its snapshot; new where it does not fit.

        Raises CorruptState when the snapshot cannot be read.
        """
        if self._model is None:
            self._model = self._load()
        return self._model

    def checkpoint(self) -> None:
        """Write the snapshot, advance the cursor (Conflict when another run did), forget snapshots before the last."""
        assert self.last is not None
        snapshot = self._cursor.snapshot if self._cursor and self._is_same() else ""
        kept = (*self._cursor.kept, self._cursor.snapshot) if self._cursor else ()
        if self._model is not None:
            snapshot = self._store.put_snapshot(self.last, self._model.to_bytes())
        kept = tuple(key for key in dict.fromkeys(kept) if key and key != snapshot)
        version = self._cursor.version + 1 if self._cursor else 1
        cursor = DetectCursor(self.last, snapshot, kept[1 - KEPT_SNAPSHOTS :], self._identity, self.incidents, version)
        self._store.advance(cursor)
        self._cursor = cursor
        self._store.forget(kept[: 1 - KEPT_SNAPSHOTS])

    def keep_warm(self) -> None:
        """Leave the model to the next run of this process; only right behind a checkpoint."""
        if self._model is not None and self._cursor is not None:
            self._warm.keep(self._cursor.snapshot, self._model)

    def _load(self) -> Model:
        if self._cursor is None or not self._cursor.snapshot or not self._is_same():
            return self._models.new()
        key = self._cursor.snapshot
        kept = self._warm.take(key)
        if kept is not None:
            return kept
        try:
            return self._models.restore(self._store.snapshot(key))
        except CorruptState as error:
            raise CorruptState(f"{key}: {error}") from error

    def _is_same(self) -> bool:
        return self._cursor is not None and self._cursor.series == self._identity
