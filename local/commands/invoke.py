"""`tidegate invoke`: one function on one event, on an embedded AWS that holds nothing else."""

import argparse
import json
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from local.batch_response import FunctionError
from local.exit_codes import DONE, NOT_WELL
from local.function_output import OUTPUT
from local.functions import LocalFunction
from local.parameters import add_parameter_arguments, deployment, environments
from local.stack import local_stack
from local.written import lines, written
from tidegate.contracts.errors import InputError

DEFAULT_ENVIRONMENT: Final = "ecommerce"
_EXAMPLES: Final = """
examples:
  tidegate invoke ingest events/ingest-ecommerce.json
  tidegate invoke alert events/alert-lookout-2022.json --json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.epilog = _EXAMPLES
    add = parser.add_argument
    add("function", metavar="FUNCTION", help="generate, ingest, flush, detect or alert")
    add("event", type=Path, metavar="EVENT.json", help="what it is called with; events/ has one for each")
    add_parameter_arguments(parser)
    parser.description = f"{parser.description} The environment is the one that the event's name says, else ecommerce."
    add("--json", action="store_true", help="print one JSON document instead of text")


def run(options: argparse.Namespace) -> int:
    """Invoke, show; NOT_WELL when the function raised. Raises InputError and ConfigurationError."""
    OUTPUT.verbose = options.verbose
    given = deployment(options.config_env or _environment_of(options.event), options.set, options.verbose)
    given.config()
    event = _read_event(options.event)
    with local_stack(given, _instant(event)) as stack:
        function = _function(options.function, stack.functions)
        document: dict[str, Any] = {"function": function.folder, "event": str(options.event)}
        try:
            document["returned"] = function.invoke(event)
        except FunctionError as error:
            document["raised"] = str(error)
        document |= written(stack)
    if options.json:
        print(json.dumps(document, indent=1, ensure_ascii=False))
    else:
        answer = "raised" if "raised" in document else "returned"
        print(f"{answer}: {json.dumps(document[answer], ensure_ascii=False)}")
        print("\n".join(lines(document)))
    return NOT_WELL if "raised" in document else DONE


def _read_event(path: Path) -> object:
    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        raise InputError(str(path), f"cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise InputError(str(path), f"is not JSON: {error}") from None


def _environment_of(event: Path) -> str:
    return next((name for name in environments() if name in event.stem.split("-")), DEFAULT_ENVIRONMENT)


def _function(name: str, functions: Mapping[str, LocalFunction]) -> LocalFunction:
    if name in functions:
        return functions[name]
    if name == "generate":
        raise InputError(name, "is only there with a generator: --set DeployGenerator=ecommerce")
    raise InputError(name, f"is no function; there are {', '.join(functions)}")


def _instant(event: object) -> float:
    """The time that an event speaks of, else the present: seconds since 1970 UTC."""
    if not isinstance(event, dict):
        return time.time()
    records = event.get("Records")
    try:
        if isinstance(records, list):
            return max(float(record["kinesis"]["approximateArrivalTimestamp"]) for record in records)
        return datetime.fromisoformat(event["time"]).timestamp()
    except (KeyError, TypeError, ValueError):
        return time.time()
