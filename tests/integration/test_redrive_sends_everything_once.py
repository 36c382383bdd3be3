"""Records that `tidegate redrive` sends again are stored once, whatever happens between."""

from collections.abc import Iterator

import pytest

from local.kinesis_event import kinesis_event
from tests.ingesting import NOON, line, record
from tests.redrive_account import BAD, MENDED, ROLE, STREAM, Account, redrive, redrive_account
from tidegate.flush.merging import Tally


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    with redrive_account(monkeypatch) as made:
        yield made


def test_mended_records_are_stored_and_bad_ones_stay(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    account.ingest(record(line(), 1), record(BAD, 2), record(b"{", 3), record(b"", 4))
    account.ingest(record(b"[", 8))
    account.deploy(**MENDED)
    assert redrive("--yes") == 0
    rows = [text.split() for text in capsys.readouterr().out.splitlines()]
    assert ["not_a_number", "1", "1", "0"] in rows
    assert ["all", "4", "3", "3"] in rows
    assert account.tally().stored == 2
    assert account.quarantined() == [3, 4, 8]
    assert account.quarantined("redriven/") == [2, 3, 8]


def test_failed_batches_come_again_with_their_own_event(account: Account) -> None:
    account.fail_batch(record(line(), 5), record(BAD, 6))
    assert redrive("--yes") == 0
    assert account.events == [kinesis_event([record(line(), 5), record(BAD, 6)], STREAM, ROLE)]
    assert account.keys("aws/") == []
    assert len(account.keys("redriven/aws/lambda/")) == 1
    assert account.tally() == Tally(received=2, stored=1, quarantined=1)


def test_a_batch_and_its_quarantined_records_are_no_two_records(account: Account) -> None:
    account.ingest(record(line(), 5), record(BAD, 6))
    account.fail_batch(record(line(), 5), record(BAD, 6))
    account.deploy(**MENDED)
    assert redrive("--yes") == 0
    assert account.tally().stored == 2


def test_death_between_sending_and_moving_doubles_nothing(
    account: Account, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    account.ingest(record(BAD, 2), record(b"{", 3))
    account.deploy(**MENDED)
    with monkeypatch.context() as patched:
        patched.setattr("local.redrive.sending._move", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        assert redrive("--yes") == 130
    assert 2 in account.quarantined()
    assert redrive("--yes") == 0
    assert account.tally().stored == 1
    assert set(account.quarantined()) == {3}
    capsys.readouterr()


def test_only_what_is_chosen_is_sent(account: Account) -> None:
    account.ingest(record(BAD, 2), record(b"{", 3, arrival=NOON + 60))
    account.deploy(**MENDED)
    assert redrive("--yes", "--reason", "not_json", "--until", "2026-06-01T12:00:30") == 0
    assert not account.events
    assert redrive("--yes", "--until", "2026-06-01T12:00:30+00:00") == 0
    assert account.quarantined() == [3]
    assert account.quarantined("redriven/") == [2]


def test_a_function_that_fails_is_an_error_and_loses_nothing(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    account.ingest(record(BAD, 2))

    def fails() -> None:
        raise RuntimeError("table is gone")

    account.fails = fails
    assert redrive("--yes") == 2
    assert "tidegate redrive: ingest: failed (RuntimeError: table is gone)" in capsys.readouterr().err
    assert account.quarantined() == [2]


def test_the_shard_is_the_records_own(account: Account) -> None:
    account.ingest(record(BAD, 2))
    assert redrive("--yes") == 0
    (event,) = account.events
    assert event["Records"][0]["eventID"] == "shardId-000000000000:2"
    assert event["Records"][0]["eventSourceARN"].endswith(":stream/orders")
    assert account.quarantined() == [2]
    assert event["Records"][0]["kinesis"]["subSequenceNumber"] == 0
