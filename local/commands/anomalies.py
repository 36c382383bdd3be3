"""`tidegate anomalies`: list, show, judge and export the anomalies of a stack, or of a replay's folder."""

import argparse
import webbrowser
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from local.account import find_stack
from local.anomalies.chart import chart
from local.anomalies.export import rows, write
from local.anomalies.places import Account, Folder, Place
from local.anomalies.selection import Selection, by_time, named, short_length
from local.anomalies.series import around
from local.arguments import instant, severity
from local.exit_codes import DONE
from local.parameters import deployment
from local.place_arguments import add_place_arguments, stack_name
from local.report.words import duration
from local.tabular import Justify, print_table
from tidegate.alert.messages import long_text
from tidegate.alert.phrases import place, zoned
from tidegate.alert.record import AnomalyRecord, Feedback, Notice
from tidegate.alert.sentences import what_is_over
from tidegate.alert.text import cleaned
from tidegate.config import DetectorConfig
from tidegate.contracts.errors import InputError
from tidegate.contracts.incident_facts import IncidentState

_COLUMNS: Final[Mapping[str, Justify]] = {
    "group": "left",
    "began": "left",
    "lasted": "left",
    "severity": "right",
    "measure": "left",
    "kind": "left",
    "worst series": "left",
}
_FEEDBACK: Final[Mapping[str, Justify]] = {"real?": "left"}
"""The column of what people said, shown when somebody has said something: 80 characters are few."""
_TIME: Final = "ISO 8601, UTC without an offset"
_EXAMPLES: Final = """
A GROUP is an anomaly group's id, the beginning of one as `list` shows it, or an alertEventId.

examples:
  tidegate anomalies list --stack-name tidegate-ecommerce --severity 90 --dimension marketplace=it
  tidegate anomalies show 5554f647 --local build/demo --config-env ecommerce
  tidegate anomalies feedback 5554f647 no --stack-name tidegate-ecommerce
  tidegate anomalies export --output s3://my-lake/anomalies/ --stack-name tidegate-ecommerce
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the four."""
    parser.epilog = _EXAMPLES
    parts = parser.add_subparsers(dest="part", metavar="PART", required=True)
    listing = parts.add_parser("list", help="a line an anomaly, the latest last")
    showing = parts.add_parser("show", help="one anomaly: facts, contributions, series, and the worst of them drawn")
    judging = parts.add_parser("feedback", help="say whether it was an anomaly; the last word counts")
    exporting = parts.add_parser("export", help="CSV or JSON lines, to a file or to S3 for Athena")
    for part in (listing, showing, judging, exporting):
        add_place_arguments(part, "what `tidegate replay` or `tidegate demo` wrote")
    for part in (listing, exporting):
        _add_selection(part)
    for part in (showing, judging):
        part.add_argument("group", metavar="GROUP")
    help_series = "only the series with this value; may be repeated, then all must hold; of stacks only"
    judging.add_argument("--dimension", action="append", type=_pair, default=[], metavar="NAME=VALUE", help=help_series)
    judging.add_argument("answer", choices=list(map(str, Feedback)), metavar="yes|no")
    showing.add_argument("--open", action="store_true", help="open the report, or the stack's dashboard, in a browser")
    help_set = "with --local: a parameter of template.yaml that the replay had; may be repeated"
    showing.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help=help_set)
    help_output = "a file that ends in .csv or .jsonl, or s3://bucket/prefix/"
    exporting.add_argument("--output", required=True, metavar="WHERE", help=help_output)


def run(options: argparse.Namespace) -> int:
    """Do the part. Raises InputError."""
    parts: dict[str, Callable[[argparse.Namespace, Place], None]] = {
        "list": _list,
        "show": _show,
        "feedback": _feedback,
        "export": _export,
    }
    parts[options.part](options, _place(options))
    return DONE


