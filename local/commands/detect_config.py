"""`tidegate detect-config`: a sample of records as a table, and the parameters to deploy with."""

import argparse
from collections.abc import Sequence
from typing import Final

from local.exit_codes import DONE
from local.sample.proposal import Proposal, propose
from local.sample.rows import Rows, rows_of
from local.sample.source import Sample, read_sample
from local.tabular import line_width, print_table, shown
from local.validation import Validation
from tidegate.config import DetectorConfig

_SHOWN_ROWS: Final = 5
_SHOWN_COLUMNS: Final = 10
_SHOWN_CHARACTERS: Final = 32
_GAP: Final = 2
_EXAMPLES: Final = """
A file is JSON lines or CSV, gzip or not; a stream is looked at live, its last quarter of an hour.

examples:
  tidegate detect-config orders.jsonl
  tidegate detect-config s3://my-bucket/2026/06/01/orders.csv.gz
  tidegate detect-config orders-stream
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.epilog = _EXAMPLES
    parser.add_argument("source", metavar="FILE|s3://...|STREAM", help="a file, an S3 object, a stream's name or ARN")


def run(options: argparse.Namespace) -> int:
    """Look, guess, print. Raises InputError."""
    sample = read_sample(options.source)
    rows = rows_of(sample)
    proposal = propose(sample, rows)
    _show_sample(sample, rows)
    _show_columns(proposal)
    _show_proposal(options.source, sample, proposal)
    return DONE


def _show_sample(sample: Sample, rows: Rows) -> None:
    names = _fitting(rows)
    more = f", {len(rows.columns) - len(names)} more columns" if len(rows.columns) > len(names) else ""
    looked_at = f"{'the first ' if sample.is_part else ''}{len(sample.records):,} records looked at"
    title = f"{sample.place}: {rows.record_format}, {looked_at}{more}"
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
    validation = Validation(DetectorConfig.from_parameters(proposal.parameters))
    verdicts = [verdict for _, data in sample.records for verdict in validation.payload(data)]
    good = sum(verdict.bad is None for verdict in verdicts)
    print(f"\nWith the parameters below {good:,} of {len(verdicts):,} records of the sample can be used.")
    print("\nUnsure about:")
    for remark in proposal.unsure:
        print(f"  - {remark}")
    print("\nFor samconfig.toml:\n")
    print("".join(f"    {line}\n" if line else "\n" for line in proposal.samconfig().splitlines()))
    print(f"Or at once:\n\n    {proposal.command()}\n")
    if not sample.stream_arn and not source.startswith("s3://"):
        name = proposal.stack_name.removeprefix("tidegate-")
        print(f"Then test it, and other parameters: tidegate check {source} --config-env {name} --set Name=Value")
