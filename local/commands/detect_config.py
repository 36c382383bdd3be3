"""`tidegate detect-config`: the parameters to deploy with, from a sample of records or a detector of Lookout."""

import argparse
import shlex
from collections.abc import Sequence
from itertools import repeat
from pathlib import Path
from typing import Final

from local.checking import Fault, Findings, advice
from local.exit_codes import DONE
from local.lookout.documents import described
from local.lookout.translation import Translation, translate
from local.sam_deploy import environment_name, print_deployment
from local.sample.proposal import Proposal, propose
from local.sample.rows import Rows, rows_of
from local.sample.source import Sample, read_sample
from local.tabular import line_width, print_table, shown
from tidegate.config import DEFAULT_TIMESTAMP_FORMAT, DetectorConfig
from tidegate.contracts.errors import InputError

_SHOWN_ROWS: Final = 5
_SHOWN_COLUMNS: Final = 10
_SHOWN_CHARACTERS: Final = 32
_GAP: Final = 2
_EXAMPLES: Final = """
A file is JSON lines or CSV, gzip or not; a stream is looked at live, its last quarter of an hour.
With --lookout the files describe detectors of Amazon Lookout for Metrics: CloudFormation templates, or what
describe-anomaly-detector, describe-metric-set and describe-alert printed.

examples:
  tidegate detect-config orders.jsonl
  tidegate detect-config s3://my-bucket/2026/06/01/orders.csv.gz
  tidegate detect-config orders-stream
  tidegate detect-config --lookout detector.yaml
  tidegate detect-config --lookout detector.json dataset.json alert.json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.epilog = _EXAMPLES
    add = parser.add_argument
    help_sources = (
        "a file, - for standard input, a folder (its newest file by name), an S3 object, a stream's name or ARN"
    )
    add("sources", metavar="FILE|s3://...|STREAM", nargs="+", help=help_sources)
    add("--lookout", action="store_true", help="the files describe detectors of Amazon Lookout for Metrics")


def run(options: argparse.Namespace) -> int:
    """Look, guess, print. Raises InputError."""
    if options.lookout:
        for detector in described([Path(source) for source in options.sources]):
            _show_translation(translate(detector))
        return DONE
    source, *others = options.sources
    if others:
        raise InputError(others[0], "one sample at a time; several files only with --lookout")
    sample = read_sample(source)
    rows = rows_of(sample)
    proposal = propose(sample, rows)
    _show_sample(sample, rows)
    _show_columns(proposal)
    _show_proposal(source, sample, proposal)
    return DONE


def _show_sample(sample: Sample, rows: Rows) -> None:
    names = _fitting(rows)
    more = f", {len(rows.columns) - len(names)} more columns" if len(rows.columns) > len(names) else ""
    looked_at = f"{'the first ' if sample.is_part else ''}{len(sample.records):,} records looked at"
    newest = f", the newest by name of {sample.files:,} files" if sample.files > 1 else ""
    title = f"{sample.place}{newest}: {rows.record_format}, {looked_at}{more}"
    cells = [[shown(row.get(name), _SHOWN_CHARACTERS) for name in names] for row in rows.rows[:_SHOWN_ROWS]]
    print_table(title, dict.fromkeys((shown(name, _SHOWN_CHARACTERS) for name in names), "left"), cells)


def _fitting(rows: Rows) -> Sequence[str]:
    """The first columns, as many as stand beside each other on a line; two at least."""
    left = line_width()
    for place, name in enumerate(rows.columns[:_SHOWN_COLUMNS]):
        cells = [
            shown(value, _SHOWN_CHARACTERS) for value in (name, *(row.get(name) for row in rows.rows[:_SHOWN_ROWS]))
        ]
        left -= max(map(len, cells)) + _GAP
        if left < 0:
            return rows.columns[: max(place, 2)]
    return rows.columns[:_SHOWN_COLUMNS]


def _show_columns(proposal: Proposal) -> None:
    rows: Sequence[Sequence[str]] = [
        (
            *(shown(column.name, _SHOWN_CHARACTERS), column.kind, f"{column.values:,}", f"{column.distinct:,}"),
            *(shown(column.example, _SHOWN_CHARACTERS), column.role),
        )
        for column in proposal.columns
    ]
    print_table(
        "\nColumns",
        {"column": "left", "kind": "left", "values": "right", "different": "right", "first": "left", "as": "left"},
        rows,
    )


def _show_proposal(source: str, sample: Sample, proposal: Proposal) -> None:
    findings = Findings(DetectorConfig.from_parameters(proposal.deployment.parameters))
    for number, data in sample.records:
        for verdict in findings.validation.payload(data):
            findings.add(str(number), data, verdict)
    print(f"\nWith the parameters below {findings.good:,} of {findings.records:,} records of the sample can be used.")
    print("\nUnsure about:")
    for remark in (*proposal.unsure, *map(_unused, findings.faults(), repeat(findings.config))):
        print(f"  - {remark}")
    print_deployment(proposal.deployment)
    if not sample.stream_arn and not source.startswith("s3://"):
        name, path = environment_name(proposal.deployment), Path(source)
        again = shlex.quote(source) if path.is_dir() or path.is_file() else "FILE"  # a pipe is empty now
        print(f"Then test it, and other parameters: tidegate check {again} --config-env {name} --set Name=Value")


def _unused(fault: Fault, config: DetectorConfig) -> str:
    """Why records of the sample cannot be used."""
    records = "1 record" if fault.records == 1 else f"{fault.records:,} records"
    lines = f"line{'s' if len(fault.lines) > 1 else ''} {fault.places()}"
    value = f" ({fault.value})" if fault.value else ""
    return f"{records} cannot be used: {fault.detail}{value}, {lines}; {advice(fault.reason, config, fault.value)}."


def _show_translation(translation: Translation) -> None:
    name, config = environment_name(translation.deployment), translation.deployment.config()
    columns = ("it was", "and said", "as a parameter")
    print_table(f"Detector {name}", dict.fromkeys(columns, "left"), translation.carried)
    if translation.remarks:
        print("\nLeft to you:")
        for remark in translation.remarks:
            print(f"  - {remark}")
    print_deployment(translation.deployment)
    whole = ", of the values that DimensionFilters keep out as well" if config.dimension_filters else ""
    print(f"What it finds in a copy of the objects{whole}, before anything is deployed:\n")
    print(f"    {_backtest(name, config)}\n")


def _backtest(name: str, config: DetectorConfig) -> str:
    """With Lookout's split: the oldest 70 % trains."""
    options = [f"--interval {config.interval_minutes}m", f"--timestamp-column {shlex.quote(config.timestamp_column)}"]
    if config.timestamp_format != DEFAULT_TIMESTAMP_FORMAT:
        options.append(f"--timestamp-format {shlex.quote(config.timestamp_format)}")
    if config.timezone != "UTC":
        options.append(f"--timezone {config.timezone}")
    options += [f"--measure {measure.column}:{measure.function}" for measure in config.measures]
    options += [f"--dimension {shlex.quote(dimension)}" for dimension in config.dimensions]
    return f"tidegate backtest FOLDER {' '.join(options)} --train 0.7 --output build/{name}"
