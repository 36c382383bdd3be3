"""Are functions held to the memory and the time that template.yaml gives them? A probe in their place goes beyond.

A function that goes beyond its memory is killed by the engine, one that goes beyond its time is stopped by sam. Each
function's memory is gone beyond; of the time-outs, minutes long, one second of a function of its own is.
"""

import json
import re
from pathlib import Path
from typing import Any, Final

from local.proof.building import BUILT, ONLY_HERE
from local.proof.engine import Engine
from local.proof.ledger import Failed
from local.proof.shell import complete
from local.template import Template

PROBE: Final = Path(__file__).parent / "probe"
TEMPLATE: Final = BUILT / "template-limits.yaml"
HASTY: Final = "Hasty"
HASTY_SECONDS: Final = 2
BEYOND_MB: Final = 64
"""Beyond twice the memory: where there is swap, Docker lends as much of it as there is memory."""


class Limits:
    """The functions of the template by folder, with the probe's code and their own MemorySize and Timeout."""

    def __init__(self, engine: Engine, template: Template) -> None:
        self._engine = engine
        functions = template.resources("AWS::Serverless::Function")
        self._logical = {one["CodeUri"].removeprefix("functions/"): logical for logical, one in functions.items()}
        self._given = {folder: functions[logical] for folder, logical in self._logical.items()}
        resources = {logical: _probe(one["MemorySize"], one["Timeout"]) for logical, one in functions.items()}
        resources[HASTY] = _probe(256, HASTY_SECONDS)
        TEMPLATE.write_text(json.dumps({"Transform": "AWS::Serverless-2016-10-31", "Resources": resources}))

    @property
    def folders(self) -> list[str]:
        return list(self._given)

    def memory(self, folder: str) -> str:
        """Go beyond a function's memory; it must have the time-out of the template, and be killed in time."""
        memory, timeout = int(self._given[folder]["MemorySize"]), int(self._given[folder]["Timeout"])
        wanted = 2 * memory + BEYOND_MB
        answer, output = self._invoke(self._logical[folder], {"megabytes": wanted})
        found = re.search(r"limit (\d+) remaining (\d+)", output)
        if not found or int(found[1]) != memory * 2**20 or not timeout * 500 < int(found[2]) <= timeout * 1000:
            raise Failed(f"{folder} has {found and found[0]}, not {memory} MB and {timeout} s: {output[-500:]}")
        if "killed" not in answer:
            raise Failed(f"{folder} took {wanted} MB and was not killed: {answer}")
        return f"of {memory} MB: killed when it wanted more; {timeout} s to run"

    def time(self) -> str:
        """Go beyond a time-out."""
        _, output = self._invoke(HASTY, {"seconds": 30})
        if f"timed out after {HASTY_SECONDS} seconds" not in output:
            raise Failed(f"not stopped: {output[-500:]}")
        return f"stopped after {HASTY_SECONDS} s of 30"

    def _invoke(self, logical: str, event: dict[str, int]) -> tuple[str, str]:
        file = TEMPLATE.with_name("limits-event.json")
        file.write_text(json.dumps(event))
        command = ["sam", "local", "invoke", logical, "--template", str(TEMPLATE), "--event", str(file)]
        done = complete([*command, "--skip-pull-image"], {"DOCKER_HOST": self._engine.docker_host})
        return done.stdout, done.stderr


def _probe(memory: int, timeout: int) -> dict[str, Any]:
    properties = {
        "Runtime": "python3.13",
        "Handler": "app.handler",
        "Architectures": [ONLY_HERE["Architecture"]],
        "CodeUri": str(PROBE),
        "MemorySize": memory,
        "Timeout": timeout,
    }
    return {"Type": "AWS::Serverless::Function", "Properties": properties}
