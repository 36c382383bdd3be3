"""The texts in docs/alerts.md are those that the canonical events really give."""

import json
import re
from pathlib import Path

import pytest

from tests.alert_events import document, ours
from tidegate.alert.actions import shadow_part
from tidegate.alert.messages import notification
from tidegate.alert.notification import Notification
from tidegate.alert.record import AnomalyRecord, Notice
from tidegate.config import AlertFormat
from tidegate.contracts.alert_event import AlertEvent
from tidegate.contracts.incident_facts import IncidentState

DOCUMENT = (Path(__file__).parents[2] / "docs" / "alerts.md").read_text()
STACK = "tidegate-ecommerce"
BLOCK = re.compile(r"<!-- (\S+) (\S+) -->\n```\w+\n(.*?)```\n", re.DOTALL)
SHOWN = {(event, part): text for event, part, text in BLOCK.findall(DOCUMENT)}


def printed(event: str, form: AlertFormat) -> Notification:
    """What is published of a canonical event; of `ended`, at the end of the one that is ours."""
    if event != "ended":
        return notification(AnomalyRecord.of(AlertEvent.parse(document(event))), Notice.STARTED, form, STACK)
    record = AnomalyRecord.of(ours()).merged(ours(IncidentState.CONTINUING, 6)).merged(ours(IncidentState.ENDED, 6))
    return notification(record, Notice.ENDED, form, STACK)


@pytest.mark.parametrize(("event", "part"), SHOWN)
def test_a_text_is_as_it_is_printed(event: str, part: str) -> None:
    shown = SHOWN[event, part]
    if part == "subject":
        assert shown == printed(event, AlertFormat.LONG_TEXT).subject + "\n"
    elif part == "attributes":
        assert json.loads(shown) == json.loads(json.dumps(printed(event, AlertFormat.LONG_TEXT).attributes))
    elif part == "shadow":
        record = AnomalyRecord.of(AlertEvent.parse(document(event)))
        assert json.loads(shown) == shadow_part(None, record, Notice.STARTED)
    elif part == "JSON":
        assert json.loads(shown) == json.loads(printed(event, AlertFormat.JSON).text)
    else:
        assert shown.strip() == printed(event, AlertFormat(part)).text.strip()


def test_every_format_and_both_notices_are_shown() -> None:
    assert {part for event, part in SHOWN if event == "alert-tidegate"} == {
        "subject",
        "attributes",
        "shadow",
        *AlertFormat,
    }
    assert {part for event, part in SHOWN if event == "ended"} == {"subject", "LONG_TEXT", "SHORT_TEXT"}
    assert ("alert-lookout-2021", "LONG_TEXT") in SHOWN
