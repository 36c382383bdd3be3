"""Anomalies of one measure and interval are one group; successive groups are one incident with one id."""

import uuid
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.detect_world import NAMES, interval, score
from tidegate.contracts.anomaly import AnomalyGroup, Kind, Outcome, SeriesScore
from tidegate.contracts.incident_facts import IncidentState
from tidegate.detect.causes import related_measures
from tidegate.detect.groups import MAX_OPEN, Grouping, group_severity
from tidegate.detect.incidents import QUIET_INTERVALS, YOUNG_INTERVALS, Incident
from tidegate.detect.scores import Standing

GROUPING = Grouping(NAMES, ["market"])
STARTED, CONTINUING, ENDED = IncidentState
HIT = [score("it", 90)]
KNOWN = Standing(known={"views": 4, "orders": 4})


def history(
    *intervals: Sequence[SeriesScore], standing: Mapping[int, Standing] | None = None
) -> list[list[tuple[IncidentState, AnomalyGroup]]]:
    """What each interval changes, the first one being number 0. standing: that of some intervals."""
    incidents: tuple[Incident, ...] = ()
    changes = []
    for number, hits in enumerate(intervals):
        step = GROUPING.step(incidents, interval(number), hits, (standing or {}).get(number, KNOWN))
        incidents = step.incidents
        changes.append(list(step.changes))
    return changes


def states_of(changes: list[list[tuple[IncidentState, AnomalyGroup]]]) -> list[list[IncidentState]]:
    return [[state for state, _ in each] for each in changes]


def states(*intervals: Sequence[SeriesScore]) -> list[list[IncidentState]]:
    return states_of(history(*intervals))


def test_an_incident_starts_continues_and_ends_after_two_quiet_intervals() -> None:
    assert states([], HIT, HIT, [], [], []) == [[], [STARTED], [CONTINUING], [], [ENDED], []]


def test_one_quiet_interval_belongs_to_the_incident() -> None:
    assert states(HIT, [], HIT, [], []) == [[STARTED], [], [CONTINUING], [], [ENDED]]


def test_the_group_id_is_the_same_for_life_and_on_every_re_run() -> None:
    groups = [group for changes in history(HIT, HIT, [], []) for _, group in changes]
    assert len({group.group_id for group in groups}) == 1
    assert groups[0].group_id == NAMES.group_id("views", interval(0).start)
    assert uuid.UUID(groups[0].group_id).version == 5
    assert history(HIT, HIT, [], []) == history(HIT, HIT, [], [])


def test_the_next_incident_has_another_id() -> None:
    first, *_, second = [group for changes in history(HIT, [], [], HIT) for _, group in changes]
    assert first.group_id != second.group_id


def test_the_end_says_when_it_was_anomalous_last_and_how_severe_it_became() -> None:
    *_, ((state, group),) = history([score("it", 95)], [score("it", 80)], [], [])
    assert state is ENDED
    assert (group.started, group.interval, group.severity) == (interval(0).start, interval(1), 95)
    assert group.series == ()


def test_series_join_while_an_incident_unfolds() -> None:
    others = [score(market, 90) for market in ("fr", "de", "us")]
    assert states(HIT, [], [*HIT, *others], [], []) == [[STARTED], [], [CONTINUING], [], [ENDED]]
    assert states(HIT, others, HIT, [], []) == [[STARTED], [CONTINUING], [CONTINUING], [], [ENDED]]


OLD = (YOUNG_INTERVALS + 1) * [HIT]


def test_fewer_series_than_its_own_join_an_old_incident() -> None:
    wide = [score(market, 90) for market in ("it", "fr", "de")]
    *_, changes = states(*(YOUNG_INTERVALS + 1) * [wide], [*wide, score("us", 99), score("uk", 99)])
    assert changes == [CONTINUING]


BOTH = [*HIT, score("us", 95)]


