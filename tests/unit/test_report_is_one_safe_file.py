"""The report opens anywhere without network, shows data as text only, and stays small however much there is."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from plotly.offline import get_plotlyjs

from local.report import Line, Planted, ReportData, drawn_keys, write_report
from local.report.figures import LINES, ORDINARY_LINES, POINTS, figures
from local.report.html import element
from local.report.page import page
from tidegate.contracts.anomaly import AnomalyGroup, Kind, RootCause, SeriesScore
from tidegate.contracts.buffer import LedgerLine
from tidegate.contracts.interval import Interval, zone_named
from tidegate.contracts.series import SeriesKey

START, STEP = 1_772_323_200, 300  # Sunday, 1 March 2026, 00:00 UTC
EVIL = '</script><script>alert(1)</script><img src=x onerror="alert(2)"> & <b>\u2028'


def line(key: SeriesKey, count: int = 600, hit: int = 400) -> Line:
    starts = START + STEP * np.arange(count)
    value = 100 + 10 * np.sin(np.arange(count) / 40)
    expected = value.copy()
    expected[:300] = np.nan
    value[hit : hit + 3] = 400
    severity = np.where(value == 400, 90.0, 5.0)
    return Line(key, starts, value, expected, expected - 30, expected + 30, severity)


def group(name: str = "it", at: int = 400, **changes: object) -> AnomalyGroup:
    score = SeriesScore("orders", (name,), 400.0, 100.0, 70.0, 130.0, 90.0, Kind.SPIKE)
    begun = AnomalyGroup(
        group_id=f"id-{name}-{at}",
        measure="orders",
        started=START + STEP * at,
        interval=Interval(START + STEP * (at + 2), START + STEP * (at + 3)),
        severity=90.0,
        kind=Kind.SPIKE,
        series=(score,),
        contributions={"shop": ((name, 100),)},
        causes=(("visits", 80),),
        root_causes=(RootCause((("shop", name),), 97),),
    )
    return replace(begun, **changes)  # type: ignore[arg-type]  # the tests name fields of their own types


def data(name: str = "it", **changes: object) -> ReportData:
    keys: list[SeriesKey] = [("orders", (name,)), ("orders", ("calm",))]
    begun = ReportData(
        title="orders by shop",
        facts=[("Files", "orders.csv")],
        dimensions=["shop"],
        step=STEP,
        threshold=70,
        anomalies=[group(name)],
        lines={key: line(key) for key in keys},
        quality=[("Rows read", "1,200")],
    )
    return replace(begun, **changes)  # type: ignore[arg-type]  # as above


class Page(HTMLParser):
    """What a browser makes of a page: elements with their attributes, scripts, and visible text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.visible = ""
        self._inside = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._inside = tag
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            self.scripts[-1] += data
        elif self._inside != "style":
            self.visible += data


@pytest.fixture(scope="module")
def evil() -> Page:
    planted = [Planted("spike", f"shop {EVIL}", START, START + STEP, None)]
    return Page(page(data(EVIL, title=EVIL, note=EVIL, facts=[(EVIL, EVIL)], planted=planted)))


class TestSafety:
    def test_nothing_is_loaded_from_anywhere(self, evil: Page) -> None:
        for tag, attributes in evil.elements:
            assert tag not in ("link", "iframe", "object", "embed", "img", "base"), tag
            assert "src" not in attributes, tag
            assert (attributes.get("href") or "#").startswith("#"), tag
        styles = (Path(__file__).parents[2] / "local" / "report" / "page.css").read_text()
        assert "url(" not in styles
        assert "@import" not in styles

    def test_the_policy_allows_no_network_and_no_other_script(self, evil: Page) -> None:
        policy = next(
            attributes["content"] or ""
            for tag, attributes in evil.elements
            if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
        )
        assert policy.startswith("default-src 'none'; ")
        scripts = re.search(r"script-src (.*)$", policy)
        assert scripts is not None
        assert re.fullmatch(r"('sha256-[A-Za-z0-9+/=]{44}' ?){2}", scripts[1])

    def test_data_become_text_never_markup(self, evil: Page) -> None:
        assert len(evil.scripts) == 3, "the data, plotly, our own"
        assert evil.visible.count(EVIL) >= 5
        assert not [tag for tag, attributes in evil.elements if any(name.startswith("on") for name in attributes)]

    def test_data_in_the_script_survive_unchanged(self, evil: Page) -> None:
        assert "<" not in evil.scripts[0]
        assert json.loads(evil.scripts[0])["lines"][0]["name"] == f"shop {EVIL}"

    def test_attributes_are_escaped(self) -> None:
        assert element("p", title='"><script>') == '<p title="&quot;&gt;&lt;script&gt;"></p>'


