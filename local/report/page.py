"""The page: one file with its style, its script, plotly and the data, that asks the network for nothing."""

import json
from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from statistics import median
from typing import Final

from plotly.offline import get_plotlyjs

from local.report.anomalies import anomaly_list, figure
from local.report.data import ReportData
from local.report.figures import by_severity, figures, ranges
from local.report.html import Html, element, pairs, table
from local.report.words import duration, span
from tidegate.contracts.anomaly import AnomalyGroup, Kind

ANOMALIES_SHOWN: Final = 500
_HERE: Final = Path(__file__).parent


def write_report(path: Path, data: ReportData) -> None:
    """Write the report to `path`, a self-contained HTML file."""
    path.write_text(page(data), encoding="utf-8")


def page(data: ReportData) -> Html:
    """The whole document."""
    shown = by_severity(data.anomalies)[:ANOMALIES_SHOWN]
    scripts = [Html(get_plotlyjs()), Html((_HERE / "page.js").read_text("utf-8"))]
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_policy(scripts)),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", data.title),
        element("style", Html((_HERE / "page.css").read_text("utf-8"))),
    )
    embedded = element("script", _json(figures(data, shown)), type="application/json", id="data")
    body = element("body", *_sections(data, shown), embedded, *(element("script", script) for script in scripts))
    return Html(f"<!doctype html>{element('html', head, body, lang='en')}")


def _policy(scripts: Sequence[str]) -> str:
    """Nothing is loaded from anywhere, and no script runs but these."""
    hashes = (f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" for script in scripts)
    return f"default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:; script-src {' '.join(hashes)}"


def _json(document: object) -> Html:
    """JSON that cannot end the script element it stands in."""
    plain = json.dumps(document, separators=(",", ":"), allow_nan=False)
    return Html(plain.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


def _sections(data: ReportData, shown: Sequence[AnomalyGroup]) -> list[Html]:
    parts = [_header(data), _anomalies(data, shown)]
    hit = {(group.measure, one.dimensions) for group in data.anomalies for one in group.series}
    ordinary = [number for number, key in enumerate(data.lines) if key not in hit]
    if ordinary:
        parts.append(_ordinary(data, ordinary))
    if data.quality:
        parts.append(_section("Quality of the data", pairs(data.quality, "facts")))
    if data.ledger:
        parts.append(_ledger(data))
    if data.planted:
        parts.append(_planted(data))
    return [element("main", element("noscript", element("p", _NO_SCRIPT, class_="note")), *parts)]


_NO_SCRIPT: Final = "The figures, the search and the order need JavaScript; all texts and tables are here without it."


def _section(title: str, *content: str) -> Html:
    return element("section", element("h2", title), *content, class_="part")


def _header(data: ReportData) -> Html:
    note = element("p", data.note, class_="note") if data.note else ""
    return element("header", element("h1", data.title), pairs(data.facts, "facts"), note)


def _anomalies(data: ReportData, shown: Sequence[AnomalyGroup]) -> Html:
    if not shown:
        return _section("No anomalies", element("p", f"No interval reached severity {data.threshold:g}."))
    more = len(data.anomalies) - len(shown)
    left_out = element("p", f"and {more} less severe ones") if more else ""
    kinds = {group.kind for group in shown}
    symbols = (element("span", f"{symbol} {kind.value}") for kind, symbol in _SYMBOLS.items() if kind in kinds)
    overview = element("div", class_="plot", role="img", aria_label="All anomalies by time and severity", id="overview")
    hollow = element("span", "hollow: not alerted")
    title = "1 anomaly" if len(data.anomalies) == 1 else f"{len(data.anomalies)} anomalies"
    suppressed = sum(group.suppressed is not None for group in data.anomalies)
    title += f", {suppressed} of them not alerted" if suppressed else ""
    legend = element("p", *symbols, *([hollow] if suppressed else []), class_="legend")
    return _section(title, overview, legend, anomaly_list(data, shown), left_out)


_SYMBOLS: Final = {
    Kind.SPIKE: "\u25b2",
    Kind.DIP: "\u25bc",
    Kind.SHIFT: "\u25a0",
    Kind.SAG: "\u25c6",
    Kind.NOISE: "\u2605",
    Kind.FLAT: "\u2015",
    Kind.SILENCE: "\u2716",
    Kind.IMPOSSIBLE: "\u2b22",
}
"""The overview's symbols, as page.js draws them."""


def _ordinary(data: ReportData, numbers: Sequence[int]) -> Html:
    plots = []
    keys = list(data.lines)
    for number in numbers:
        measure, dimensions = keys[number]
        name = " · ".join([measure, *(value or "(none)" for value in dimensions)])
        plots.append(element("details", element("summary", name), figure(f"l{number}", name, ranges(data.step))))
    return _section("Ordinary series, for comparison", *plots)


def _ledger(data: ReportData) -> Html:
    lines = data.ledger
    delays = [line.close_delay for line in lines]
    unbalanced = sum(not line.balanced for line in lines)
    counts = {
        "Records received": sum(line.received for line in lines),
        "Stored": sum(line.stored for line in lines),
        "Quarantined": sum(line.quarantined for line in lines),
        "Filtered": sum(line.filtered for line in lines),
        "Duplicates": sum(line.duplicates for line in lines),
        "Intervals closed": len(lines),
        "Rendered again for late records": sum(line.revision > 1 for line in lines),
        "Closed incomplete": sum(line.incomplete for line in lines),
    }
    facts = [(name, f"{count:,}") for name, count in counts.items()]
    facts.append(
        (
            "Closed after the interval's end",
            f"{duration(round(median(delays)))}, at most {duration(round(max(delays)))}",
        )
    )
    facts.append(
        (
            "received = stored + quarantined + filtered + duplicates",
            "in every interval" if not unbalanced else f"not in {unbalanced} intervals",
        )
    )
    return _section("Ledger", pairs(facts, "facts"))


def _planted(data: ReportData) -> Html:
    places = {group.group_id: number for number, group in enumerate(by_severity(data.anomalies)[:ANOMALIES_SHOWN])}
    rows = []
    for one in sorted(data.planted, key=lambda one: one.start):
        found: str = "missed" if one.group_id is None else "found"
        if one.group_id in places:
            found = element("a", "found", href=f"#a{places[one.group_id]}")
        rows.append([one.kind, one.where, span(one.start, one.end, data.zone), found])
    said = f"{sum(one.group_id is not None for one in data.planted)} of {len(data.planted)} found; "
    said += f"{data.unexplained} anomalies belong to none of them."
    return _section(
        "Planted incidents", element("p", said), table(["kind", "where", "when", "result"], rows, "planted")
    )
