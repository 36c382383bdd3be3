"""The list of anomalies: one line of plain words each, and behind it figure, contributions, series and causes."""

from collections.abc import Sequence

from local.report.data import ReportData
from local.report.figures import SERIES_LISTED, ranges, series_key
from local.report.html import Html, element, table
from local.report.words import cause_named, change, duration, not_alerted, number, sentence, span
from tidegate.contracts.anomaly import AnomalyGroup, Kind, Outcome

KIND_WORDS = {
    Kind.SPIKE: "a value far above what was expected",
    Kind.DIP: "a value far below what was expected",
    Kind.SHIFT: "off the usual level, and staying there",
    Kind.SAG: "a little off for a long time",
    Kind.NOISE: "swings of an unusual size",
    Kind.FLAT: "no movement where there was life",
    Kind.SILENCE: "no data where there was some",
    Kind.IMPOSSIBLE: "a value outside the range that it can have",
}
_SERIES_FIRST = 5
_BARS_SHOWN = 10


def anomaly_list(data: ReportData, shown: Sequence[AnomalyGroup]) -> Html:
    """Controls to filter and sort, and the anomalies in the order given."""
    items = (_anomaly(number, group, data) for number, group in enumerate(shown))
    return element("div", _controls(shown, len(data.anomalies)), element("div", *items, id="anomalies"))


def _controls(shown: Sequence[AnomalyGroup], total: int) -> Html:
    kinds = sorted({group.kind.value for group in shown})
    measures = sorted({group.measure for group in shown})
    sorts = [("severity", "Severest first"), ("newest", "Newest first"), ("oldest", "Oldest first")]
    search = element("input", type="search", id="search", placeholder="a value, a date ...")
    parts = [
        element("label", "Find ", search),
        _select("kind", "Kind ", [("", "every kind"), *zip(kinds, kinds, strict=True)]),
    ]
    if len(measures) > 1:
        parts.append(_select("measure", "Measure ", [("", "every measure"), *zip(measures, measures, strict=True)]))
    parts.append(_select("sort", "Order ", sorts))
    return element("div", *parts, element("output", id="count", data_total=str(total)), class_="controls")


def _select(id: str, label: str, options: Sequence[tuple[str, str]]) -> Html:
    choices = (element("option", shown, value=value) for value, shown in options)
    return element("label", label, element("select", *choices, id=id))


def _anomaly(number: int, group: AnomalyGroup, data: ReportData) -> Html:
    said = sentence(group, data.dimensions)
    when = span(group.started, group.interval.end, data.zone)
    kept_back = not_alerted(group.suppressed) if group.suppressed else ""
    line = element(
        "summary",
        severity_badge(group.severity),
        element("span", said, class_="said"),
        element("span", element("b", group.kind.value, title=KIND_WORDS[group.kind]), f" {when}", class_="when"),
        element("span", kept_back, class_="kept-back") if kept_back else "",
    )
    return element(
        "details",
        line,
        element("div", *_details(number, group, data), class_="inside"),
        class_="anomaly suppressed" if kept_back else "anomaly",
        id=f"a{number}",
        data_severity=f"{group.severity:.2f}",
        data_start=str(group.started),
        data_kind=group.kind.value,
        data_measure=group.measure,
        data_text=" ".join(
            [said, when, kept_back, *(" ".join(one.dimensions) for one in group.series[:SERIES_LISTED])]
        ).lower(),
    )


def severity_badge(severity: float) -> Html:
    """The severity as a number, with a class for its colour."""
    level = "high" if severity >= 90 else "middle" if severity >= 80 else "low"
    return element("span", f"{severity:.0f}", class_=f"severity {level}", title=f"severity {severity:.1f} of 100")


