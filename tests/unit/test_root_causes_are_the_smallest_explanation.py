"""The search names the fewest dimension values that explain a deviation, whatever their dimensions."""

from collections.abc import Mapping, Sequence
from itertools import product
from math import prod

import numpy as np
import pytest

from benchmarks.diagnosis import measure
from tests.detect_world import interval
from tidegate.contracts.series import DimensionValues
from tidegate.detect.localization import MOST_CUBOIDS, Doubles, cuboids
from tidegate.detect.root_causes import RootCauses
from tidegate.detect.scores import IntervalScores
from tidegate.detect.state import Flags

NAMES = ("marketplace", "platform", "age")
VALUES = (("de", "es", "fr", "it", "uk", "us"), ("app", "phone", "web"), ("new", "old"))
THRESHOLD = 70.0
SERIES: list[DimensionValues] = list(product(*VALUES))
type Where = Mapping[str, str]


def lies_in(series: DimensionValues, where: Where) -> bool:
    return all(series[NAMES.index(name)] == value for name, value in where.items())


def explained(*faults: tuple[Where, float]) -> list[tuple[Where, int]]:
    """The root causes when each of these places has a share of what is expected, 100 with a deviation of 10."""
    noise = np.random.default_rng(1).normal(0, 3, len(SERIES))
    value = np.array([100 * prod(share for where, share in faults if lies_in(one, where)) for one in SERIES]) + noise
    return search(SERIES, value, is_hit=np.abs(value - 100) >= 20)


def search(
    series: Sequence[DimensionValues], value: Doubles, is_hit: Flags, is_learning: Flags | None = None
) -> list[tuple[Where, int]]:
    expected = np.where(is_learning, np.nan, 100.0) if is_learning is not None else np.full(len(series), 100.0)
    scores = IntervalScores(
        interval=interval(0),
        series=[("orders", one) for one in series],
        value=value.astype(np.float32),
        expected=expected.astype(np.float32),
        lower=(expected - 30).astype(np.float32),
        upper=(expected + 30).astype(np.float32),
        severity=np.where(is_hit, 90, 0).astype(np.float32),
        learning=np.isnan(expected),
        kind=np.zeros(len(series), np.int8),
        learned=300,
        needed=300,
    )
    found = RootCauses(scores, NAMES[: len(series[0])], THRESHOLD).of(scores.above(THRESHOLD))
    return [(dict(cause.dimensions), cause.percent) for cause in found]


@pytest.mark.parametrize(
    "where",
    [
        {"marketplace": "it"},
        {"age": "old"},
        {"marketplace": "it", "platform": "web"},
        {"platform": "web", "age": "new"},
        {"marketplace": "us", "platform": "app", "age": "old"},
        {},
    ],
    ids=str,
)
@pytest.mark.parametrize("share", [0.0, 0.5, 3.0])
def test_one_cause_is_named_by_its_own_dimensions_and_no_others(where: Where, share: float) -> None:
    assert explained((where, share)) == [(where, 100)]


def test_two_causes_are_two_and_the_stronger_comes_first() -> None:
    found = explained(({"marketplace": "it"}, 0.1), ({"platform": "web", "age": "new"}, 0.6))
    assert [where for where, _ in found] == [{"marketplace": "it"}, {"platform": "web", "age": "new"}]
    assert [percent for _, percent in found] == sorted((percent for _, percent in found), reverse=True)
    assert 95 <= sum(percent for _, percent in found) <= 100


def test_three_values_of_a_dimension_are_not_taken_for_all() -> None:
    found = explained(*(({"marketplace": name}, 0.2) for name in ("it", "fr", "us")))
    assert sorted(where["marketplace"] for where, _ in found) == ["fr", "it", "us"]


def test_a_dimension_that_tells_nothing_is_not_named() -> None:
    series = [(market, platform, "new") for market, platform in product(*VALUES[:2])]
    is_web = np.array([platform == "web" for _, platform, _ in series])
    assert search(series, np.where(is_web, 0.0, 100.0), is_web) == [({"platform": "web"}, 100)]


def test_a_background_that_moved_a_little_is_no_cause() -> None:
    assert explained(({}, 0.95), ({"marketplace": "uk"}, 0.4)) == [({"marketplace": "uk"}, 100)]


def test_what_the_interval_does_not_show_is_explained_by_who_is_hit() -> None:
    is_french = np.array([lies_in(one, {"marketplace": "fr"}) for one in SERIES])
    assert search(SERIES, np.full(len(SERIES), 100.0), is_french) == [({"marketplace": "fr"}, 100)]


def test_series_that_are_absent_or_still_learned_take_no_part_unless_they_are_hit() -> None:
    value = np.array([np.nan if lies_in(one, {"platform": "web"}) else 100.0 for one in SERIES])
    is_american = np.array([lies_in(one, {"marketplace": "us"}) for one in SERIES])
    is_hit = np.isnan(value) & ~is_american
    assert search(SERIES, value, is_hit, is_american) == [({"platform": "web"}, 100)]
    assert search(SERIES, np.where(is_american, 0.0, 100.0), is_american, is_american) == [({"marketplace": "us"}, 100)]


def test_without_dimensions_there_is_nothing_to_name() -> None:
    assert search([()], np.zeros(1), np.ones(1, np.bool_)) == []


def test_ten_dimensions_are_searched_within_bounds() -> None:
    named = cuboids(10)
    assert len(named) <= MOST_CUBOIDS
    assert {len(names) for names in named} >= {0, 1, 2, 3, 10}
    assert len(cuboids(5)) == 2**5


def test_hard_synthetic_faults_are_found() -> None:
    assert measure(6)["f1"] > 0.7
