"""Every command that README.md and docs/ show is run: by the CLI it belongs to, on files and an account made for it."""

import importlib.util
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import boto3
import pytest
from moto import mock_aws

from local import cli
from local.commands import COMMANDS
from local.parameters import deployment
from local.stack import LocalStack, local_stack
from local.template import ROOT
from tests import aws_command, sam_command
from tests.documentation import Shown, commands, mentions
from tests.lookout_template import LOOKOUT_TEMPLATE
from tests.replaying import record

START: Final = datetime(2026, 6, 1, tzinfo=UTC)
GROUP: Final = "5554f647-8e96-516b-a22c-ace4dd2321d2"
SHOWN: Final = list(commands())
MENTIONED: Final = [shown for shown in mentions() if "..." not in shown.line and "|" not in shown.line]


def of(program: str) -> list[str]:
    """The lines of a program, each once: those that stand by themselves, and those of sentences that have options."""
    whole = [line for _, line in MENTIONED if re.search(r" --| s3 ", line)]
    lines = [line for _, line in SHOWN] + whole
    return sorted({line for line in lines if line.split()[0] == program})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What people have who type the commands: records, history, a replay's results."""
    made = tmp_path_factory.mktemp("desk")
    times = [START + timedelta(minutes=5 * place) for place in range(400)]
    orders = [record(event_time=f"{time:%Y-%m-%d %H:%M:%S}", shop="a", orders=time.minute) for time in times[:20]]
    (made / "records.jsonl.gz").write_bytes(b"\n".join(orders))
    rows = [f"{time:%Y-%m-%d %H:%M:%S},{time.minute},a,web,de\n" for time in times]
    header = "{},orders,shop,platform,marketplace\n"
    (made / "history.csv").write_text(header.format("time") + "".join(rows))
    (made / "series.csv").write_text(header.format("event_time") + "".join(rows))
    hours = [START + timedelta(hours=place) for place in range(400)]
    points = "".join(f"{time:%Y-%m-%dT%H:%M:%SZ},{time.hour}\n" for time in hours)
    (made / "points.csv").write_text("timestamp,value\n" + points)
    assert (
        cli.main(["generate", "ecommerce", "--hours", "0.2", "--seed", "7", "--output", str(made / "shop.jsonl")]) == 0
    )
    (made / "build" / "demo" / "quarantine").mkdir(parents=True)
    event = json.loads((ROOT / "events" / "alert-tidegate.json").read_text())
    (made / "build" / "demo" / "alerts.jsonl").write_text(json.dumps(event) + "\n")
    (made / "lookout.yaml").write_text(LOOKOUT_TEMPLATE)
    (made / "webhook.json").write_text('{"url": "https://hook/"}')
    (made / "events").symlink_to(ROOT / "events")
    return made


ON_A_DESK: Final = {
    "redrive --stack-name STACK": "redrive --local build/demo --set Measures=views:SUM",
    "--stack-name tidegate-ecommerce": "--local build/demo",
    "--config-env mine": "--config-env ecommerce",
    "--config-env ENV": "--config-env ecommerce",
    "check FILE": "check shop.jsonl",
    "--hours 72 --seed 7 --output shop.jsonl": "--hours 2 --seed 7 --output made.jsonl",
}
"""What a line has -> what it is run with here: a replay's folder for an account (tests/integration has the account)."""


