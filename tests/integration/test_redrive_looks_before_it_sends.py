"""`tidegate redrive` says what there is, refuses what it cannot do, and sends nothing without --yes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local import cli
from tests.documentation import printed, shown
from tests.ingesting import line, record
from tests.redrive_account import BAD, MENDED, NAME, Account, redrive, redrive_account


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    with redrive_account(monkeypatch) as made:
        yield made


def test_a_dry_run_says_what_there_is_and_changes_nothing(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    account.ingest(record(line(), 1), record(BAD, 2), record(b"{", 3), record(b"", 4))
    account.fail_batch(record(line(), 5), record(line(), 6))
    account.deploy(**MENDED)
    before = account.keys("")
    assert redrive() == 0
    rows = [text.split() for text in capsys.readouterr().out.splitlines()]
    assert ["not_a_number", "1", "1", "1"] in rows
    assert ["not_json", "1", "1", "0"] in rows
    assert ["empty", "1", "0", "0", "no", "configuration", "reads", "them:", "they", "stay"] in rows
    assert ["RetryAttemptsExhausted", "2", "2", "in", "1", "failed", "batch"] in rows
    assert rows[-1] == ["Nothing", "was", "sent.", "With", "--yes", "4", "records", "go", "to", "ingest", "again."]
    assert account.keys("") == before
    assert not account.events


def test_a_bucket_without_versions_is_refused(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    account.version("Suspended")
    account.ingest(record(BAD, 2))
    assert redrive("--yes") == 2
    assert "keeps no versions" in capsys.readouterr().err


def test_a_stack_that_is_not_there_is_named(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["redrive", "--stack-name", "nowhere"]) == 2
    assert "tidegate redrive: stack nowhere: DescribeStacks says ValidationError" in capsys.readouterr().err


def test_a_replays_folder_is_only_looked_at(
    account: Account, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    account.ingest(record(BAD, 2), record(b"{", 3))
    (key,) = account.keys("quarantine/")
    place = tmp_path / key
    place.parent.mkdir(parents=True)
    place.write_bytes(account.s3.get_object(Bucket=f"{NAME}-operations", Key=key)["Body"].read())
    exported = tmp_path / "bad.jsonl"
    arguments = ["redrive", "--local", str(tmp_path), "--set", "Measures=views:COUNT", "--reason", "not_a_number"]
    assert cli.main([*arguments, "--export", str(exported)]) == 0
    assert ["not_a_number", "1", "1", "1"] in [text.split() for text in capsys.readouterr().out.splitlines()]
    assert exported.read_bytes() == BAD + b"\n"
    assert cli.main([*arguments, "--yes"]) == 2
    assert "a folder has no function to send to" in capsys.readouterr().err


def test_the_page_shows_what_the_command_prints(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    good = [record(line(), sequence) for sequence in range(1, 98)]
    bad = [record(BAD, 98), record(BAD, 99), record(b"{", 100), record(b"", 101)]
    account.ingest(*good, *bad)
    account.fail_batch(record(line(), 102), record(line(), 103))
    account.deploy(**MENDED)
    for arguments in ([], ["--yes"]):
        capsys.readouterr()
        assert redrive(*arguments) == 0
        out = "".join(text for text in capsys.readouterr().out.splitlines(keepends=True) if not text.startswith("{"))
        assert printed(out) == shown("operations.md", " ".join(["tidegate redrive --stack-name shop", *arguments]))
