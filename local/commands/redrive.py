"""`tidegate redrive`: quarantined records and failed batches to ingest again; a dry run unless there is --yes."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import boto3
from botocore.config import Config

from local.account import Stack, aws_problems, find_stack
from local.arguments import instant
from local.parameters import deployment
from local.progress import progress
from local.redrive.counts import Counts, count
from local.redrive.entries import UNREADABLE, Selection
from local.redrive.places import Bucket, Folder, Places
from local.redrive.sending import invoker, send_batches, send_quarantined, sender
from local.tabular import Justify, print_table
from local.validation import Validation
from tidegate.aws.clients import CONFIG, s3_client
from tidegate.config import DetectorConfig
from tidegate.contracts.errors import InputError

_INVOKE_SECONDS: Final = 150
"""Longer than the ingest function's time-out."""
_COLUMNS: Final[Mapping[str, Justify]] = {
    "reason": "left",
    "records": "right",
    "chosen": "right",
    "of these good now": "right",
    "": "left",
}
_EXAMPLES: Final = """
Records keep their identities: what comes again is counted once, however often it is sent.
Mend the cause first (a parameter, then sam deploy); docs/operations.md says how.

examples:
  tidegate redrive --stack-name tidegate-ecommerce
  tidegate redrive --config-env ecommerce --reason bad_timestamp --since 2026-06-01T00:00:00 --yes
  tidegate redrive --local build/replay --config-env ecommerce --export bad.jsonl
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.epilog = _EXAMPLES
    add = parser.add_argument
    where = parser.add_mutually_exclusive_group()
    help_stack = "the deployed stack, in the account of the current AWS profile"
    where.add_argument("--stack-name", metavar="NAME", help=help_stack)
    help_local = "look at what `tidegate replay` wrote; nothing can be sent from there"
    where.add_argument("--local", type=Path, metavar="DIR", help=help_local)
    add(
        "--config-env",
        metavar="NAME",
        help="an environment of samconfig.toml: its stack, or with --local its parameters",
    )
    help_set = "with --local: a parameter of template.yaml, to see what it would read; may be repeated"
    add("--set", action="append", default=[], metavar="NAME=VALUE", help=help_set)
    help_reason = "only these: a reason such as bad_timestamp, or a failed batch's such as RetryAttemptsExhausted"
    add("--reason", action="append", default=[], metavar="REASON", help=help_reason)
    add(
        "--since",
        type=instant,
        default=float("-inf"),
        metavar="TIME",
        help="only what arrived then or later, ISO 8601",
    )
    add("--until", type=instant, default=float("inf"), metavar="TIME", help="only what arrived before, ISO 8601")
    add("--yes", action="store_true", help="send; without it nothing is changed")
    help_export = "write the chosen quarantined records as they came, one a line, for `tidegate check`"
    add("--export", type=Path, metavar="FILE", help=help_export)


def run(options: argparse.Namespace) -> int:
    """Count; with --yes send, and count again. Raises InputError."""
    selection = Selection(frozenset(options.reason), options.since, options.until)
    if options.local:
        if options.yes:
            raise InputError("--yes", "a folder has no function to send to: mend the records and replay them again")
        given = deployment(options.config_env, options.set)
        validation = Validation(given.config()) if options.config_env or options.set else None
        places: Places = Folder(options.local)
        _show_counts(str(options.local), count(places, selection, validation), validation is not None)
        _export(options.export, places, selection)
        return 0
    name = options.stack_name or (options.config_env and deployment(options.config_env, []).stack_name)
    if not name:
        raise InputError("--stack-name", "is missing: name the stack, or give --config-env or --local")
    return _on_account(find_stack(name), selection, options)


def _on_account(stack: Stack, selection: Selection, options: argparse.Namespace) -> int:
    function = stack.output("IngestFunctionName")
    settings = Config(read_timeout=_INVOKE_SECONDS, retries={"mode": "standard", "total_max_attempts": 2})
    with aws_problems(stack.name):
        client = boto3.client("lambda", config=CONFIG.merge(settings))
        deployed = client.get_function_configuration(FunctionName=function)
        bucket = Bucket(s3_client(), stack.output("OperationsBucketName"))
    validation = Validation(DetectorConfig.from_parameters(_variables(deployed)))
    before = count(bucket, selection, validation)
    _show_counts(stack.name, before, has_validation=True)
    _export(options.export, bucket, selection)
    chosen = before.chosen.total()
    if not chosen or not options.yes:
        print(f"Nothing was sent.{f' With --yes {chosen:,} records go to {function} again.' if chosen else ''}")
        return 0
    invoke = invoker(client, function)
    with progress("sending", chosen, "records") as advance:
        quarantined, batches = bucket.quarantined(), bucket.batches()
        sent = send_batches(batches, selection, bucket, invoke, advance)
        send = sender(invoke, stack.stream_arn, deployed["Role"])
        sent += send_quarantined(quarantined, selection, bucket, send, advance)
    after = count(bucket, Selection())
    _show_difference(before, after)
    print(
        f"{sent:,} records sent to {function}; their objects are in s3://{stack.output('OperationsBucketName')}/redriven/"
    )
    return 0


def _variables(deployed: Mapping[str, object]) -> dict[str, str]:
    environment = deployed.get("Environment")
    variables = environment.get("Variables", {}) if isinstance(environment, Mapping) else {}
    return {str(name): str(value) for name, value in variables.items()}


def _show_counts(place: str, counts: Counts, has_validation: bool) -> None:
    if not counts.present:
        print(f"{place}: nothing is in quarantine, and no batch has failed")
        return
    rows = [
        (
            reason,
            f"{number:,}",
            f"{counts.chosen[reason]:,}",
            f"{counts.readable[reason]:,}" if has_validation and reason not in counts.batches else "",
            _remark(reason, counts),
        )
        for reason, number in counts.present.most_common()
    ]
    print_table(f"{place}: quarantined records and failed batches", _COLUMNS, rows)


def _remark(reason: str, counts: Counts) -> str:
    if counts.lost[reason]:
        return f"{counts.lost[reason]:,} without their records: replay them from the stream"
    if counts.batches[reason]:
        batches = counts.batches[reason]
        return f"in {batches:,} failed {'batch' if batches == 1 else 'batches'}"
    return "no configuration reads them: they stay" if reason in UNREADABLE else ""


def _show_difference(before: Counts, after: Counts) -> None:
    reasons = sorted(before.present | after.present)
    rows: list[Sequence[str]] = [
        (reason, f"{before.present[reason]:,}", f"{before.chosen[reason]:,}", f"{after.present[reason]:,}")
        for reason in reasons
    ]
    totals = (before.present.total(), before.chosen.total(), after.present.total())
    rows.append(("all", *map("{:,}".format, totals)))
    print_table("\nSent", {"reason": "left", "before": "right", "sent": "right", "after": "right"}, rows)


def _export(path: Path | None, places: Places, selection: Selection) -> None:
    if path is None:
        return
    written = 0
    try:
        with path.open("wb") as file:
            for found in places.quarantined():
                chosen, _ = found.split(selection)
                file.writelines(record.data + b"\n" for record in chosen)
                written += len(chosen)
    except OSError as error:
        raise InputError(f"--export {path}", f"cannot be written: {error.strerror}") from None
    print(f"{written:,} records written to {path}")
