"""Alert events in the failure queue are told once the alert function takes them."""

from collections.abc import Iterator
from time import sleep

import pytest

from tests.redrive_account import OUTPUTS, Account, redrive, redrive_account


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    with redrive_account(monkeypatch) as made:
        yield made


def test_alert_events_in_the_failure_queue_are_taken_again(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    for score in [*range(12), -1]:
        account.fail_alert(score)
    account.fail_alert(50, error="")
    assert redrive("--reason", "MalformedAlert") == 0
    rows = [text.split() for text in capsys.readouterr().out.splitlines()]
    assert ["MalformedAlert", "13", "13"] in rows
    assert ["RetriesExhausted", "1", "0"] in rows
    assert rows[-1][4:7] == ["--yes", "13", "events"]
    assert (account.alerts, account.waiting()) == ([], (14, 0))
    assert redrive("--yes", "--reason", "MalformedAlert") == 0
    out = capsys.readouterr().out
    assert ["all", "14", "13", "2"] in [text.split() for text in out.splitlines()]
    assert "MalformedAlert: failed (MalformedAlert: anomalyScore: is negative)" in out
    assert sorted(event["score"] for event in account.alerts) == list(range(12))
    assert account.waiting() == (2, 0)


def test_a_message_that_lambda_did_not_write_stays_and_keeps_no_other(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    account.sqs.send_message(QueueUrl=OUTPUTS["AlertFailuresUrl"], MessageBody="hello")
    account.fail_alert(1)
    assert redrive("--yes") == 0
    assert ["unreadable", "1", "0", "1"] in [text.split() for text in capsys.readouterr().out.splitlines()]
    assert (len(account.alerts), account.waiting()) == (1, (1, 0))


def test_death_between_telling_and_removing_tells_again(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    account.fail_alert(1)
    with monkeypatch.context() as patched:
        patched.setattr(
            "local.redrive.alert_queue.AlertQueue.remove", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt)
        )
        patched.setattr("local.redrive.alert_queue.HIDDEN_SECONDS", 1)
        assert redrive("--yes") == 130
    sleep(1.1)
    assert redrive("--yes") == 0
    assert [event["score"] for event in account.alerts] == [1, 1]
    assert account.waiting() == (0, 0)
