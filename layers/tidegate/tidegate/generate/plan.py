"""Which anomalies are planted, and when: a function of the seed and the time alone.

Every day has windows of eight hours (UTC), and each window holds at most one incident, with at least an hour before
its end in which everything is normal again. What it is comes from a deck of cards: a deck is shuffled anew each time it
has been dealt, so that all kinds turn up within a few days. A plan needs no history: the card of any window, and its
time, place and size, follow from the seed and the number of the window.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from tidegate.contracts.anomaly import Kind
from tidegate.contracts.interval import DAY_SECONDS
from tidegate.generate.noise import random_for

WINDOW_SECONDS: Final = 8 * 3600
RECOVERY_SECONDS: Final = 3600
LEARNING_HOURS: Final = 26
"""A detector of five-minute intervals scores from 300 points: 25 hours. One hour more for its late start."""


@dataclass(frozen=True, slots=True)
class Card:
    """A kind of incident.

    cause: what happened, for people. dimensions: those that it hits one value of; none: it hits everything. measures:
    those that change. factors: the range of what they are multiplied by. minutes: the range of its length.
    """

    kind: Kind
    cause: str
    dimensions: tuple[str, ...]
    measures: tuple[str, ...]
    factors: tuple[float, float]
    minutes: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Incident:
    """A planted anomaly: within `start <= t < end` (seconds since 1970 UTC) the measures of the series in scope are
    multiplied by `factor`. A silent series has no records at all.

    scope: the dimension values hit, the others being hit whatever their value.
    """

    kind: Kind
    cause: str
    scope: tuple[tuple[str, str], ...]
    measures: tuple[str, ...]
    start: int
    end: int
    factor: float

    def hits(self, dimensions: Mapping[str, str]) -> bool:
        """Is a series in scope?"""
        return all(dimensions[name] == value for name, value in self.scope)

    def silences(self, dimensions: Mapping[str, str]) -> bool:
        """Does a series send nothing meanwhile?"""
        return self.kind is Kind.SILENCE and self.hits(dimensions)

    def factor_for(self, measure: str, dimensions: Mapping[str, str]) -> float:
        """What a series' measure is multiplied by."""
        return self.factor if measure in self.measures and self.hits(dimensions) else 1.0


@dataclass(frozen=True, slots=True)
class Planner:
    """How a scenario's incidents are planned.

    name: of the scenario. deck: the cards; None is a window in which nothing happens. windows: their first hours (UTC).
    dimensions: name and values of each.
    """

    name: str
    deck: tuple[Card | None, ...]
    windows: tuple[int, ...]
    dimensions: tuple[tuple[str, tuple[str, ...]], ...]

    def between(self, seed: int, start: int, end: int) -> Iterator[Incident]:
        """All incidents that have a part in `start <= t < end`, in order of time."""
        for day in range(start // DAY_SECONDS, -(-end // DAY_SECONDS)):
            for window in range(len(self.windows)):
                incident = _incident(self, seed, day * len(self.windows) + window)
                if incident is not None and incident.start < end and incident.end > start:
                    yield incident


@lru_cache(maxsize=256)
def _incident(planner: Planner, seed: int, window: int) -> Incident | None:
    """The incident of a window, counted from 1970."""
    deal, place = divmod(window, len(planner.deck))
    deck = list(planner.deck)
    random_for(seed, planner.name, "deck", deal).shuffle(deck)
    card = deck[place]
    if card is None:
        return None
    random = random_for(seed, planner.name, "incident", window)
    day, index = divmod(window, len(planner.windows))
    length = 60 * random.randint(*card.minutes)
    free = (WINDOW_SECONDS - RECOVERY_SECONDS - length) // 60
    start = day * DAY_SECONDS + planner.windows[index] * 3600 + 60 * random.randint(0, free)
    scope = tuple((name, random.choice(values)) for name, values in planner.dimensions if name in card.dimensions)
    factor = round(random.uniform(*card.factors), 2)
    return Incident(card.kind, card.cause, scope, card.measures, start, start + length, factor)