@pytest.mark.parametrize("line", of("tidegate"))
def test_tidegate(line: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(folder)
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    for text, other in ON_A_DESK.items():
        line = line.replace(text, other)
    with mock_aws():
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", boto3.Session())
        boto3.client("s3").create_bucket(Bucket="my-lake")
        assert cli.main(shlex.split(line)[1:]) == 0, capsys.readouterr().err


@pytest.mark.parametrize("line", of("sam"))
def test_sam(line: str) -> None:
    read = sam_command.read(line.replace("mine", "ecommerce").replace("ENV", "traffic"))
    assert read["stack_name"] if "stack_name" in read else read["parameter_overrides"]


@pytest.fixture(scope="module")
def account() -> Iterator[tuple[LocalStack, dict[str, str]]]:
    """The embedded AWS with all that the lines name; and what their placeholders stand for."""
    with local_stack(deployment("ecommerce", []), START.timestamp()) as stack:
        session = boto3.DEFAULT_SESSION
        assert session is not None
        outputs = {"Outputs": {"Q": {"Value": {"Ref": "Q"}}}, "Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}
        session.client("cloudformation").create_stack(
            StackName=stack.template.stack_name, TemplateBody=json.dumps(outputs)
        )
        function = {"Runtime": "python3.13", "Role": "arn:aws:iam::000000000000:role/x", "Handler": "app.handler"}
        empty = b"PK\x05\x06" + bytes(18)
        client = session.client("lambda")
        client.create_function(FunctionName="ingest", Code={"ZipFile": empty}, **function)  # type: ignore[arg-type]  # by name
        stream = stack.template.arn("Stream")
        mapping = client.create_event_source_mapping(
            FunctionName="ingest", EventSourceArn=stream, StartingPosition="TRIM_HORIZON"
        )
        session.client("s3").create_bucket(Bucket="emptied")
        yield (
            stack,
            {
                "ANOMALY_TABLE": stack.template.name("AnomalyTable"),
                "BUFFER_TABLE": stack.template.name("BufferTable"),
                "DATA_BUCKET": stack.template.name("DataBucket"),
                "DETECTOR": stack.template.stack_name,
                "FUNCTION": stack.functions["alert"].name,
                "INGEST": "ingest",
                "STREAM_ARN": stream,
                "UUID": mapping["UUID"],
                "s3://BUCKET": "s3://emptied",
            },
        )


@pytest.mark.parametrize("line", of("aws"))
def test_aws(line: str, account: tuple[LocalStack, dict[str, str]], folder: Path) -> None:
    _, places = account
    for name, value in places.items():
        line = re.sub(rf"(?<![A-Z_]){name}(?![A-Z_])", value, line)
    assert boto3.DEFAULT_SESSION is not None
    assert aws_command.run(line, boto3.DEFAULT_SESSION, folder) is not None


@pytest.mark.parametrize("line", of("make"))
def test_make(line: str) -> None:
    assert re.search(rf"^{line.split()[1]}: ", (ROOT / "Makefile").read_text(), re.M)


@pytest.mark.parametrize("line", [*of("python"), *(line for _, line in mentions() if line.startswith("python -m"))])
def test_python(line: str) -> None:
    command, _, given = line.partition("\n")
    assert importlib.util.find_spec(command.split()[2])
    if given:  # what a command reads from below it is short, and so is what it does with that
        words = [sys.executable, *command.partition(" <<")[0].split()[1:]]
        done = subprocess.run(words, cwd=ROOT, input=given, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


RUN_BY: Final[dict[str, Callable[..., None]]] = {
    "aws": test_aws,
    "make": test_make,
    "python": test_python,
    "sam": test_sam,
    "tidegate": test_tidegate,
}


@pytest.mark.parametrize("shown", SHOWN)
def test_every_command_is_run(shown: Shown) -> None:
    assert shown.line == "git pull" or shown.line.split()[0] in RUN_BY, f"{shown.place}: nothing runs {shown.line}"


@pytest.mark.parametrize("shown", [shown for shown in mentions() if shown.line.startswith("tidegate ")])
def test_a_command_that_is_mentioned_is_there(shown: Shown) -> None:
    assert shown.line.split()[1] in COMMANDS, f"{shown.place}: {shown.line}"


def test_what_detect_config_proposes_deploys(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    capsys.readouterr()
    assert cli.main(["detect-config", "shop.jsonl"]) == 0
    _, _, proposed = capsys.readouterr().out.partition("For samconfig.toml:\n")
    lines, _, rest = proposed.partition("Or at once:\n")
    config = tmp_path / "samconfig.toml"
    config.write_text("version = 0.1\n" + re.sub(r"(?m)^ {4}", "", lines))
    from_file = sam_command.read(f"sam deploy --config-file {config} --config-env shop")
    at_once = sam_command.read(rest.strip().splitlines()[0].partition(" && ")[2])
    for name in ("stack_name", "parameter_overrides", "resolve_s3"):
        assert from_file[name] == at_once[name]
    assert list(from_file["capabilities"]) == list(at_once["capabilities"]) == ["CAPABILITY_IAM"]
    assert from_file["parameter_overrides"]["Measures"] == "views:SUM,revenue:SUM"
