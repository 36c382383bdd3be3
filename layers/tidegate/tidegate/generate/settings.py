"""The generator function's parameters."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from tidegate.contracts.errors import ConfigurationError
from tidegate.generate.generator import Generator

DEFAULT_SCENARIO: Final = "ecommerce"
DEFAULT_SEED: Final = "7"


def generator_from(parameters: Mapping[str, str]) -> Generator:
    """The generator of DeployGenerator, GeneratorSeed and GeneratorStart.

    GeneratorStart is ISO 8601, in UTC without an offset: nothing is planted in the 26 hours after it, in which a new
    detector learns. Empty: incidents from the beginning. Raises ConfigurationError.
    """
    seed = parameters.get("GeneratorSeed") or DEFAULT_SEED
    if not seed.removeprefix("-").isdecimal():
        raise ConfigurationError("GeneratorSeed", seed, "must be a whole number")
    scenario = parameters.get("DeployGenerator") or DEFAULT_SCENARIO
    return Generator.named(scenario, int(seed), _start(parameters.get("GeneratorStart", "")))


def _start(text: str) -> int | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigurationError("GeneratorStart", text, "must be a time such as 2026-06-01T00:00:00Z") from None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
