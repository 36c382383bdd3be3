"""`tidegate redrive`: what failed is sent again, records to ingest, alert events to alert; a dry run without --yes."""

import argparse
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import boto3
from botocore.config import Config

from local.account import Stack, aws_problems, find_stack
from local.arguments import instant
from local.exit_codes import DONE
from local.parameters import deployment
from local.place_arguments import add_place_arguments, stack_name
from local.progress import progress
from local.redrive.alert_queue import AlertQueue, FailedAlert, chosen, send_alerts
from local.redrive.counts import Counts, count
from local.redrive.entries import IOT_ERROR, UNREADABLE, Selection
from local.redrive.places import Bucket, Folder, Places
from local.redrive.sending import Invoke, invoker, send_batches, send_quarantined, sender
from local.tabular import Justify, print_table
from local.validation import Validation
from tidegate.aws.clients import CONFIG, s3_client
from tidegate.config import DetectorConfig
from tidegate.contracts.errors import InputError

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

_INVOKE_SECONDS: Final = 150
"""Longer than the ingest function's time-out."""
_COLUMNS: Final[Mapping[str, Justify]] = {
    "reason": "left",
    "records": "right",
    "chosen": "right",
    "of these good now": "right",
    "": "left",
}
_EVENT_COLUMNS: Final[Mapping[str, Justify]] = {"reason": "left", "events": "right", "chosen": "right"}
_EXAMPLES: Final = """
Quarantined records, failed batches and messages that the IoT rule could not put on the stream go to ingest; alert
events in the failure queue go to the alert function. All keep their identities: what comes again is counted once and
told once, however often it is sent.
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
    add_place_arguments(parser, "look at what `tidegate replay` wrote; nothing can be sent from there")
    help_set = "with --local: a parameter of template.yaml, to see what it would read; may be repeated"
    add("--set", action="append", default=[], metavar="NAME=VALUE", help=help_set)
    help_reason = "only these, as the tables show them: bad_timestamp, RetryAttemptsExhausted, MalformedAlert ..."
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
        return DONE
    return _on_account(find_stack(stack_name(options)), selection, options)


def _on_account(stack: Stack, selection: Selection, options: argparse.Namespace) -> int:
    function = stack.output("IngestFunctionName")
    settings = Config(read_timeout=_INVOKE_SECONDS, retries={"mode": "standard", "total_max_attempts": 2})
    with aws_problems(stack.name):
        client = boto3.client("lambda", config=CONFIG.merge(settings))
        deployed = client.get_function_configuration(FunctionName=function)
    config = DetectorConfig.from_parameters(_variables(deployed))
    bucket = Bucket(s3_client(), stack.output("OperationsBucketName"), config.timestamp_column, time.time())
    _records(
        stack, (client, function, deployed["Role"]), bucket, Validation(config), selection=selection, options=options
    )
    queue = AlertQueue(boto3.client("sqs", config=CONFIG), stack.output("AlertFailuresUrl"))
    _alerts(stack, queue, invoker(client, stack.output("AlertFunctionName")), selection, options)
    return DONE


def _records(
    stack: Stack,
    ingest: tuple["LambdaClient", str, str],
    bucket: Bucket,
    validation: Validation,
    *,
    selection: Selection,
    options: argparse.Namespace,
) -> None:
    """Count the records; with --yes send them. ingest: client, the function's name, its role's ARN."""
    client, function, role = ingest
    before = count(bucket, selection, validation)
    _show_counts(stack.name, before, has_validation=True)
    _export(options.export, bucket, selection)
    meant = before.chosen.total()
    if not meant or not options.yes:
        print(f"Nothing was sent.{f' With --yes {meant:,} records go to {function} again.' if meant else ''}")
        return
    invoke = invoker(client, function)
    with progress("sending", meant, "records") as advance:
        quarantined, batches = bucket.quarantined(), bucket.batches()
        sent = send_batches(batches, selection, bucket, invoke, advance)
        send = sender(invoke, stack.stream_arn, role)
        sent += send_quarantined(quarantined, selection, bucket, send, advance)
    after = count(bucket, Selection())
    _show_difference(before.present, before.chosen, after.present)
    place = f"s3://{stack.output('OperationsBucketName')}/redriven/"
    print(f"{sent:,} records sent to {function}; their objects are in {place}")


def _alerts(stack: Stack, queue: AlertQueue, invoke: Invoke, selection: Selection, options: argparse.Namespace) -> None:
    """Count the alert events that wait in the failure queue; with --yes send them."""
    present = queue.take()
    meant = chosen(present, selection)
    for alert in present:
        if not options.yes or alert not in meant:
            queue.give_back(alert)
    if not present:
        return
    before, to_send = _by_reason(present), _by_reason(meant)
    rows = [(reason, f"{number:,}", f"{to_send[reason]:,}") for reason, number in before.most_common()]
    print_table(f"\n{stack.name}: alert events that failed", _EVENT_COLUMNS, rows)
    function = stack.output("AlertFunctionName")
    if not meant or not options.yes:
        print(f"Nothing was sent.{f' With --yes {len(meant):,} events go to {function} again.' if meant else ''}")
        return
    sent, refused = send_alerts(meant, queue, invoke)
    _show_difference(before, to_send, before - sent)
    print(f"{sent.total():,} events taken by {function}")
    for reason, problem in refused.items():
        print(f"{reason}: {problem}")


def _by_reason(alerts: Sequence[FailedAlert]) -> Counter[str]:
    return Counter(alert.reason for alert in alerts)


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
    if reason == IOT_ERROR:
        return "never were on the stream: they arrive now"
    return "no configuration reads them: they stay" if reason in UNREADABLE else ""


def _show_difference(before: Counter[str], sent: Counter[str], after: Counter[str]) -> None:
    counts = (before, sent, after)
    rows: list[Sequence[str]] = [
        (reason, *(f"{count[reason]:,}" for count in counts)) for reason in sorted(before | after)
    ]
    rows.append(("all", *(f"{count.total():,}" for count in counts)))
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
