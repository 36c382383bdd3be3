"""The functions of template.yaml in this process, called as Lambda calls them: its context, its environment."""

import importlib.util
import json
import logging
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import Any, Final
from uuid import UUID, uuid4

from local.batch_response import FunctionError
from local.function_output import OUTPUT
from local.template import ROOT, Template

type Handler = Callable[[Any, "Context"], object]

_loads: Final = count()
"""Each load of a function is a module of its own, so that nothing one configuration cached reaches another."""


@dataclass(frozen=True, slots=True)
class Context:
    """Lambda's context object, as far as handlers and Powertools read it."""

    function_name: str
    invoked_function_arn: str
    memory_limit_in_mb: int
    deadline: float
    aws_request_id: str
    function_version: str = "$LATEST"
    log_group_name: str = "local"
    log_stream_name: str = "local"

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds of real time until the function's time-out."""
        return max(0, round((self.deadline - time.monotonic()) * 1000))


class LocalFunction:
    """One function of the template, by the name of its folder below functions/.

    failures: how many of its calls failed; last_error: of the last one.
    """

    def __init__(self, logical: str, properties: Mapping[str, Any], template: Template, *, is_quiet: bool) -> None:
        shared = template.shared_by_functions()
        own = properties.get("Environment", {}).get("Variables", {})
        self.failures = 0
        self.last_error = ""
        self.folder: Final = str(properties["CodeUri"]).removeprefix("functions/")
        self.name: Final = template.name(logical)
        self.arn: Final = template.arn(logical)
        self.role_arn: Final = str(properties["Role"])
        self.timeout: Final = float(properties["Timeout"])
        self.events: Final[Mapping[str, Any]] = properties.get("Events", {})
        self.retries: Final = int(properties.get("EventInvokeConfig", {}).get("MaximumRetryAttempts", 2))
        self.environment: Final = {
            name: str(value) for name, value in {**shared["Environment"]["Variables"], **own}.items()
        }
        level = "WARN" if is_quiet else str(properties["LoggingConfig"]["ApplicationLogLevel"])
        self._of_lambda: Final = {"AWS_LAMBDA_LOG_LEVEL": level}
        self._memory: Final = int(properties["MemorySize"])
        self._handler_name: Final = str(properties.get("Handler", shared["Handler"]))

    def invoke(self, event: object, request_id: UUID | None = None) -> object:
        """Call the handler; what it returns must be JSON. Raises FunctionError with the handler's traceback."""
        deadline = time.monotonic() + self.timeout
        context = Context(self.name, self.arn, self._memory, deadline, str(request_id or uuid4()))
        with _environment({**self.environment, **self._of_lambda}), redirect_stdout(OUTPUT):
            try:
                result = self._handler(event, context)
                return json.loads(json.dumps(result))
            except Exception as error:  # whatever a handler raises is a failed invocation, as in Lambda
                OUTPUT.write(traceback.format_exc())
                self.failures += 1
                self.last_error = f"{self.folder}: {type(error).__name__}: {error}"
                raise FunctionError(self.last_error) from error

    @cached_property
    def _handler(self) -> Handler:
        module_name, function_name = self._handler_name.split(".")
        path = ROOT / "functions" / self.folder / f"{module_name}.py"
        spec = importlib.util.spec_from_file_location(f"tidegate_function_{self.folder}_{next(_loads)}", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[module.__name__] = module
        with _own_logger(self.folder):
            spec.loader.exec_module(module)
        handler: Handler = getattr(module, function_name)
        return handler


def local_functions(template: Template, *, is_quiet: bool = False) -> dict[str, LocalFunction]:
    """The template's functions whose conditions hold, by folder, in the template's order.

    is_quiet: they log warnings only, whatever the template says.
    """
    found = template.resources("AWS::Serverless::Function").items()
    functions = [LocalFunction(logical, properties, template, is_quiet=is_quiet) for logical, properties in found]
    return {function.folder: function for function in functions}


@contextmanager
def _own_logger(name: str) -> Iterator[None]:
    """Let a module that is loaded in the block have the logger of that name to itself.

    Loggers of one name are one object for the whole process, with the level and the stream of whoever came first.
    """
    loggers = logging.root.manager.loggerDict
    before = loggers.pop(name, None)
    try:
        yield
    finally:
        loggers.pop(name, None)
        if before is not None:
            loggers[name] = before


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """These variables beside the process's own, while the block runs."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
