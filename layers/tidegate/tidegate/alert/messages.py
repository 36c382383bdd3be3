"""The texts of a notification: LONG_TEXT, SHORT_TEXT and the subject line. JSON is the event itself."""

import re
from itertools import zip_longest
from typing import Final

from tidegate.alert.notification import Notification, attributes
from tidegate.alert.phrases import amount, place, zoned
from tidegate.alert.record import AnomalyRecord, Feedback, Notice
from tidegate.alert.sentences import since, what_happened, what_is_over, what_is_over_in_short
from tidegate.alert.text import SMS_CHARACTERS, SUBJECT_CHARACTERS, ascii_line, cleaned, gsm_line
from tidegate.config import AlertFormat
from tidegate.contracts.alert_event import AlertEvent, RelevantSeries
from tidegate.contracts.anomaly import Kind
from tidegate.contracts.incident_facts import SeriesFacts

SHOWN_SERIES: Final = 20
SHOWN_VALUES: Final = 10
URL_CHARACTERS: Final = 1000
_PLAIN_ID: Final = re.compile(r"[0-9a-zA-Z][0-9a-zA-Z-]{0,99}")
_KINDS: Final = {
    Kind.SPIKE: "a spike",
    Kind.DIP: "a dip",
    Kind.SHIFT: "a lasting shift",
    Kind.SAG: "a sag",
    Kind.NOISE: "unusual variation",
    Kind.FLAT: "a flat line",
    Kind.SILENCE: "silence",
    Kind.IMPOSSIBLE: "an impossible value",
}


def notification(record: AnomalyRecord, notice: Notice, text_format: AlertFormat, stack: str = "") -> Notification:
    """What is published of a notice. stack: its name in the commands of LONG_TEXT; without one there are none."""
    if text_format is AlertFormat.LONG_TEXT:
        text = long_text(record, notice, stack)
    else:
        text = {AlertFormat.SHORT_TEXT: short_text, AlertFormat.JSON: json_text}[text_format](record, notice)
    return Notification(
        subject(record, notice),
        text,
        short_text(record, notice),
        attributes(record, notice),
    )


def subject(record: AnomalyRecord, notice: Notice) -> str:
    """One line of ASCII, as SNS demands of subjects."""
    if notice is Notice.ENDED:
        return ascii_line(what_is_over_in_short(record), SUBJECT_CHARACTERS)
    tail = f" (severity {record.severity:.0f})"
    return ascii_line(what_happened(record.event), SUBJECT_CHARACTERS - len(tail)) + tail


def short_text(record: AnomalyRecord, notice: Notice) -> str:
    """At most 160 characters of the GSM alphabet, so that it is one SMS."""
    if notice is Notice.ENDED:
        return gsm_line(what_is_over(record), SMS_CHARACTERS)
    tail = gsm_line(f", since {since(record)}. Severity {record.severity:.0f}.", SMS_CHARACTERS // 2)
    return gsm_line(what_happened(record.event), SMS_CHARACTERS - len(tail)) + tail


def json_text(record: AnomalyRecord, notice: Notice) -> str:
    """The alert event."""
    return record.event_of(notice).to_json()


def long_text(record: AnomalyRecord, notice: Notice, stack: str = "") -> str:
    """One sentence, then the details, a paragraph each; plain text."""
    event = record.event
    if notice is Notice.ENDED:
        paragraphs = [what_is_over(record), _circumstances(record), _contributions(event), _link(event)]
    else:
        sentence = f"{what_happened(event)}, since {since(record)}."
        causes = (_root_causes(event), _contributions(event), _series(event), _related(event))
        details = (*causes, _link(event), _commands(event, stack))
        paragraphs = [sentence, _circumstances(record), *details]
    return "\n\n".join(filter(None, paragraphs)) + "\n"


def _circumstances(record: AnomalyRecord) -> str:
    kind = f", {_KINDS[record.kind]}" if record.kind else ""
    lines = [f"Severity: {record.severity:.2f} of 100{kind}"]
    if record.event.facts and record.latest > record.started:
        lines.append(f"Anomalous from {since(record)} to {zoned(record.event, record.lasted_until)}")
    lines += [f"Detector: {cleaned(record.detector)}", f"Anomaly group: {cleaned(record.event.group)}"]
    return "\n".join(lines)


def _root_causes(event: AlertEvent) -> str:
    found = event.facts.root_causes if event.facts else ()
    lines = [
        f"  {place(cause.dimensions) or 'all series'}: {cause.percent} % of the deviation"
        for cause in found[:SHOWN_VALUES]
    ]
    return "\n".join(["Root cause" if len(found) == 1 else "Root causes", *lines]) if lines else ""


def _contributions(event: AlertEvent) -> str:
    lines = []
    for item in event.contributions:
        shown = [f"{cleaned(value)} {percent} %" for value, percent in item.values[:SHOWN_VALUES]]
        rest = len(item.values) - len(shown)
        lines.append(f"  {cleaned(item.name)}: {', '.join(shown)}{f' and {rest} more' if rest else ''}")
    return "\n".join(["Contributions", *lines]) if lines else ""


def _series(event: AlertEvent) -> str:
    facts = event.facts.series if event.facts else ()
    count = event.facts.series_hit if event.facts else len(event.series)
    lines = [
        f"  {_value(series, known)}{f' in {place(series.dimensions)}' if series.dimensions else ''}"
        for series, known in zip_longest(event.series[:SHOWN_SERIES], facts[: len(event.series)][:SHOWN_SERIES])
    ]
    if count > len(lines):
        lines.append(f"  and {count - len(lines)} more")
    if event.facts and event.facts.hit_beside:
        lines.append(f"  beside {event.facts.hit_beside} in incidents told before")
    return "\n".join([f"Series hit: {count}", *lines]) if event.series else ""


def _value(series: RelevantSeries, facts: SeriesFacts | None) -> str:
    if facts is None:
        return amount(series.value)
    value = "no data" if facts.value is None else amount(facts.value)
    if facts.expected is None:
        return value
    band = ""
    if facts.lower is not None and facts.upper is not None:
        band = f" ({amount(facts.lower)} to {amount(facts.upper)})"
    return f"{value}, expected {amount(facts.expected)}{band}, severity {facts.severity:.0f},"


def _related(event: AlertEvent) -> str:
    related = event.facts.related if event.facts else ()
    lines = [f"  {cleaned(measure)}: anomalous in {percent} % of these series" for measure, percent in related]
    return "\n".join(["Probable causes or effects", *lines]) if lines else ""


def _commands(event: AlertEvent, stack: str) -> str:
    """How to say whether it was an anomaly: commands to be copied, so only for ids that no shell can misread."""
    if not stack or not _PLAIN_ID.fullmatch(event.group):
        return ""
    lines = [f"  tidegate anomalies feedback {event.group} {answer} --stack-name {stack}" for answer in Feedback]
    return "\n".join(["Was this an anomaly?", *lines])


def _link(event: AlertEvent) -> str:
    return f"Details: {cleaned(event.console_url, URL_CHARACTERS)}" if event.console_url else ""
