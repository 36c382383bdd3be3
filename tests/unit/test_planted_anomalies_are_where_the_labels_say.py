"""Planted anomalies: spread over the days, visible in the numbers, changing nothing but what their labels name."""

import json
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise

import pytest

from tidegate.contracts.anomaly import Kind
from tidegate.generate.generator import SCENARIOS, Generator
from tidegate.generate.labels import label_document
from tidegate.generate.plan import RECOVERY_SECONDS, Incident
from tidegate.generate.sample import Sample

START = 1_780_272_000
"""2026-06-01T00:00:00Z."""
HOUR = 3600
DAY = 24 * HOUR


def deal(scenario: str) -> list[Incident]:
    """Incidents of two weeks: every card has been dealt."""
    return Generator.named(scenario, 7).incidents(START, START + 14 * DAY)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_there_are_about_two_a_day_and_never_two_at_once(scenario: str) -> None:
    incidents = deal(scenario)
    assert 28 <= len(incidents) <= 42
    for before, after in pairwise(incidents):
        assert before.end + RECOVERY_SECONDS <= after.start


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("seed", range(5))
def test_they_last_minutes_to_hours_and_every_cause_turns_up_within_six_days(scenario: str, seed: int) -> None:
    incidents = Generator.named(scenario, seed).incidents(START, START + 6 * DAY)
    causes = {card.cause for card in SCENARIOS[scenario].planner.deck if card}
    assert {incident.cause for incident in incidents} == causes
    assert {incident.kind for incident in incidents} == {Kind.SPIKE, Kind.DIP, Kind.SHIFT, Kind.SILENCE}
    for incident in incidents:
        longest = 6 * HOUR if incident.kind is Kind.SHIFT else 3 * HOUR
        assert 15 * 60 <= incident.end - incident.start <= longest


def test_they_hit_a_leaf_or_one_value_of_one_dimension() -> None:
    hit = {tuple(name for name, _ in incident.scope) for incident in deal("ecommerce")}
    assert hit == {("platform",), ("marketplace",), ("platform", "marketplace")}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_with_a_start_nothing_begins_in_the_first_26_hours(scenario: str) -> None:
    two_weeks = (START, START + 14 * DAY)
    for seed in range(20):
        always = Generator.named(scenario, seed).incidents(*two_weeks)
        later = [incident for incident in always if incident.start >= START + 26 * HOUR]
        assert Generator.named(scenario, seed, START).incidents(*two_weeks) == later


def values(samples: list[Sample]) -> dict[tuple[tuple[tuple[str, str], ...], str], float]:
    """Sums (counts of identifiers) by series and measure."""
    sums: dict[tuple[tuple[tuple[str, str], ...], str], float] = defaultdict(float)
    for sample in samples:
        fields = sample.fields
        series = tuple((name, str(fields[name])) for name in ("platform", "marketplace", "camera") if name in fields)
        for measure in ("views", "revenue", "person", "car"):
            if measure in fields:
                sums[series, measure] += float(fields[measure]) if measure in ("views", "revenue") else 1
    return sums


def in_scope(incident: Incident, series: Mapping[str, str], measure: str) -> bool:
    return incident.hits(series) and measure in incident.measures


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_they_change_what_they_name_by_their_factor_and_nothing_else(scenario: str) -> None:
    planted = Generator.named(scenario, 7)
    bare = Generator.named(scenario, 7, START, quiet_hours=24 * 30)
    for incident in {one.cause: one for one in deal(scenario)}.values():
        hour = (incident.start, min(incident.end, incident.start + HOUR))
        with_it = values([sample for minute in planted.span(*hour) for sample in minute])
        without = values([sample for minute in bare.span(*hour) for sample in minute])
        for (series, measure), usual in without.items():
            found = with_it.get((series, measure), 0.0)
            if not in_scope(incident, dict(series), measure):
                assert found == usual
            elif incident.factor == 0:
                assert found == 0
            else:
                assert found == pytest.approx(incident.factor * usual, rel=0.15)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_outside_of_them_every_record_is_as_if_nothing_were_planted(scenario: str) -> None:
    planted = Generator.named(scenario, 7)
    bare = Generator.named(scenario, 7, START, quiet_hours=24 * 30)
    for incident in planted.incidents(START, START + 3 * DAY):
        for minute in (incident.start - 60, incident.end):
            assert planted.minute(minute) == bare.minute(minute)
        assert planted.minute(incident.start) != bare.minute(incident.start)
        assert planted.minute(incident.end - 60) != bare.minute(incident.end - 60)


def test_a_silent_series_sends_no_record_and_a_closed_road_still_sees_persons() -> None:
    for scenario, cause, stays in (("traffic", "a camera that is down", False), ("traffic", "a closed road", True)):
        incident = next(one for one in deal(scenario) if one.cause == cause)
        minutes = Generator.named(scenario, 7).span(incident.start, incident.end)
        camera = dict(incident.scope)["camera"]
        hit = [sample.fields for minute in minutes for sample in minute if sample.fields["camera"] == camera]
        assert bool(hit) is stays
        assert all("car" not in fields for fields in hit)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_label_file_says_what_was_planted(scenario: str) -> None:
    incidents = deal(scenario)
    document = json.loads(json.dumps(label_document(scenario, 7, START, START + 14 * DAY, incidents)))
    assert document["scenario"] == scenario
    assert document["start"] == "2026-06-01T00:00:00Z"
    for label, incident in zip(document["incidents"], incidents, strict=True):
        assert datetime.fromisoformat(label["start"]).timestamp() == incident.start
        assert datetime.fromisoformat(label["end"]).timestamp() == incident.end
        assert (label["kind"], label["factor"]) == (incident.kind, incident.factor)
        assert (label["scope"], label["measures"]) == (dict(incident.scope), list(incident.measures))
