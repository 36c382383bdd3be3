"""An impossible value in a series of which nothing is known yet goes all the way: group, causes, event, text."""

import json

import pytest

from tests.detect_world import NAMES
from tidegate.alert.messages import long_text
from tidegate.alert.record import AnomalyRecord, Notice
from tidegate.config import DetectorConfig
from tidegate.contracts.alert_event import AlertEvent
from tidegate.contracts.anomaly import Kind
from tidegate.contracts.interval import Interval
from tidegate.contracts.series import IntervalValues, SeriesKey
from tidegate.detect.detector import Detector
from tidegate.detect.events import alert_event
from tidegate.detect.groups import Grouping
from tidegate.detect.root_causes import RootCauses
from tidegate.detect.scores import Standing

CONFIG = DetectorConfig.from_parameters(
    {"Measures": "orders:SUM", "Dimensions": "shop,device", "MeasureRules": "orders:range=0..100"}
)
BAD = ("it", "fr", "uk")


@pytest.mark.parametrize("known", [0, 3])
@pytest.mark.parametrize("bad", [BAD[:1], BAD])
def test_it_is_told_as_what_it_is(known: int, bad: tuple[str, ...]) -> None:
    detector = Detector(CONFIG)
    series = [(shop, device) for shop in ("de", "es", *BAD) for device in ("app", "web")]
    for number in range(known + 1):
        interval = Interval(86_400 + 300 * number, 86_700 + 300 * number)
        values: dict[SeriesKey, float] = {
            ("orders", one): -5.0 if number == known and one[0] in bad else 20.0 for one in series
        }
        scores = detector.observe(IntervalValues(interval, values))
    hits = scores.above(CONFIG.alert_threshold)
    assert {hit.dimensions for hit in hits} == {one for one in series if one[0] in bad}
    search = RootCauses(scores, CONFIG.dimensions, CONFIG.alert_threshold)
    ((state, group),) = (
        Grouping(NAMES, CONFIG.dimensions)
        .step((), scores.interval, hits, Standing(known={"orders": len(series)}), search.of)
        .changes
    )
    assert group.kind is Kind.IMPOSSIBLE
    event = alert_event(state, group, CONFIG, NAMES)
    again = AlertEvent.parse(json.loads(event.to_json()))
    assert again.facts
    assert again.facts.kind is Kind.IMPOSSIBLE
    text = long_text(AnomalyRecord.of(again), Notice.STARTED)
    assert " has at worst the impossible value -5, in " in text
    assert ", an impossible value" in text