def _add_selection(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    first, last = float("-inf"), float("inf")
    add("--since", type=instant, default=first, metavar="TIME", help=f"that went on then or later, {_TIME}")
    add("--until", type=instant, default=last, metavar="TIME", help=f"that began before, {_TIME}")
    add("--severity", type=severity, default=0.0, metavar="N", help="of at least this severity")
    add("--measure", action="append", default=[], metavar="NAME", help="of this measure; may be repeated")
    help_dimension = "in series with this value; may be repeated, then all must hold"
    add("--dimension", action="append", type=_pair, default=[], metavar="NAME=VALUE", help=help_dimension)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE, such as marketplace=it")
    return name, value


def _place(options: argparse.Namespace) -> Place:
    if options.local:
        return Folder(options.local)
    return Account(find_stack(stack_name(options)))


def _chosen(options: argparse.Namespace, where: Place) -> list[AnomalyRecord]:
    measures, dimensions = frozenset(options.measure), tuple(options.dimension)
    selection = Selection(options.since, options.until, options.severity, measures, dimensions)
    return by_time(filter(selection.takes, where.records(options.since)))


def _list(options: argparse.Namespace, where: Place) -> None:
    chosen = _chosen(options, where)
    if not chosen:
        print("No anomalies.")
        return
    size, is_judged = short_length(chosen), any(record.feedback for record in chosen)
    lines = ((*_line(record, size), *([record.feedback or ""] if is_judged else [])) for record in chosen)
    title = "1 anomaly" if len(chosen) == 1 else f"{len(chosen):,} anomalies"
    print_table(title, {**_COLUMNS, **(_FEEDBACK if is_judged else {})}, lines)


def _line(record: AnomalyRecord, size: int) -> tuple[str, ...]:
    event = record.event
    if record.ended_at is not None:
        lasted = duration(int(record.ended_at - record.started))
    else:
        lasted = "not over" if event.facts else ""
    return (
        cleaned(event.group[:size]),
        zoned(event, record.started),
        lasted,
        f"{record.severity:.1f}",
        cleaned(event.measure),
        record.kind.value if record.kind else "",
        " · ".join(cleaned(value) or "(none)" for _, value in event.series[0].dimensions) if event.series else "",
    )


def _show(options: argparse.Namespace, where: Place) -> None:
    record = named(where.records(), options.group)
    print(long_text(record, Notice.STARTED), end="")
    if record.state is IncidentState.ENDED and record.ended_at is not None:
        print(f"\n{what_is_over(record)}")
    if record.feedback:
        print(f"\nFeedback: {'an' if record.feedback is Feedback.YES else 'not an'} anomaly")
    said = where.said(record)
    lines = said.lines(record) if said else []
    if lines:
        print("\n".join(["\nFeedback by series", *lines]))
    _draw(record, where, options)
    if options.open:
        _open(record, options)


def _draw(record: AnomalyRecord, where: Place, options: argparse.Namespace) -> None:
    config = _config(where, options)
    if config is None:
        print("\nWith --config-env or --set, as the replay had them, the worst series is drawn.")
        return
    event = record.event
    dimensions = sorted(name for name, _ in event.series[0].dimensions) if event.series else sorted(config.dimensions)
    if event.measure not in config.measure_names or dimensions != sorted(config.dimensions):
        theirs = _by(", ".join(config.measure_names), sorted(config.dimensions))
        what = cleaned(_by(event.measure, dimensions))
        print(f"\nNothing is drawn: these parameters have no {what}, but {theirs}. Give those of the replay.")
        return
    drawn = around(record, where, config)
    if drawn is None:
        print("\nNothing of the worst series is published around it.")
        return
    print(f"\n{cleaned(event.measure)} {place(event.series[0].dimensions)}".rstrip())
    print("\n".join(chart(drawn.values, drawn.marked)))
    print(f"{zoned(event, drawn.first.start)} to {zoned(event, drawn.last.end)}, ^ the incident")


def _by(measures: str, dimensions: Sequence[str]) -> str:
    return f"{measures} by {', '.join(dimensions)}" if dimensions else measures


def _config(where: Place, options: argparse.Namespace) -> DetectorConfig | None:
    if isinstance(where, Account):
        if options.set:
            raise InputError("--set", "is for --local: a stack knows its own parameters")
        return where.config()
    return deployment(options.config_env, options.set).config() if options.config_env or options.set else None


def _open(record: AnomalyRecord, options: argparse.Namespace) -> None:
    if options.local:
        page = options.local / "report.html"
        if not page.exists():
            raise InputError(str(page), "is not there: run the replay again")
        webbrowser.open(page.resolve().as_uri())
        return
    url = record.event.console_url or ""
    if not url.startswith("https://"):
        raise InputError(options.group, "has no link")
    webbrowser.open(url)


def _feedback(options: argparse.Namespace, where: Place) -> None:
    record = named(where.records(), options.group)
    answer = Feedback(options.answer)
    where.give_feedback(record, answer, options.dimension)
    said = "an anomaly" if answer is Feedback.YES else "not an anomaly"
    series = f" in {place(options.dimension)}" if options.dimension else ""
    print(f"{cleaned(record.event.group)} is {said}{series}.")


def _export(options: argparse.Namespace, where: Place) -> None:
    chosen = _chosen(options, where)
    for written in write(rows(chosen), options.output):
        print(f"{len(chosen):,} anomalies written to {written}")
