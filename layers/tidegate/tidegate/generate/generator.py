"""A scenario, a seed, and the records of any minute."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple, Self

from tidegate.contracts.errors import ConfigurationError
from tidegate.generate import ecommerce, traffic
from tidegate.generate.plan import LEARNING_HOURS, Incident, Planner
from tidegate.generate.sample import Sample
from tidegate.generate.stores import Entry

MINUTE: Final = 60


class Scenario(NamedTuple):
    """How incidents are planned, and the records of a minute (seed, start of the minute, incident going on)."""

    planner: Planner
    minute_of: Callable[[int, int, Incident | None], list[Sample]]


SCENARIOS: Final = {
    "ecommerce": Scenario(ecommerce.PLANNER, ecommerce.minute_of),
    "traffic": Scenario(traffic.PLANNER, traffic.minute_of),
}


@dataclass(frozen=True, slots=True)
class Generator:
    """The records of one scenario and seed.

    quiet_until: no incident begins before this instant (seconds since 1970 UTC); a detector learns until then.
    """

    scenario: Scenario
    seed: int
    quiet_until: int | None = None

    @classmethod
    def named(cls, scenario: str, seed: int, start: int | None = None, quiet_hours: int = LEARNING_HOURS) -> Self:
        """A scenario's generator; with a `start`, nothing is planted in the first `quiet_hours` after it.

        Raises ConfigurationError for a scenario that there is not.
        """
        if scenario not in SCENARIOS:
            raise ConfigurationError("DeployGenerator", scenario, f"must be one of {', '.join(SCENARIOS)}")
        return cls(SCENARIOS[scenario], seed, None if start is None else start + 3600 * quiet_hours)

    def minute(self, instant: float) -> list[Sample]:
        """All records of the minute that the instant lies in, by time of event."""
        start = int(instant // MINUTE * MINUTE)
        incident = next(iter(self.incidents(start, start + MINUTE)), None)
        return self.scenario.minute_of(self.seed, start, incident)

    def span(self, start: int, end: int) -> Iterator[list[Sample]]:
        """The records of every minute that begins in `start <= t < end`, minute by minute."""
        return map(self.minute, range(-(-start // MINUTE) * MINUTE, end, MINUTE))

    def incidents(self, start: int, end: int) -> list[Incident]:
        """What is planted in `start <= t < end`, in order of time."""
        planned = self.scenario.planner.between(self.seed, start, end)
        return [one for one in planned if self.quiet_until is None or one.start >= self.quiet_until]


def entry_of(sample: Sample) -> Entry:
    """A sample as a stream takes it."""
    return Entry(sample.partition_key, sample.text.encode())
