"""Numbers, times and anomalies as people would say them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC

import pytest

from local.report.words import change, duration, number, sentence, short, span
from tidegate.contracts.anomaly import AnomalyGroup, Kind, RootCause, SeriesScore
from tidegate.contracts.interval import Interval, zone_named


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "nothing"),
        (0.0, "0"),
        (12.0, "12"),
        (12.345, "12.3"),
        (0.001234, "0.00123"),
        (999.6, "1,000"),
        (1234567.8, "1,234,568"),
    ],
)
def test_numbers(value: float | None, said: str) -> None:
    assert number(value) == said


@pytest.mark.parametrize(
    ("value", "expected", "said"),
    [
        (12, 80, "-85 %"),
        (100.2, 100, "+0.2 %"),
        (-50, -100, "+50 %"),
        (3000, 100, "30 times"),
        (5000, -20.3, "+24,731 %"),
        (5, 0, ""),
        (None, 80, ""),
        (5, None, ""),
    ],
)
def test_changes(value: float | None, expected: float | None, said: str) -> None:
    assert change(value, expected) == said


@pytest.mark.parametrize(
    ("seconds", "said"), [(300, "5 min"), (5400, "1 h 30 min"), (90_061, "1 d 1 h"), (0, "0 s"), (86_400, "1 d")]
)
def test_durations(seconds: int, said: str) -> None:
    assert duration(seconds) == said


def test_spans_name_one_day_once() -> None:
    start = 1_772_323_200
    assert span(start, start + 3600, UTC) == "Sun 1 Mar 2026, 00:00 to 01:00"
    assert span(start, start + 90_000, UTC) == "Sun 1 Mar 2026, 00:00 to Mon 2 Mar 2026, 01:00"
    assert span(start, start + 3600, zone_named("America/New_York")) == "Sat 28 Feb 2026, 19:00 to 20:00"


def score(*dimensions: str, value: float | None = 12, expected: float | None = 80) -> SeriesScore:
    return SeriesScore("orders", dimensions, value, expected, 60, 100, 90)


@pytest.mark.parametrize(
    ("kind", "dimensions", "series", "said"),
    [
        (Kind.DIP, [], [score()], "orders fell: 12 where 80 was expected (-85 %)"),
        (
            Kind.SPIKE,
            ["shop"],
            [score("it", value=160)],
            "orders rose: 160 where 80 was expected (+100 %), shop it",
        ),
        (Kind.SPIKE, ["shop"], [score("", expected=None)], "orders rose: 12, shop (none)"),
        (
            Kind.SILENCE,
            ["platform", "shop"],
            [score("web", "it", value=None), score("app", "it", value=None)],
            "orders fell silent in 2 series of shop it; worst web · it, nothing where 80 was expected",
        ),
        (
            Kind.SAG,
            ["platform", "shop"],
            [score("web", "it"), score("app", "de")],
            "orders sagged in 2 series; worst web · it, 12 where 80 was expected (-85 %)",
        ),
        (Kind.SHIFT, ["shop"], [], "orders moved to another level"),
        (
            Kind.SHIFT,
            ["shop"],
            [score("it")],
            "orders fell and stayed low: 12 where 80 was expected (-85 %), shop it",
        ),
        (
            Kind.SHIFT,
            ["shop"],
            [score("it", value=160)],
            "orders rose and stayed high: 160 where 80 was expected (+100 %), shop it",
        ),
    ],
)
def test_sentences(kind: Kind, dimensions: Sequence[str], series: Sequence[SeriesScore], said: str) -> None:
    group = AnomalyGroup("id", "orders", 0, Interval(0, 300), 90, kind, tuple(series))
    assert sentence(group, dimensions) == said


@pytest.mark.parametrize(
    ("causes", "where"),
    [
        ([[("shop", "it")]], " of shop it"),
        ([[("platform", "web"), ("shop", "de")]], " of platform web & shop de"),
        ([[("shop", "it")], [("platform", "")]], " of shop it and platform (none)"),
        ([[("shop", "it")], [("shop", "de")], [("shop", "fr")]], ""),
        ([[]], ""),
    ],
    ids=["one value", "two together", "two apart", "too many to say", "all series"],
)
def test_root_causes_say_where(causes: Sequence[Sequence[tuple[str, str]]], where: str) -> None:
    series = (score("web", "it"), score("app", "de"))
    found = tuple(RootCause(tuple(dimensions), 30) for dimensions in causes)
    group = AnomalyGroup("id", "orders", 0, Interval(0, 300), 90, Kind.DIP, series, root_causes=found)
    assert sentence(group, ["platform", "shop"]).startswith(f"orders fell in 2 series{where}; worst web · it")


@pytest.mark.parametrize("causes", [(), (RootCause((("shop", "x" * 30 + "middle" + "y" * 30),), 100),)])
def test_long_names_keep_their_ends_in_a_sentence(causes: tuple[RootCause, ...]) -> None:
    shop = "x" * 30 + "middle" + "y" * 30
    group = AnomalyGroup("id", "orders", 0, Interval(0, 300), 90, Kind.DIP, (score(shop, "web"), score(shop, "app")))
    said = sentence(replace(group, root_causes=causes), ["shop", "platform"])
    assert said.startswith(
        f"orders fell in 2 series of shop {'x' * 23} … {'y' * 23}; worst {'x' * 23} … {'y' * 23} · web"
    )
    assert short("i-0123456789abcdef0") == "i-0123456789abcdef0"
