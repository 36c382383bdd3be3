"""How many records lie there, by reason."""

from collections import Counter
from dataclasses import dataclass, field

from local.redrive.entries import Batch, Quarantined, Selection
from local.redrive.places import Places
from local.validation import Validation


@dataclass(slots=True)
class Counts:
    """Records by reason; a failed batch's reason is why Lambda gave it up.

    present: all of them. chosen: those that would be sent. readable: of these, records that the configuration reads;
    None of a batch, whose records nobody has looked at. batches: objects of failed batches, by reason. lost: records of
    batches that were kept without their event. A record that was delivered in two batches may lie in two objects, and
    counts twice here.
    """

    present: Counter[str] = field(default_factory=Counter)
    chosen: Counter[str] = field(default_factory=Counter)
    readable: Counter[str] = field(default_factory=Counter)
    batches: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)

    def add_quarantined(self, found: Quarantined, selection: Selection, validation: Validation | None) -> None:
        for record in found.records:
            self.present[record.reason] += 1
            if selection.takes(record):
                self.chosen[record.reason] += 1
                self.readable[record.reason] += (
                    validation is not None and validation.rejected(found.coming(record)).bad is None
                )

    def add_batch(self, batch: Batch, selection: Selection) -> None:
        self.present[batch.condition] += batch.records
        self.batches[batch.condition] += 1
        if selection.takes_batch(batch):
            (self.lost if batch.payload is None else self.chosen)[batch.condition] += batch.records


def count(places: Places, selection: Selection, validation: Validation | None = None) -> Counts:
    """Read and count everything; with a validation, also how much of what is chosen it reads."""
    counts = Counts()
    for found in places.quarantined():
        counts.add_quarantined(found, selection, validation)
    for batch in places.batches():
        counts.add_batch(batch, selection)
    return counts
