"""MeasureRules and Calendar: what was written comes back, and nonsense is refused by parameter, piece and rule."""

import re
import string
from datetime import datetime
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.documentation import page
from tests.template import parameters
from tidegate.calendar_entries import MAX_MINUTES, CalendarEntry, Dates, Recurring, calendar, calendar_text
from tidegate.config import DetectorConfig
from tidegate.contracts.errors import ConfigurationError
from tidegate.measure_rules import Direction, MeasureRule, measure_rules, rules_text

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
RULES = st.builds(
    MeasureRule,
    direction=st.sampled_from(Direction),
    least=NUMBERS.map(abs),
    least_percent=NUMBERS.map(abs),
    low=st.one_of(st.just(-inf), st.floats(-1e300, 0)),
    high=st.one_of(st.just(inf), st.floats(0, 1e300)),
)
COLUMNS = st.from_regex(re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_-]{0,62}", re.ASCII), fullmatch=True)
MINUTES = st.datetimes(datetime(1971, 1, 1), datetime(9998, 12, 31)).map(lambda at: at.replace(second=0, microsecond=0))
DATES = st.lists(MINUTES, min_size=2, max_size=2, unique=True).map(sorted).map(lambda two: Dates(*two))
CRONS = st.sampled_from(["0 2 * * SUN", "*/15 8-18 * * 1-5", "30 4 1,15 * *", "0 0 L 12 *", "0 9 * * MON#1"])
ENTRIES = st.builds(
    CalendarEntry,
    name=st.text(string.ascii_letters + string.digits, min_size=1, max_size=63),
    when=st.one_of(DATES, st.builds(Recurring, CRONS, st.integers(1, MAX_MINUTES))),
    learns=st.booleans(),
)


PATTERNS = {name: re.compile(parameters()[name]["AllowedPattern"]) for name in ("MeasureRules", "Calendar")}


@settings(deadline=None)
@given(st.dictionaries(COLUMNS, RULES, max_size=5))
def test_rules_come_back_from_their_text(rules: dict[str, MeasureRule]) -> None:
    text = rules_text(rules)
    assert measure_rules("MeasureRules", text) == rules
    assert PATTERNS["MeasureRules"].fullmatch(text)


@settings(deadline=None)
@given(st.lists(ENTRIES, max_size=5))
def test_a_calendar_comes_back_from_its_text(entries: list[CalendarEntry]) -> None:
    text = calendar_text(entries)
    assert calendar("Calendar", text) == tuple(entries)
    assert PATTERNS["Calendar"].fullmatch(text)


@settings(deadline=None)
@given(st.text(st.sampled_from("ab:=,;./()*#-L0123456789 cronleartdips"), max_size=40))
def test_any_text_is_read_or_refused_by_the_parameters_name(text: str) -> None:
    for parameter, read in (("MeasureRules", measure_rules), ("Calendar", calendar)):
        try:
            read(parameter, text)
        except ConfigurationError as error:
            refused = str(error)
        else:
            continue
        assert refused.startswith(f"{parameter} is {text!r}")


@pytest.mark.parametrize(
    ("text", "piece", "rule"),
    [
        ("revenue", "'revenue'", "must be measure:setting=value"),
        ("revenue:", "'revenue:'", "must be measure:setting=value"),
        ("revenue:direction=down", "'direction=down'", "must be one of dips, spikes, both"),
        ("revenue:size=3", "'size=3'", "direction, least, least_percent, range"),
        ("revenue:least=much", "'least=much'", "must be a number"),
        ("revenue:least=-1", "'least=-1'", "must not be negative"),
        ("revenue:least=1_000", "'least=1_000'", "must be a number"),
        ("revenue:least=1,least=2", "'least=2'", "given twice"),
        ("revenue:range=5", "'range=5'", "LOW..HIGH"),
        ("revenue:range=..", "'range=..'", "LOW..HIGH"),
        ("revenue:range=5..1", "'range=5..1'", "must not end before it begins"),
        ("revenue:least=1;revenue:least=2", "'revenue'", "two rules"),
    ],
)
def test_a_rule_that_is_none_is_refused_with_its_piece(text: str, piece: str, rule: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        measure_rules("MeasureRules", text)
    assert str(refused.value).startswith(f"MeasureRules is {text!r}")
    assert piece in refused.value.rule
    assert rule in refused.value.rule


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("2026-11-27/2026-11-30", "must be name:when"),
        ("sale", "must be name:when"),
        ("s/le:2026-11-27/2026-11-30", "must be name:when"),
        ("sale:2026-11-27", "START/END"),
        ("sale:27.11.2026/30.11.2026", "YYYY-MM-DD"),
        ("sale:2026-02-30/2026-03-01", "is no date"),
        ("sale:2026-11-30/2026-11-27", "must end after it begins"),
        ("sale:2026-11-27/2026-11-30,learn=never", "learn=yes or learn=no"),
        ("backup:cron(0 2 * *)/2h", "five fields"),
        ("backup:cron(0 25 * * *)/2h", "bad hour"),
        ("backup:cron(0 2 31 2 *)/2h", "bad day-of-month"),
        ("backup:cron(0 2 * * SUN)", "cron(FIELDS)/LENGTH"),
        ("backup:cron(0 2 * * SUN)/2", "must be a length"),
        ("backup:cron(0 2 * * SUN)/0m", "from a minute to 366 days"),
    ],
)
def test_an_entry_that_is_none_is_refused_with_its_text(text: str, rule: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        calendar("Calendar", f"fine:2026-01-01/2026-01-02;{text}")
    assert repr(text) in refused.value.rule
    assert rule in refused.value.rule


def test_a_rule_needs_a_measure_that_is_there() -> None:
    given_parameters = {"Measures": "revenue:SUM,revenue:COUNT", "MeasureRules": "revenue_sum:least=5"}
    assert DetectorConfig.from_parameters(given_parameters).measure_rules == {"revenue_sum": MeasureRule(least=5)}
    with pytest.raises(ConfigurationError, match=r"MeasureRules is 'revenue': is not a measure \(revenue_sum,"):
        DetectorConfig.from_parameters(given_parameters | {"MeasureRules": "revenue:least=5"})


def test_what_the_page_shows_is_read() -> None:
    section = page("configuration.md").partition("## MeasureRules and Calendar\n")[2].partition("\n## ")[0]
    rules, entries = re.findall(r"^ {4}(\S.*)$", section, re.MULTILINE)
    assert measure_rules("MeasureRules", rules)["latency"] == MeasureRule(Direction.SPIKES, low=0, high=60_000)
    assert [entry.name for entry in calendar("Calendar", entries)] == ["sale", "site migration", "backup"]
    assert all(PATTERNS[name].fullmatch(text) for name, text in (("MeasureRules", rules), ("Calendar", entries)))
