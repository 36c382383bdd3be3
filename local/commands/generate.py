"""`tidegate generate`: sample records as JSON lines, and beside them a file that says what was planted."""

import argparse
import json
import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TextIO

from local.exit_codes import DONE
from local.progress import progress
from tidegate.contracts.alert_time import utc_text
from tidegate.contracts.errors import InputError
from tidegate.generate.generator import SCENARIOS, Generator
from tidegate.generate.labels import label_document
from tidegate.generate.plan import LEARNING_HOURS

START: Final = "2026-06-01T00:00:00Z"
YEARS: Final = (31_536_000, 32_503_680_000)
"""1971-01-01 and 3000-01-01 in UTC."""
_EPILOG: Final = """\
The records are a function of scenario, seed and time: the same minute is the same in every run.

examples:
  tidegate generate ecommerce --hours 72 --seed 7 --output shop.jsonl
  tidegate generate traffic --hours 48 --seed 1 --start 2026-03-28T00:00:00Z | gzip > traffic.jsonl.gz
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.epilog = _EPILOG
    parser.add_argument("scenario", choices=SCENARIOS, help="what the records are about")
    parser.add_argument("--hours", type=float, required=True, metavar="N", help="length of the time generated")
    parser.add_argument("--seed", type=int, required=True, metavar="S", help="chooses noise and incidents")
    parser.add_argument("--start", default=START, metavar="TIME", help=f"ISO 8601, UTC without an offset [{START}]")
    parser.add_argument(
        "--quiet-hours",
        type=int,
        default=LEARNING_HOURS,
        metavar="N",
        help=f"hours after the start in which nothing is planted, for a detector to learn in [{LEARNING_HOURS}]",
    )
    parser.add_argument("--output", type=Path, metavar="FILE", help="where the records go [standard output]")
    parser.add_argument(
        "--labels",
        type=Path,
        metavar="FILE",
        help="where the labels go, JSON [beside the output FILE as FILE.labels.json; "
        "without --output SCENARIO.labels.json in the working directory]",
    )


def run(options: argparse.Namespace) -> int:
    """Write labels, then records; returns the exit code. Raises InputError."""
    start, end = _span(options.start, options.hours)
    if options.quiet_hours < 0:
        raise InputError("--quiet-hours", f"{options.quiet_hours} is negative: give 0 to plant from the beginning")
    labels = options.labels or _labels_beside(options.output, options.scenario)
    if labels == options.output:
        raise InputError("--labels", f"{labels} is the records' file: give another")
    generator = Generator.named(options.scenario, options.seed, start, options.quiet_hours)
    incidents = generator.incidents(start, end)
    with _writing(labels) as file:
        json.dump(label_document(options.scenario, options.seed, start, end, incidents), file, indent=2)
        file.write("\n")
    with _writing(options.output) as file:
        written = _write(generator, start, end, file)
    planted = f"{len(incidents)} incident{'' if len(incidents) == 1 else 's'}"
    print(
        f"{written:,} records from {utc_text(start)} to {utc_text(end)}"
        f"{'' if options.output is None else f' in {options.output}'}; {planted} in {labels}",
        file=sys.stderr,
    )
    return DONE


def _write(generator: Generator, start: int, end: int, file: TextIO) -> int:
    """Write all records; returns how many. No progress when records go to a terminal: it would stand among them."""
    written = 0
    shown = nullcontext(lambda _: None) if file.isatty() else progress("generating", (end - start) // 60, "minutes")
    with shown as advance:
        for samples in generator.span(start, end):
            file.writelines(f"{sample.text}\n" for sample in samples)
            written += len(samples)
            advance(1)
    return written


def _span(start: str, hours: float) -> tuple[int, int]:
    """Start and end in seconds since 1970 UTC."""
    try:
        moment = datetime.fromisoformat(start)
    except ValueError:
        raise InputError("--start", f"{start!r} is no time: write it as {START}") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if moment.second or moment.microsecond:
        raise InputError("--start", f"{start!r} must be a whole minute")
    if not math.isfinite(hours) or round(60 * hours) < 1:
        raise InputError("--hours", f"{hours:g} must be at least a minute")
    first = int(moment.timestamp())
    end = first + 60 * round(60 * hours)
    if first < YEARS[0] or end > YEARS[1]:
        raise InputError("--start", f"{start!r} and {hours:g} hours from then must lie in the years 1971 to 2999")
    return first, end


def _labels_beside(output: Path | None, scenario: str) -> Path:
    return Path(f"{scenario}.labels.json") if output is None else Path(f"{output}.labels.json")


@contextmanager
def _writing(path: Path | None) -> Iterator[TextIO]:
    """A file to write, or standard output; InputError says why it cannot be written."""
    try:
        with nullcontext(sys.stdout) if path is None else path.open("w", encoding="utf-8", newline="\n") as file:
            yield file
            file.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise InputError(str(path or "standard output"), f"cannot be written: {error.strerror}") from error
