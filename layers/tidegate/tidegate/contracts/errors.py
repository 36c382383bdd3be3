"""Every error of Tidegate, drawn once.

TidegateError
  ConfigurationError     a parameter is wrong: its name, its value, the rule
  InputError             a file or an argument is wrong: where, what, what to do
  IncompleteInterval     a published interval whose producer says that records may be missing: a gap to detect
  BadRecord              one record cannot be used: to quarantine, its neighbours go on
  MalformedAlert         an alert event that cannot be understood: to the failure queue
  CorruptChunk           a stored chunk does not decode
  CorruptState           a stored detector state does not decode, is of an unknown version, or is gone
    DifferentDetector    it was learned with a configuration whose series are others: start anew
  ActionRefused          where an alert is to go says no: a person has to mend it; never quotes a URL or a token
  TransientError         an AWS call failed in a way that passes: the whole invocation comes again
  Conflict               a conditional write lost against a concurrent one: read again, then decide
  Unaccounted            records taken from a delivery and records stored, rejected, filtered differ: a fault of ours
"""

from enum import StrEnum
from typing import Final


class TidegateError(Exception):
    """The root: everything that Tidegate raises on purpose."""


class ConfigurationError(TidegateError):
    """A parameter is wrong."""

    def __init__(self, parameter: str, value: object, rule: str) -> None:
        self.parameter: Final = parameter
        self.value: Final = value
        self.rule: Final = rule
        super().__init__(f"{parameter} is {value!r}: {rule}")


class InputError(TidegateError):
    """Something that a person gave is wrong; `place` names it (file, line, column or argument)."""

    def __init__(self, place: str, problem: str) -> None:
        self.place: Final = place
        self.problem: Final = problem
        super().__init__(f"{place}: {problem}")


class IncompleteInterval(TidegateError):
    """A published interval of which records may be missing; the message is the key of the object that says so."""


class Reason(StrEnum):
    """Why a record lies in quarantine. The values are part of the data contract (docs/data-contracts.md)."""

    EMPTY = "empty"
    NOT_UTF8 = "not_utf8"
    NOT_JSON = "not_json"
    NOT_AN_OBJECT = "not_an_object"
    BROKEN_GZIP = "broken_gzip"
    BROKEN_KPL = "broken_kpl"
    WRONG_WIDTH = "wrong_width"
    NO_TIMESTAMP = "no_timestamp"
    BAD_TIMESTAMP = "bad_timestamp"
    TOO_FAR_IN_FUTURE = "too_far_in_future"
    TOO_LATE = "too_late"
    NO_MEASURE = "no_measure"
    NOT_A_NUMBER = "not_a_number"
    BAD_DIMENSION = "bad_dimension"
    TOO_LARGE = "too_large"


class BadRecord(TidegateError):
    """One record cannot be used. `detail` may quote column names and rules, never the record's content."""

    def __init__(self, reason: Reason, detail: str) -> None:
        self.reason: Final = reason
        self.detail: Final = detail
        super().__init__(f"{reason.value}: {detail}")


class MalformedAlert(TidegateError):
    """An alert event that does not follow the contract; `place` is the path of the field."""

    def __init__(self, place: str, problem: str) -> None:
        self.place: Final = place
        self.problem: Final = problem
        super().__init__(f"{place}: {problem}")


class ActionRefused(TidegateError):
    """An action's target refuses, and would again. The message never quotes a URL or a token."""


class CorruptChunk(TidegateError):
    """A stored chunk does not decode; whoever reads it from a store names its key."""


class CorruptState(TidegateError):
    """A stored detector state cannot be used; whoever reads it from a store names its key."""


class DifferentDetector(CorruptState):
    """The state's series are not comparable with the configuration's: start anew."""


class TransientError(TidegateError):
    """An AWS call failed in a way that passes; the cause is chained. Every call it can stand for is idempotent."""


class Conflict(TidegateError):
    """A conditional write lost against a concurrent writer."""


class Unaccounted(TidegateError):
    """A delivery's records do not add up. Nothing was written; the invocation fails rather than lose one silently."""
