"""The traffic scenario: cameras by a road that tell which persons and cars they saw.

A message is one frame of one camera: `{"person": id, "car": id, "camera": name, "event_time": ms}`, with `person` or
`car` absent when nothing of the kind was seen; a frame without either is not sent. event_time is UNIX time in
milliseconds, as an IoT rule's `timestamp()` gives it. An identifier stands for one appearance and never comes again.
"""

from collections import defaultdict
from itertools import zip_longest
from typing import Final
from zoneinfo import ZoneInfo

from tidegate.contracts.anomaly import Kind
from tidegate.generate.noise import count, random_for, wander
from tidegate.generate.plan import Card, Incident, Planner
from tidegate.generate.sample import Sample
from tidegate.generate.shape import Shape, shape

CAMERAS: Final = {"bridge": (2.0, 9.0), "main_street": (6.0, 5.0), "ring_road": (1.5, 12.0), "station": (8.0, 4.0)}
"""Persons and cars a minute on average."""

ZONE: Final = ZoneInfo("Europe/Berlin")
_WEEKDAYS: Final = (1.05, 1.06, 1.06, 1.07, 1.1, 0.9, 0.76)
_SHAPES: Final[dict[str, Shape]] = {
    "person": shape(
        (12, 8, 6, 5, 6, 14, 40, 92, 118, 84, 78, 92, 122, 112, 90, 92, 112, 146, 138, 108, 80, 58, 40, 22), _WEEKDAYS
    ),
    "car": shape(
        (14, 9, 7, 8, 16, 42, 96, 160, 158, 112, 94, 92, 98, 98, 102, 122, 156, 172, 142, 102, 72, 52, 38, 24),
        _WEEKDAYS,
    ),
}
_DISPERSION: Final = 40.0
_WANDER: Final = 0.04
_IDENTIFIERS_A_MINUTE: Final = 10_000
_BOTH: Final = ("person", "car")

PLANNER: Final = Planner(
    name="traffic",
    deck=(
        Card(Kind.DIP, "a closed road", ("camera",), ("car",), (0.0, 0.0), (20, 150)),
        Card(Kind.SPIKE, "a crowd", ("camera",), ("person",), (4.0, 6.0), (20, 90)),
        Card(Kind.SILENCE, "a camera that is down", ("camera",), _BOTH, (0.0, 0.0), (15, 90)),
        Card(Kind.SHIFT, "a diversion", ("camera",), ("car",), (1.8, 2.4), (300, 360)),
    ),
    windows=(4, 12),  # six o'clock in the morning to ten at night of a summer's day: nobody misses a car at night
    dimensions=(("camera", tuple(CAMERAS)),),
)


def minute_of(seed: int, minute: int, incident: Incident | None) -> list[Sample]:
    """All messages of the minute that starts at `minute` (seconds since 1970 UTC), by time of event."""
    samples: list[Sample] = []
    for number, (camera, levels) in enumerate(CAMERAS.items()):
        series = {"camera": camera}
        if incident is not None and incident.silences(series):
            continue
        sights = []
        for measure, level in zip(_BOTH, levels, strict=True):
            mean = level * _SHAPES[measure].at(minute, ZONE) * wander(seed, f"{camera}/{measure}", minute, _WANDER)
            factor = incident.factor_for(measure, series) if incident else 1.0
            sights.append(_sights(seed, minute, number, measure, mean * factor))
        samples += _frames(camera, minute, *sights)
    return sorted(samples, key=lambda sample: sample.instant)


def _sights(seed: int, minute: int, camera: int, measure: str, mean: float) -> list[tuple[int, int]]:
    """(millisecond within the minute, identifier) of everything of one kind that a camera sees, in order of time."""
    random = random_for(seed, "traffic", minute, camera, measure)
    seen = count(mean, random.gauss(), _DISPERSION)
    first = (minute // 60 * len(CAMERAS) + camera) * _IDENTIFIERS_A_MINUTE
    times = sorted(random.randrange(60_000) for _ in range(seen))
    return [(time, first + place) for place, time in enumerate(times)]


def _frames(camera: str, minute: int, persons: list[tuple[int, int]], cars: list[tuple[int, int]]) -> list[Sample]:
    """One message a sight; a person and a car of the same second are in one frame."""
    persons_in, cars_in = _by_second(persons), _by_second(cars)
    samples = []
    for second in sorted(persons_in.keys() | cars_in.keys()):
        for person, car in zip_longest(persons_in.get(second, ()), cars_in.get(second, ())):
            seen = {name: sight[1] for name, sight in (("person", person), ("car", car)) if sight}
            time = 1000 * minute + min(sight[0] for sight in (person, car) if sight)
            samples.append(Sample(time / 1000, camera, {**seen, "camera": camera, "event_time": time}))
    return samples


def _by_second(sights: list[tuple[int, int]]) -> dict[int, list[tuple[int, int]]]:
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for sight in sights:
        found[sight[0] // 1000].append(sight)
    return found
