"""A quarantine object gives back its records; its name is theirs."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ingesting import NOON, SHARD
from tidegate.contracts.errors import Reason
from tidegate.contracts.identity import Identity
from tidegate.contracts.quarantine import quarantine_object, read_rejected
from tidegate.contracts.record import Rejected

records = st.builds(
    Rejected,
    shard=st.just(SHARD),
    identity=st.builds(Identity, st.integers(0, 2**186), st.integers(0, 99_999)),
    partition_key=st.text(st.sampled_from('a"\\\n\u2028é\U0001f600'), max_size=5),
    arrival=st.integers(0, 4_102_444_800_000).map(lambda milliseconds: milliseconds / 1000),
    reason=st.sampled_from([reason.value for reason in Reason]),
    detail=st.text(st.sampled_from('a"\\\né'), max_size=5),
    data=st.binary(max_size=20),
)


@given(st.lists(records, min_size=1, max_size=5))
def test_what_was_put_is_read_back(rejected: list[Rejected]) -> None:
    key, body = quarantine_object(rejected)
    assert [read_rejected(text) for text in body.splitlines()] == rejected
    assert quarantine_object(list(rejected)) == (key, body)


def bad(sequence: int, data: bytes = b"bad") -> Rejected:
    return Rejected(SHARD, Identity(sequence, 2), "key", NOON, Reason.NOT_JSON, "is not JSON", data)


def test_the_layout() -> None:
    key, body = quarantine_object([bad(10**55), bad(10**55 + 1)])
    assert key.startswith(f"quarantine/date=2026-06-01/orders-shardId-000000000000-{10**55}.2-2-")
    assert key.endswith(".jsonl")
    assert json.loads(body.splitlines()[0]) == {
        "shard": SHARD,
        "sequence": str(10**55),
        "sub": 2,
        "partition_key": "key",
        "arrival": "2026-06-01T12:00:00.000+00:00",
        "reason": "not_json",
        "detail": "is not JSON",
        "data": "YmFk",
    }


def test_batches_that_begin_alike_do_not_take_each_others_place() -> None:
    assert quarantine_object([bad(1), bad(2)]).key != quarantine_object([bad(1), bad(3)]).key


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"shard":"s"}', "null", '{"sequence":"x"}'])
def test_a_line_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read_rejected(text)
