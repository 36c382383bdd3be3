"""`tidegate check`: a configuration against a sample, through the reader of the ingest function."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from local.checking import Findings, advice
from local.exit_codes import DONE, NOT_WELL
from local.filtered import what_filters
from local.history.files import history_files
from local.parameters import deployment
from local.progress import progress
from local.readable import readable_again
from local.record_files import NO_RECORDS, detect_format, read_lines
from local.summary import print_summary
from local.tabular import print_table
from tidegate.config import DetectorConfig
from tidegate.contracts.errors import InputError
from tidegate.ingest.reader import reader_of

_EXAMPLES: Final = """
Exit code 0 when all records can be used, 1 when some cannot or
DimensionFilters keep out every one, 2 when the configuration or the file is wrong.
The file says whether records are JSON or CSV, unless the configuration does.

examples:
  tidegate check orders.jsonl --config-env ecommerce
  tidegate check sensors.csv --set Measures=value:AVG --set Dimensions=sensor --set TimestampColumn=time
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.epilog = _EXAMPLES
    add = parser.add_argument
    help_file = "JSON lines, or CSV with a header; either may be gzip; a folder of them, or - for standard input"
    add("file", type=Path, metavar="FILE", help=help_file)
    add("--config-env", metavar="NAME", help="an environment of samconfig.toml: ecommerce, traffic")
    help_set = "a parameter of template.yaml; wins over the environment's; may be repeated"
    add("--set", action="append", default=[], metavar="NAME=VALUE", help=help_set)


def run(options: argparse.Namespace) -> int:
    """Read everything, count, print. Raises InputError and ConfigurationError."""
    given = deployment(options.config_env, options.set)
    with readable_again(history_files([options.file])) as paths:
        from_file = _from_file(paths, given.parameters)
        config = given.with_parameters(**from_file).config()
        findings = Findings(config)
        with progress("reading", None, "lines") as advance:
            for line in read_lines(paths, config.csv_columns, reader_of(config)):
                place = str(line.number) if len(paths) == 1 else f"{line.path.relative_to(options.file)}:{line.number}"
                for verdict in findings.validation.payload(line.data):
                    findings.add(place, line.data, verdict)
                advance(1)
        if not findings.records:
            raise InputError(str(options.file), NO_RECORDS)
        _show(options.file, config, findings, from_file)
        if findings.is_all_filtered:
            print(what_filters(paths, config))
    return NOT_WELL if findings.bad or findings.is_all_filtered else DONE


def _from_file(paths: Sequence[Path], parameters: Mapping[str, str]) -> dict[str, str]:
    """The parameters that the files decide because nobody has given them."""
    return {name: text for name, text in detect_format(paths, parameters).items() if not parameters.get(name)}


def _show(path: Path, config: DetectorConfig, findings: Findings, from_file: Mapping[str, str]) -> None:
    if findings.bad:
        faults = findings.faults()
        rows = [(fault.reason, f"{fault.records:,}", fault.places(), fault.detail, fault.value) for fault in faults]
        columns = ("reason", "records", "lines", "what is wrong", "value")
        print_table(f"{path}: records that cannot be used", dict.fromkeys(columns, "left"), rows)
        for said in dict.fromkeys(f"{fault.reason}: {advice(fault.reason, config, fault.value)}" for fault in faults):
            print(said)
        print()
    summary = [("records", f"{findings.records:,}"), ("can be used", f"{findings.good:,}")]
    if findings.filtered:
        summary.append(("kept out by DimensionFilters", f"{findings.filtered:,}"))
    summary.append(("cannot be used", f"{findings.bad:,}"))
    if findings.good:
        series = len(findings.series) * len(config.measures)
        summary += [("time", findings.span()), ("series", f"{series:,} of {', '.join(config.measure_names)}")]
        nulls = [f"{name} {findings.good - number:,}" for name, number in findings.present.items()]
        summary.append(("null", ", ".join(nulls)))
    is_well = not findings.bad and not findings.is_all_filtered
    print_summary("Validation successful" if is_well else "Validation failed", summary)
    for name in findings.absent():
        print(f"Warning: no record has a column {name}; is the name right?")
    for name, text in from_file.items():
        if text != "json":
            print(f"The file says {name}={text}: deploy with it.")