def _details(at: int, group: AnomalyGroup, data: ReportData) -> list[Html]:
    lasted = duration(group.interval.end - group.started)
    then = ", then it was the new normal" if group.outcome is Outcome.NEW_NORMAL else ""
    words = f"{group.kind.value.capitalize()}: {KIND_WORDS[group.kind]}. Lasted {lasted}{then}."
    opening = element("p", words, class_="lasted")
    parts = [opening]
    if any(series_key(group, place) in data.lines for place in range(len(group.series[:SERIES_LISTED]))):
        parts.append(figure(f"a{at}", sentence(group, data.dimensions), ranges(data.step)))
    else:
        parts.append(element("p", "Only the severest anomalies are drawn.", class_="muted"))
    columns = [column for column in (_root_causes(group), *_contributions(group), _causes(group)) if column]
    if columns:
        parts.append(element("div", *columns, class_="columns"))
    if group.series:
        parts.append(_series_table(group, data))
    return parts


def figure(name: str, label: str, buttons: dict[str, int]) -> Html:
    """An empty figure with its range buttons; the script draws into it when it is first shown."""
    choices = (element("button", text, type="button", data_range=text) for text in (*buttons, "all"))
    plot = element("div", class_="plot", role="img", aria_label=label)
    keys = (element("span", text, class_=f"key {kind}") for kind, text in _KEY.items())
    below = element("div", *choices, element("span", *keys, class_="legend"), class_="ranges")
    return element("figure", element("figcaption"), plot, below, data_figure=name)


_KEY = {"value": "value", "expected": "expected", "band": "usual range", "hit": "anomalous"}


def _series_table(group: AnomalyGroup, data: ReportData) -> Html:
    title = "The series" if len(group.series) == 1 else f"{len(group.series)} series hit"
    header = [" · ".join(data.dimensions) or "measure", "value", "expected", "change", "severity"]
    rows = [_series_row(group, at, data) for at in range(min(len(group.series), SERIES_LISTED))]
    numeric = frozenset({1, 2, 3, 4})
    parts = [element("h4", title), table(header, rows[:_SERIES_FIRST], numeric=numeric)]
    if rows[_SERIES_FIRST:]:
        rest = table(header, rows[_SERIES_FIRST:], numeric=numeric)
        parts.append(element("details", element("summary", f"{len(rows) - _SERIES_FIRST} more"), rest, class_="more"))
    if len(group.series) > len(rows):
        parts.append(element("p", f"and {len(group.series) - len(rows)} less severe ones", class_="muted"))
    return element("section", *parts)


def _series_row(group: AnomalyGroup, at: int, data: ReportData) -> list[str]:
    one = group.series[at]
    name = " · ".join(value or "(none)" for value in one.dimensions) or group.measure
    drawn = series_key(group, at) in data.lines and len(group.series) > 1
    shown = element("button", name, type="button", data_series=str(at), class_="link") if drawn else name
    severity = f"{one.severity:.0f}"
    return [
        shown,
        number(one.value),
        "" if one.expected is None else number(one.expected),
        change(one.value, one.expected),
        severity,
    ]


def _root_causes(group: AnomalyGroup) -> Html | str:
    if not group.root_causes:
        return ""
    title = "Root cause" if len(group.root_causes) == 1 else "Root causes"
    named = [(cause_named(cause), cause.percent) for cause in group.root_causes]
    return element("section", element("h4", f"{title}: share of the deviation"), _bars(named), class_="root")


def _contributions(group: AnomalyGroup) -> list[Html]:
    return [
        element("section", element("h4", f"Share by {name}"), _bars(values))
        for name, values in sorted(group.contributions.items())
        if values
    ]


def _causes(group: AnomalyGroup) -> Html | str:
    if not group.causes:
        return ""
    return element("section", element("h4", "Probable causes or effects: other measures"), _bars(group.causes))


def _bars(values: Sequence[tuple[str, int]]) -> Html:
    rows = (
        element(
            "div",
            element("span", name or "(none)", class_="name", title=name),
            element("span", element("span", class_="fill", style=f"width:{percent}%"), class_="bar"),
            element("span", f"{percent} %", class_="percent"),
        )
        for name, percent in values[:_BARS_SHOWN]
    )
    return element("div", *rows, class_="bars")