class TestContent:
    def test_an_anomaly_says_what_where_when_and_how_far(self) -> None:
        shown = Page(page(data(zone=zone_named("Europe/Berlin")))).visible
        assert "orders rose: 400 where 100 was expected (+300 %), shop it" in shown
        assert "Mon 2 Mar 2026, 10:20 to 10:35" in shown
        assert "Share by shop" in shown
        assert "Probable causes or effects" in shown
        assert "Root cause: share of the deviation" in shown
        assert "97 %" in shown

    def test_the_severest_come_first(self) -> None:
        groups = [group(at=100, severity=71.0), group(at=200, severity=99.0), group(at=300, severity=85.0)]
        parsed = Page(page(data(anomalies=groups)))
        order = [attributes.get("data-severity") for _, attributes in parsed.elements if "data-severity" in attributes]
        assert order == ["99.00", "85.00", "71.00"]

    def test_no_anomaly_is_said(self) -> None:
        assert "No interval reached severity 70." in Page(page(data(anomalies=[]))).visible

    def test_a_ledger_says_whether_it_adds_up(self) -> None:
        times = (START + 360.0, 60.0, False, START + 10**6)
        good = LedgerLine(Interval(START, START + STEP), "k", 10, 7, 1, 1, 1, 7, 1, 300, *times)
        assert "in every interval" in Page(page(data(ledger=[good]))).visible
        assert "not in 1 intervals" in Page(page(data(ledger=[good, replace(good, stored=6)]))).visible

    def test_planted_incidents_are_found_or_missed(self) -> None:
        found = group()
        planted = [
            Planted("spike", "shop it", found.started, found.interval.end, found.group_id),
            Planted("dip", "shop de", START, START + STEP, None),
        ]
        shown = Page(page(data(planted=planted, unexplained=3)))
        assert "1 of 2 found; 3 anomalies belong to none of them." in shown.visible
        assert ("a", {"href": "#a0"}) in shown.elements
        assert "missed" in shown.visible

    def test_it_is_written_as_utf_8(self, tmp_path: Path) -> None:
        write_report(tmp_path / "report.html", data("größe"))
        assert "shop größe" in (tmp_path / "report.html").read_text("utf-8")


class TestSize:
    def test_few_series_of_many_are_drawn(self) -> None:
        series = [(f"{number}",) for number in range(5000)]
        groups = [group(name, at) for at, (name,) in enumerate(series[:1000])]
        drawn, ordinary = drawn_keys(groups, (("orders", one) for one in series))
        assert len(drawn) <= LINES
        assert len(ordinary) == ORDINARY_LINES
        assert not set(ordinary) & {("orders", one) for one in series[:1000]}

    def test_long_lines_are_cut_to_the_surroundings_of_their_anomalies(self) -> None:
        count = 2 * POINTS
        key = ("orders", ("it",))
        whole = data(lines={key: line(key, count, hit=count // 2)}, anomalies=[group(at=count // 2)])
        drawn = figures(whole, whole.anomalies)["lines"]
        assert isinstance(drawn, list)
        assert len(drawn[0]["value"]) <= POINTS + 3
        (first, kept), *others = drawn[0]["runs"]
        assert not others
        assert first * 60 < whole.anomalies[0].started < first * 60 + kept * STEP
        assert len(drawn[0]["hits"]) == 3

    def test_a_page_without_data_is_hardly_more_than_plotly(self) -> None:
        assert len(page(data())) - len(get_plotlyjs()) < 100_000
        assert page(data()).count("plotly.js v") == 1


def test_times_are_those_of_the_zone_and_gaps_stay_gaps() -> None:
    key = ("orders", ("it",))
    whole = line(key)
    kept = np.r_[0:100, 200:600]
    columns = (getattr(whole, name)[kept] for name in ("starts", "value", "expected", "lower", "upper", "severity"))
    shown = data(lines={key: Line(key, *columns)}, zone=zone_named("Asia/Kolkata"))
    drawn = figures(shown, shown.anomalies)["lines"]
    assert isinstance(drawn, list)
    begin = START // 60 + 330
    assert drawn[0]["runs"] == [[begin, 100], [begin + 1000, 400]]
    assert drawn[0]["expected"][0] is None