def test_as_many_series_as_its_own_are_a_new_incident_whose_group_is_the_news_alone() -> None:
    *_, ((state, group),), ((goes_on, same),) = history(*OLD, BOTH, BOTH)
    assert (state, goes_on) == (STARTED, CONTINUING)
    assert group.group_id == same.group_id == NAMES.group_id("views", interval(len(OLD)).start)
    for told in (group, same):
        assert [one.dimensions for one in told.series] == [("us",)]
        assert told.hit_beside == 1
        assert told.contributions == {"market": (("us", 100),)}


def test_other_series_alone_are_a_new_incident_while_an_old_one_pauses() -> None:
    changes = states(*OLD, [score("us", 95)], [score("us", 95)], [], [])
    assert changes[len(OLD) :] == [[STARTED], [ENDED, CONTINUING], [], [ENDED]]


def test_an_incident_goes_on_in_its_own_group_when_a_later_one_pauses_or_is_over() -> None:
    changes = history(*OLD, BOTH, HIT, HIT, [], [])[len(OLD) :]
    told = [[(state, (group.started - interval(0).start) // 300) for state, group in each] for each in changes]
    later = len(OLD)
    assert told == [[(STARTED, later)], [(CONTINUING, 0)], [(ENDED, later), (CONTINUING, 0)], [], [(ENDED, 0)]]


def test_an_incident_that_a_later_one_outlives_ends_when_its_own_series_are_normal() -> None:
    us = [score("us", 95)]
    *_, ((state, group), _), _ = history(*OLD, BOTH, BOTH, us, us, us)
    assert (state, group.started) == (ENDED, interval(0).start)
    assert (group.interval, group.severity) == (interval(len(OLD) + 1), 90)


def test_what_joins_the_later_incident_does_not_make_the_earlier_one_larger() -> None:
    three = [*HIT, score("us", 95), score("fr", 95), score("de", 95)]
    *_, changes = states(*OLD, *(YOUNG_INTERVALS + 1) * [BOTH], three)
    assert changes == [STARTED]


WIDE = [score(f"m{place}", 90) for place in range(1000)]


def test_very_many_series_do_not_hide_a_second_incident_nor_does_one_stray_series_keep_them_open() -> None:
    others = [score(f"n{place}", 90) for place in range(90)]
    changes = history(*4 * [WIDE], others, [score("m7", 71)], [], [])[4:]
    told = [[(state, len(group.series)) for state, group in each] for each in changes]
    assert told[0] == [(STARTED, 90)]
    assert [state for each in told[1:] for state, _ in each].count(ENDED) == 2


def test_where_very_many_incidents_are_open_the_latest_takes_in_what_else_is_hit() -> None:
    standing = {number: Standing(off={("views", (f"m{one}",)) for one in range(200)}) for number in range(200)}
    changes = history(*([score(f"m{number}", 90)] for number in range(200)), standing=standing)
    assert sum(state is STARTED for each in changes for state, _ in each) == MAX_OPEN


OFF = Standing(off={("views", ("it",))})


def test_an_incident_goes_on_while_its_series_lie_outside_their_bands() -> None:
    """An alarm is sudden, and passes; what it told of may last for hours."""
    standing = {1: OFF, 2: OFF, 3: OFF}
    changes = history(HIT, [], [], [], [], [], standing=standing)
    assert states_of(changes) == [[STARTED], [], [], [], [], [ENDED]]
    ((_, group),) = changes[-1]
    assert group.interval == interval(3)


@pytest.mark.parametrize(("off", "goes_on"), [(2, True), (1, False)])
def test_half_of_its_series_keep_an_incident_open(off: int, goes_on: bool) -> None:
    wide = [score(market, 90) for market in ("it", "fr", "de")]
    standing = {number: Standing(off={("views", one.dimensions) for one in wide[:off]}) for number in (1, 2)}
    assert (states_of(history(wide, [], [], standing=standing)) == [[STARTED], [], []]) is goes_on


@pytest.mark.parametrize(
    ("renewed", "outcome"),
    [(0, Outcome.RECOVERED), (3, Outcome.NEW_NORMAL), (4, Outcome.RECOVERED)],
    ids=["as before", "a new level since", "a new level of an earlier incident"],
)
def test_the_end_says_whether_the_series_are_as_they_were(renewed: int, outcome: Outcome) -> None:
    standing = {3: Standing(renewed={("views", ("it",)): renewed} if renewed else {})}
    *_, ((_, group),) = history(HIT, HIT, [], [], standing=standing)
    assert group.outcome is outcome


MARKETS = st.sets(st.sampled_from(["it", "fr", "de", "us", "uk"]))


@settings(deadline=None)
@given(st.lists(MARKETS, max_size=30))
def test_an_interval_has_one_group_that_counts_all_that_is_hit_and_every_incident_ends_once(
    intervals: list[set[str]],
) -> None:
    quiet: list[set[str]] = [set()] * QUIET_INTERVALS
    hits = [[score(market, 90) for market in sorted(markets)] for markets in [*intervals, *quiet]]
    lives: dict[str, list[IncidentState]] = {}
    for found, changes in zip(hits, history(*hits), strict=True):
        groups = [group for state, group in changes if state is not ENDED]
        assert len(groups) == bool(found)
        assert all(one in found for group in groups for one in group.series)
        assert sum(len(group.series) + group.hit_beside for group in groups) == len(found)
        for state, group in changes:
            lives.setdefault(group.group_id, []).append(state)
    for life in lives.values():
        assert life == [STARTED, *(len(life) - 2) * [CONTINUING], ENDED]


def test_measures_have_incidents_of_their_own() -> None:
    orders = score("it", 80, measure="orders")
    (changes,) = history([score("it", 90), orders])
    assert [(state, group.measure) for state, group in changes] == [(STARTED, "orders"), (STARTED, "views")]
    assert len({group.group_id for _, group in changes}) == 2


def test_a_group_ranks_its_series_and_says_who_contributes() -> None:
    hits = [score("fr", 80, 900), score("it", 95, 100), score("de", 80, 500)]
    (((_, group),),) = history(hits)
    assert [one.dimensions for one in group.series] == [("it",), ("de",), ("fr",)]
    assert group.contributions == {"market": (("it", 60), ("de", 33), ("fr", 7))}
    assert group.kind is Kind.DIP


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (score("it", 90, None, kind=None), Kind.SILENCE),
        (score("it", 90, 1, kind=None), Kind.DIP),
        (score("it", 90, 5000, kind=None), Kind.SPIKE),
        (score("it", 90, 1, kind=Kind.SPIKE), Kind.DIP),
        (score("it", 90, 5000, kind=Kind.SHIFT), Kind.SHIFT),
    ],
)
def test_the_kind_is_the_models_or_by_the_sign(found: SeriesScore, expected: Kind) -> None:
    (((_, group),),) = history([found])
    assert group.kind is expected


@settings(deadline=None)
@given(st.lists(st.floats(70, 100), min_size=1, max_size=20), st.integers(0, 100))
def test_severity_grows_with_how_far_and_how_many(severities: list[float], more: int) -> None:
    known = len(severities) + more
    found = group_severity(severities, known)
    assert round(max(severities), 2) <= found <= 100
    assert group_severity([*severities, 70.0], known + 1) >= found - 0.01
    assert group_severity([*severities, 100.0], known + 1) == 100


def test_one_series_of_many_has_its_own_severity_and_all_of_them_go_half_way_to_100() -> None:
    assert group_severity([80.0], 21) == 80
    assert group_severity([80.0] * 21, 21) == 90
    assert group_severity([80.0] * 11, 21) == 85
    assert group_severity([80.0], 1) == 80


def test_other_measures_are_related_by_the_share_of_the_same_series() -> None:
    hits = {
        "views": [score("it", 90), score("fr", 90), score("de", 90)],
        "orders": [score("it", 80), score("fr", 80)],
        "errors": [score("us", 80)],
        "revenue": [score(market, 75) for market in ("it", "fr", "de", "us")],
    }
    assert related_measures("views", hits["views"], hits) == (("revenue", 100), ("orders", 67))
    assert related_measures("views", hits["views"][:1], hits) == (("orders", 100), ("revenue", 100))
    assert related_measures("orders", hits["orders"], hits) == (("revenue", 100), ("views", 100))
    assert related_measures("errors", hits["errors"], hits) == (("revenue", 100),)
