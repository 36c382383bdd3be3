"""Contributions are integers that add up to 100 and descend, whatever the residuals."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.detect_world import score
from tidegate.contracts.anomaly import SeriesScore
from tidegate.detect.contributions import contributions, percents

WEIGHTS = st.lists(st.floats(0, 1.7e308), min_size=1, max_size=60)
NUMBERS = st.none() | st.floats(allow_nan=False, allow_infinity=False)
SCORES = st.builds(
    SeriesScore,
    measure=st.just("views"),
    dimensions=st.tuples(*[st.sampled_from(["", "a", "b", "c", "é"])] * 3),
    value=NUMBERS,
    expected=NUMBERS,
    lower=st.none(),
    upper=st.none(),
    severity=st.floats(0, 100),
)


@settings(deadline=None)
@given(WEIGHTS)
def test_percents_add_up_to_100(weights: list[float]) -> None:
    found = percents(weights)
    assert sum(found) == 100
    assert all(0 <= percent <= 100 for percent in found)


@settings(deadline=None)
@given(WEIGHTS)
def test_a_larger_weight_never_gets_less(weights: list[float]) -> None:
    ranked = sorted(zip(weights, percents(weights), strict=True))
    for (weight, percent), (larger, no_less) in pairwise(ranked):
        assert weight == larger or percent <= no_less


@settings(deadline=None)
@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=50))
def test_no_percent_is_a_whole_one_off(weights: list[int]) -> None:
    for weight, percent in zip(weights, percents(weights), strict=True):
        assert abs(percent - 100 * weight / sum(weights)) < 1


@settings(deadline=None)
@given(st.lists(SCORES, min_size=1, max_size=40))
def test_each_dimension_adds_up_and_descends(series: list[SeriesScore]) -> None:
    found = contributions(series, ["platform", "market", "age"])
    assert list(found) == ["age", "market", "platform"]
    for place, name in enumerate(["platform", "market", "age"]):
        values = [value for value, _ in found[name]]
        shares = [percent for _, percent in found[name]]
        assert sum(shares) == 100
        assert shares == sorted(shares, reverse=True)
        assert min(shares) > 0
        assert len(set(values)) == len(values)
        assert set(values) <= {one.dimensions[place] for one in series}


@pytest.mark.parametrize(
    ("series", "expected"),
    [
        ([score("it", 90, 270), score("fr", 80, 730)], (("it", 73), ("fr", 27))),
        ([score("it", 90, 1100), score("fr", 80, 900)], (("fr", 50), ("it", 50))),
        ([score("it", 90, None), score("fr", 80, 0)], (("fr", 50), ("it", 50))),
        ([score("it", 90, 1000), score("fr", 30, 1000)], (("it", 75), ("fr", 25))),
        ([score("it", 90, 0), score("fr", 80, 999)], (("it", 100),)),
        ([score("it", 0, 1000), score("fr", 0, 1000)], (("fr", 50), ("it", 50))),
    ],
    ids=[
        "by residual",
        "direction is no matter",
        "absence is zero",
        "no residual: by severity",
        "0 is left out",
        "none",
    ],
)
def test_a_value_contributes_its_share_of_the_residuals(
    series: list[SeriesScore], expected: tuple[tuple[str, int], ...]
) -> None:
    assert contributions(series, ["market"]) == {"market": expected}


def test_without_series_or_dimensions_nothing_contributes() -> None:
    assert contributions([], ["market"]) == {}
    assert contributions([score("it", 90)], []) == {}
