"""Runs the whole proof: `make proof`, or `python -m local.proof`."""

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Final

from local.embedded import access, embedded_aws
from local.proof import living, options
from local.proof.building import BUILT, ENVIRONMENTS, build, parameters, validate
from local.proof.deploying import Stack, check, delete, deploy
from local.proof.engine import Engine, docker_engine
from local.proof.invoking import Pair, events, function_of
from local.proof.ledger import Ledger
from local.proof.limits import Limits
from local.template import Template

LOOPBACK: Final = "127.0.0.1"
CHANGES: Final = {"OffsetSeconds": "30", "DeployGenerator": "none"}
"""What the update changes: the functions' environment, and resources that go."""
FOR_A_LIVE_RUN: Final = {
    "DeployGenerator": "none",
    "StreamShards": "1",
    "BatchingWindowSeconds": "0",
    "IntervalMinutes": "1440",
    "BufferRetentionHours": "1200",
}
"""Intervals of a day are learned after 14 of them, and the buffer takes the records of that many days."""


def main() -> int:
    """Prove step by step; 1 when a step failed."""
    ledger = Ledger()
    if ledger.step("sam validate --lint", validate) and ledger.step("sam build", build):
        with ExitStack() as stack:
            if engine := _engine(ledger, stack):
                _invoke_all(ledger, engine)
                _exceed(ledger, engine)
        with _account() as variables:
            for environment in ENVIRONMENTS:
                _deploy(ledger, environment, variables)
            options.prove(ledger, variables)
        with _account() as variables:
            _live(ledger, variables)
    ledger.show()
    return 1 if ledger.failed else 0


@contextmanager
def _account(host: str = LOOPBACK) -> Iterator[dict[str, str]]:
    """An empty emulated account; gives the environment variables that lead to it, and sets them here.

    What is deployed in it inherits the environment in which it starts: no other account's address may stand there.
    """
    os.environ.pop("AWS_ENDPOINT_URL", None)
    with embedded_aws(host) as url:
        variables = access(url)
        os.environ.update(variables)
        yield variables


def _engine(ledger: Ledger, stack: ExitStack) -> Engine | None:
    """A Docker engine, or None and a line in the ledger that says why not."""
    engines: list[Engine] = []

    def start() -> str:
        engines.append(stack.enter_context(docker_engine(BUILT.parent / "docker")))
        return "private engine, stand-in image of Lambda's Python 3.13"

    ledger.step("sam local invoke: an engine", start)
    return next(iter(engines), None)


def _invoke_all(ledger: Ledger, engine: Engine) -> None:
    with _account(engine.gateway) as variables:
        for environment in ENVIRONMENTS:
            pair = Pair(environment, engine, variables)
            for event in events(environment):
                ledger.step(f"sam local invoke {function_of(event)} {event.name}", partial(pair.invoke, event))


def _exceed(ledger: Ledger, engine: Engine) -> None:
    """The same engine holds functions to their limits."""
    limits = Limits(engine, Template("limits", parameters(ENVIRONMENTS[0])))
    for folder in limits.folders:
        ledger.step(f"sam local invoke {folder}: held to its memory", partial(limits.memory, folder))
    ledger.step("sam local invoke: held to a time-out", limits.time)


def _deploy(ledger: Ledger, environment: str, variables: dict[str, str]) -> None:
    """Create, update, delete."""
    name = f"proof-{environment}"
    if not ledger.step(f"sam deploy {environment}: create", lambda: check(deploy(name, environment, variables))):
        return
    ledger.step(f"sam deploy {environment}: update", lambda: check(deploy(name, environment, variables, CHANGES)))
    ledger.step(f"stack {environment}: delete", lambda: delete(name))


def _live(ledger: Ledger, variables: dict[str, str]) -> None:
    """A stack of its own, used."""
    stacks: list[Stack] = []

    def created() -> str:
        stacks.append(deploy("proof-live", ENVIRONMENTS[0], variables, FOR_A_LIVE_RUN))
        return check(stacks[0])

    if ledger.step("sam deploy for a live run", created):
        mended = {**FOR_A_LIVE_RUN, **living.MENDED}
        living.prove(ledger, stacks[0], lambda: deploy("proof-live", ENVIRONMENTS[0], variables, mended))


if __name__ == "__main__":
    sys.exit(main())
