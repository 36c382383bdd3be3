"""Which series a common incident names, by hand-made sums: those that show it and carry their part, if several do."""

import numpy as np
import pytest

from tidegate.detect.common import Cohorts, Standardised, name_members
from tidegate.detect.pace import Pace
from tidegate.detect.state import WINDOW_COUNT

PACE = Pace(60)
WEIGHT = 5


def named(moved: list[float], sizes: list[float]) -> list[bool]:
    """Which of some series of equal weight are named.

    moved: how many standard deviations each deviates in every window; sizes: what such a deviation is of each.
    """
    series = [("orders", (f"shop-{place}",)) for place in range(len(moved))]
    cohorts = Cohorts.none().regrouped(series, np.ones(len(moved), np.bool_))
    cohorts.points[:] = PACE.learning_points
    windows = np.tile(np.array(moved, np.float32), (WINDOW_COUNT, 1))
    weights = np.full(len(moved), WEIGHT, np.float32)
    standardised = Standardised(windows, weights, np.array(sizes, np.float32), np.ones_like(windows))
    return [bool(score > 0) for score in name_members(cohorts, standardised, PACE)]


@pytest.mark.parametrize("way", [1, -1])
def test_all_that_deviate_alike_are_named(way: int) -> None:
    assert named([5 * way, 5 * way, 5 * way], [1, 1, 1]) == [True, True, True]


def test_what_one_series_shows_alone_names_none() -> None:
    assert named([12, 2.5, 0.1], [1, 1, 1]) == [False, False, False]


def test_what_remains_without_the_strongest_has_to_be_remarkable_itself() -> None:
    """The others' sum over the root of their number is 2.9 and 3.1 standard deviations."""
    assert named([12, 2.1, 2.0], [1, 1, 1]) == [False, False, False]
    assert named([12, 2.2, 2.2], [1, 1, 1]) == [True, True, True]


def test_who_deviates_by_less_than_two_standard_deviations_is_not_named() -> None:
    assert named([7, 7, 1.9], [1, 1, 1]) == [True, True, False]
    assert named([7, 7, 2.1], [1, 1, 1]) == [True, True, True]


def test_who_deviates_the_other_way_is_not_named() -> None:
    assert named([9, 9, -3], [1, 1, 1]) == [True, True, False]


def test_who_carries_hardly_any_of_it_is_not_named() -> None:
    """Of the three equal shares of the deviation it carries 0.2 and 0.3."""
    assert named([6, 6, 6], [1, 0.14, 1]) == [True, False, True]
    assert named([6, 6, 6], [1, 0.22, 1]) == [True, True, True]
