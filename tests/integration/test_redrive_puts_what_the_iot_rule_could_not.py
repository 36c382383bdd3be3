"""Messages that an IoT rule could not put on the stream come once."""

from collections.abc import Iterator

import pytest

from tests.ingesting import NOON
from tests.redrive_account import IOT_KEY, NAME, Account, redrive, redrive_account


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    with redrive_account(monkeypatch) as made:
        yield made


@pytest.mark.parametrize("arguments", [(), ("--reason", "iot_error", "--since", "2026-06-01T12:00:00")])
def test_messages_that_the_iot_rule_could_not_put_come_once(
    account: Account, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    account.deploy(TimestampFormat="UNIX")
    monkeypatch.setattr("local.commands.redrive.time.time", lambda: NOON + 300.0)
    account.fail_iot(b'{"views": 3, "platform": "pc_web"}')
    account.fail_iot(b"no json", IOT_KEY.replace("0b1e", "0b1f"))
    assert redrive(*arguments) == 0
    rows = [text.split() for text in capsys.readouterr().out.splitlines()]
    assert ["iot_error", "2", "2", "1"] in [row[:4] for row in rows]
    with monkeypatch.context() as patched:
        patched.setattr("local.redrive.sending._move", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        assert redrive("--yes", *arguments) == 130
    assert redrive("--yes", *arguments) == 0
    assert account.tally().stored == 1
    (stored,) = [one.chunk for one in account.buffer.chunks(NOON, [0]) if one.chunk.identities]
    assert stored.rows == "1780315200123,pc_web,,3,\n"
    assert account.keys("iot-errors/") == []
    assert len(account.keys("redriven/iot-errors/")) == 2
    assert len(account.keys("quarantine/")) == 1


@pytest.mark.parametrize(
    ("key", "body", "problem"),
    [
        ("iot-errors/x.json", b'{"base64OriginalPayload": "", "failures": []}', "is not named as the IoT rule names"),
        (IOT_KEY, b"[]", "is no message of an IoT rule's error action"),
    ],
)
def test_something_else_among_the_iot_errors_is_named(
    account: Account, key: str, body: bytes, problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    account.s3.put_object(Bucket=f"{NAME}-operations", Key=key, Body=body)
    assert redrive() == 2
    assert f"tidegate redrive: {key}: {problem}" in capsys.readouterr().err
