"""The generator: two runs agree, any minute can be made alone, and records follow their documented form."""

import json
import subprocess
import sys
from collections import defaultdict
from datetime import UTC, datetime

import pytest

from tidegate.contracts.errors import ConfigurationError
from tidegate.generate.generator import SCENARIOS, Generator, entry_of
from tidegate.generate.sample import Sample

START = 1_780_272_000
"""2026-06-01T00:00:00Z, a Monday."""
HOUR = 3600


def texts(generator: Generator, start: int, end: int) -> list[list[str]]:
    return [[sample.text for sample in minute] for minute in generator.span(start, end)]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_one_minute_alone_is_the_same_minute_of_a_long_run(scenario: str) -> None:
    whole = texts(Generator.named(scenario, 7), START, START + 10 * HOUR)
    for minute in (0, 1, 59, 333, 599):
        alone = Generator.named(scenario, 7).minute(START + 60 * minute + 31.5)
        assert [sample.text for sample in alone] == whole[minute]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_another_process_generates_the_same(scenario: str) -> None:
    program = (
        "from tidegate.generate.generator import Generator\n"
        f"for sample in Generator.named({scenario!r}, 7).minute({START + 9 * HOUR}): print(sample.text)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == texts(Generator.named(scenario, 7), START + 9 * HOUR, START + 9 * HOUR + 60)[0]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_another_seed_generates_other_records_and_incidents(scenario: str) -> None:
    one, other = Generator.named(scenario, 7), Generator.named(scenario, 8)
    assert texts(one, START, START + 600) != texts(other, START, START + 600)
    assert one.incidents(START, START + 72 * HOUR) != other.incidents(START, START + 72 * HOUR)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_records_are_in_order_and_inside_their_minute(scenario: str) -> None:
    generator = Generator.named(scenario, 3)
    for minute in range(START, START + 2 * HOUR, 60):
        instants = [sample.instant for sample in generator.minute(minute)]
        assert instants == sorted(instants)
        assert all(minute <= instant < minute + 60 for instant in instants)


def quiet_minutes(scenario: str, hours: int) -> list[Sample]:
    generator = Generator.named(scenario, 5, START, quiet_hours=hours)
    return [sample for minute in generator.span(START, START + hours * HOUR) for sample in minute]


def test_ecommerce_has_one_record_a_series_and_minute_of_the_documented_form() -> None:
    samples = quiet_minutes("ecommerce", 2)
    seen = {(s.partition_key, int(s.instant) // 60) for s in samples}
    assert len(seen) == len(samples) == 21 * 120
    for sample in samples:
        record = json.loads(entry_of(sample).data)
        assert list(record) == ["platform", "marketplace", "event_time", "views", "revenue"]
        moment = datetime.strptime(record["event_time"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
        assert moment.timestamp() == sample.instant
        assert isinstance(record["views"], int)
        assert record["revenue"] == round(record["revenue"], 2)
        assert sample.partition_key == f"{record['platform']}|{record['marketplace']}"


def test_traffic_messages_name_a_person_or_a_car_or_both() -> None:
    forms: dict[tuple[str, ...], int] = defaultdict(int)
    identifiers = set()
    for sample in quiet_minutes("traffic", 24):
        assert sample.fields["event_time"] == round(1000 * sample.instant)
        forms[tuple(sample.fields)] += 1
        for kind in ("person", "car"):
            if kind in sample.fields:
                identifier = (kind, sample.fields[kind])
                assert identifier not in identifiers
                identifiers.add(identifier)
    assert set(forms) == {
        ("person", "car", "camera", "event_time"),
        ("person", "camera", "event_time"),
        ("car", "camera", "event_time"),
    }
    assert min(forms.values()) > 1000


def test_each_marketplace_follows_its_own_day() -> None:
    views: dict[tuple[str, int], int] = defaultdict(int)
    for sample in quiet_minutes("ecommerce", 24):
        hour = int(sample.instant - START) // HOUR
        views[str(sample.fields["marketplace"]), hour] += int(sample.fields["views"])
    quietest = {place: min(range(24), key=lambda hour: views[place, hour]) for place in ("us", "de", "jp")}
    assert quietest["us"] in (7, 8)  # three to five in the morning of New York in summer
    assert quietest["de"] in (1, 2)
    assert quietest["jp"] in (18, 19)
    assert all(max(views[p, h] for h in range(24)) > 4 * views[p, quiet] for p, quiet in quietest.items())


def test_a_weekday_differs_from_a_weekend() -> None:
    generator = Generator.named("traffic", 5, START, quiet_hours=24 * 8)

    def cars(day: int) -> int:
        hours = (START + day * 24 * HOUR + 5 * HOUR, START + day * 24 * HOUR + 7 * HOUR)
        return sum("car" in sample.fields for minute in generator.span(*hours) for sample in minute)

    friday, sunday = cars(4), cars(6)
    assert sunday < 0.8 * friday


def test_an_unknown_scenario_is_named() -> None:
    with pytest.raises(ConfigurationError, match="DeployGenerator is 'shop': must be one of ecommerce, traffic"):
        Generator.named("shop", 1)
