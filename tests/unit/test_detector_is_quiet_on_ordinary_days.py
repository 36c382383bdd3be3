"""Nothing happens for two weeks after three weeks of learning: no kind of series cries wolf."""

import numpy as np
import pytest

from tests.detector_world import LATENCY, ORDERS, WEEK, Curve, alarms, counts, gauge, observe
from tidegate.detect.detector import Detector

HOURS = 5 * WEEK
LEARNED = 3 * WEEK


def test_business_counts_of_every_size_are_quiet() -> None:
    shops = {f"{mean}-{seed}": counts(mean, HOURS, seed) for mean in (1, 5, 20, 100, 500) for seed in range(8)}
    scores = observe(Detector(ORDERS), shops, range(HOURS))
    false = sum(len(alarms(of_shop, LEARNED)) for of_shop in scores.values())
    assert false <= 2, f"{false} false alarms in 80 series weeks"


def test_gauges_are_quiet() -> None:
    random = np.random.default_rng(5)
    walk = 50 + np.cumsum(random.normal(0, 0.3, HOURS))
    heavy = 20 + np.abs(random.standard_t(3, HOURS))
    machines: dict[str, Curve] = {f"seasonal-{seed}": gauge(80, HOURS, seed) for seed in range(8)}
    machines |= {"walk": walk, "heavy": heavy, "signed": random.normal(0, 1, HOURS)}
    scores = observe(Detector(LATENCY), machines, range(HOURS), "latency")
    false = sum(len(alarms(of_machine, LEARNED)) for of_machine in scores.values())
    assert false <= 2, f"{false} false alarms in 22 series weeks"


@pytest.mark.parametrize("value", [0.0, 7.0, -3.0, 1e12, 1e-9])
def test_a_constant_is_quiet(value: float) -> None:
    scores = observe(Detector(ORDERS), {"constant": np.full(400, value)}, range(400))
    assert not alarms(scores["constant"])
    assert scores["constant"][-1].expected == pytest.approx(value)


def test_severity_means_the_same_at_every_scale() -> None:
    orders = counts(50, 400, 1)
    orders[350] = 600
    scores = observe(Detector(LATENCY), {"small": orders, "large": orders * 2.0**20}, range(400), "latency")
    assert alarms(scores["small"])
    assert [score.severity for score in scores["small"]] == pytest.approx(
        [score.severity for score in scores["large"]], abs=0.5
    )
