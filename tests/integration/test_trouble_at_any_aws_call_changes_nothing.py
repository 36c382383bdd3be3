"""Every function as it is deployed, every AWS call that it makes, everything that can go wrong there.

The calls are found by running: a new call is tried by itself. After the fault comes what AWS documents: the batch is
delivered again (in halves), the schedule fires again, an asynchronous invocation is tried twice more.
"""

from collections.abc import Iterator

import pytest

from tests.fault_account import Fault, FaultAccount, Invocation
from tests.fault_history import Left, assert_nothing_lost_nor_doubled, play, taught_account
from tests.fault_kinds import PARTLY, Call, Kind

UNTOLD = {Kind.DIES_AFTER, Kind.FAILS_AFTER, Kind.LOST_ONCE}
"""The call took effect, and nobody can know."""


@pytest.fixture(scope="module")
def account() -> Iterator[FaultAccount]:
    with taught_account() as made:
        yield made


@pytest.fixture(scope="module")
def plain(account: FaultAccount) -> tuple[list[Invocation], Left]:
    """The invocations of an untroubled day, and what it leaves."""
    play(account)
    left = Left(account)
    assert_nothing_lost_nor_doubled(account, left)
    return account.invocations, left


def places(invocations: list[Invocation], kind: Kind) -> Iterator[tuple[int, int]]:
    """Invocation and call at which a kind of fault is tried; of invocations that make the same calls the first."""
    seen = set[tuple[str, tuple[Call, ...]]]()
    for number, invocation in enumerate(invocations):
        shape = (invocation.folder, tuple(invocation.calls))
        if shape in seen:
            continue
        seen.add(shape)
        for place, call in enumerate(invocation.calls):
            is_last = place == len(invocation.calls) - 1
            # A death after a call is a death before the next one.
            if (kind is Kind.DIES_AFTER and not is_last) or (kind is Kind.PARTLY and call.operation not in PARTLY):
                continue
            yield number, place


def may_tell_again(fault: Fault, calls: list[Call]) -> bool:
    """Is the fault between the publishing of a notification and the note that it was published?

    SNS does not say what it has taken, so better twice than never; both bear the same alertEventId.
    """
    names = [call.operation for call in calls]
    if names[fault.call] == "Publish":
        return fault.kind in UNTOLD
    return names[fault.call - 1] == "Publish" and fault.kind is not Kind.LOST_ONCE


def test_the_day_calls_every_function_and_all_that_it_should(plain: tuple[list[Invocation], Left]) -> None:
    invocations, left = plain
    assert {invocation.folder for invocation in invocations} == {"generate", "ingest", "flush", "detect", "alert"}
    services = {call.service for invocation in invocations for call in invocation.calls}
    assert services == {
        *("kinesis", "dynamodb", "s3", "lambda", "sns", "eventbridge", "iot-data-plane", "secrets-manager"),
    }
    (line,) = left.ledger
    assert (line.revision, line.stored, line.quarantined, len(left.told)) == (2, 4, 2, 1)


def test_what_may_succeed_in_part_is_known(account: FaultAccount, plain: tuple[list[Invocation], Left]) -> None:
    """DynamoDB, Kinesis and EventBridge say of an answer's parts that they were not done: Failed..., Unprocessed..."""
    called = {call for invocation in plain[0] for call in invocation.calls}
    partial = {call.operation for call in called if account.may_do_a_part(call)}
    assert {"PutRecords", "PutEvents"} <= partial <= PARTLY.keys()


@pytest.mark.parametrize("kind", Kind)
def test_trouble_at_any_aws_call_changes_nothing(
    kind: Kind, account: FaultAccount, plain: tuple[list[Invocation], Left]
) -> None:
    invocations, expected = plain
    for number, place in places(invocations, kind):
        invocation = invocations[number]
        fault = Fault(number, place, kind)
        play(account, fault)
        left = Left(account)
        try:
            assert account.invocations[number].calls[: place + 1] == invocation.calls[: place + 1]
            assert_nothing_lost_nor_doubled(account, left)
            assert left.told.keys() == expected.told.keys()
            assert may_tell_again(fault, invocation.calls) or set(left.told.values()) == {1}
            if invocation.folder != "generate":  # which puts its records again, as new ones
                assert left.objects == expected.objects
                assert left.cursor["snapshot"] == expected.cursor["snapshot"]
        except AssertionError as error:
            error.add_note(f"{invocation.folder}: call {place}, {invocation.calls[place]}, {kind}")
            raise
